// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

namespace vmcraft::shell {

/// The program vmcraft; returns its exit code.
int run_shell(int argc, char** argv);

}  // namespace vmcraft::shell
