// SPDX-License-Identifier: LGPL-3.0-or-later
// "vmcraft mount OPTIONS FOLDER": the guest's files under a folder, as guestmount has them.
#pragma once

#include "shell/options.h"

namespace vmcraft::shell {

/// True where the first word of the command line, before any option, is "mount": the command of
/// that name stands behind options.
bool asks_for_mount(int argc, char** argv);
/// Makes the mounting of a folder the task where that is `asked` for.
void take_mount_task(CommandLine& line, bool asked);

/// Opens the guest and serves the folder; in the background, unless asked otherwise, once it is
/// ready. Returns the exit status.
int run_mount(CommandLine& line);

}  // namespace vmcraft::shell
