// SPDX-License-Identifier: LGPL-3.0-or-later
// Drivers of this machine into a guest: they are chosen here, and carried to where the guest is.
#pragma once

#include <string>

#include "handle/handle.h"
#include "vmcraft/types.h"

namespace vmcraft::api {

DriverInjection inject_driver(handle::Handle& handle, const std::string& path, const std::string& inf, bool dry_run);

}  // namespace vmcraft::api
