// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "shell/session.h"

namespace vmcraft::shell {

/// Reads and runs commands on the terminal until its end or `quit`.
void run_interactive(Session& session);

}  // namespace vmcraft::shell
