// SPDX-License-Identifier: LGPL-3.0-or-later
// Requests that exercise the engine itself: for its tests and for measuring it.
#pragma once

#include "uml/agent.h"

namespace vmcraft::uml {

/// Serves "VERB ARGUMENTS": echo, disks, read, upload, make, progress, fail, fail-command, sleep,
/// trace, panic, module, mount.
RequestHandler agent_test_handler();

}  // namespace vmcraft::uml
