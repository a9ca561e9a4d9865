// SPDX-License-Identifier: LGPL-3.0-or-later
// "vmcraft inspect IMAGE...": the report of each operating system on the disks.
#pragma once

#include "shell/options.h"

namespace vmcraft::shell {

/// Takes the words of "vmcraft inspect" off the command line. Throws UsageError where options of it stand
/// on another one.
void take_inspect_task(CommandLine& line);
/// Inspects and prints; the guest is launched.
void run_inspect(Session& session, const CommandLine& line);

}  // namespace vmcraft::shell
