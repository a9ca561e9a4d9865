// SPDX-License-Identifier: LGPL-3.0-or-later
// "vmcraft customize" and "vmcraft sysprep".
#pragma once

#include "shell/customize_options.h"

namespace vmcraft::shell {

/// The exit code; nothing where the first word of the command line is neither.
std::optional<int> run_customize_tools(int argc, char** argv);

/// The operations of sysprep in alphabetical order, the steps of customize behind them, devices last.
void run_sysprep(Session& session, const CustomizePlan& plan, const Messages& messages);

}  // namespace vmcraft::shell
