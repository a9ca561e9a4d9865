// SPDX-License-Identifier: LGPL-3.0-or-later
// The guest's own package manager.
#pragma once

#include <string>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::edit {

enum class PackageTask { install, remove, update };

/// The shell command for it, as the guest's sh runs it, for the first package manager that the guest has. Throws
/// ENOTSUP where there is none that is known, EINVAL for a name that could be an option.
std::string package_command(const mount::GuestRoot& root, PackageTask task, const std::vector<std::string>& packages);

}  // namespace vmcraft::edit
