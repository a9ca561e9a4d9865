// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

namespace vmcraft::shell {

/// `vmcraft api` and `vmcraft doctor`; -1 where argv names neither.
int run_report(int argc, char** argv);

}  // namespace vmcraft::shell
