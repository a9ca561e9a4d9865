// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "shell/command.h"

namespace vmcraft::shell {

/// "mount-options OPTIONS MOUNTABLE MOUNTPOINT"
std::string usage_of(const Command& command);

/// All commands with their briefs, or the page of one command. Throws UsageError for no command.
std::string help_text(const std::string& name);

}  // namespace vmcraft::shell
