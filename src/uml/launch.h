// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "handle/handle.h"

namespace vmcraft::uml {

/// True where this process has CAP_SYS_ADMIN.
bool may_mount();
/// Attaches the drives of a handle on this kernel.
void launch_on_host(handle::Handle& handle);
/// Boots the isolated engine for the drives of a handle.
void launch_isolated(handle::Handle& handle);
/// Why this process and kernel cannot serve the drives by themselves; empty where they can.
std::string host_obstacle(handle::Handle& handle);

}  // namespace vmcraft::uml
