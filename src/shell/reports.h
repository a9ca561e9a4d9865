// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

namespace vmcraft::shell {

/// `vmcraft api`, `vmcraft doctor` and `vmcraft guestfs-env`; -1 where argv names none of them.
int run_report(int argc, char** argv);

}  // namespace vmcraft::shell
