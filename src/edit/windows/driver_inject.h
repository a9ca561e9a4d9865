// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "edit/windows/driver_plan.h"
#include "mount/guest_root.h"

namespace vmcraft::edit {

/// The Windows whose root is mounted; throws EINVAL where there is none, or its version or architecture
/// cannot be read.
WindowsTarget windows_target(const mount::GuestRoot& root);

/// What was done, or would be.
struct InjectedDrivers {
  std::vector<DriverPlan> plans;
  std::vector<std::string> files;  ///< paths in the guest that were written
  std::vector<std::string> keys;   ///< changes of the registry, one a line
};

/// Gives the guest the drivers. Files come first, then SOFTWARE, then SYSTEM, so that no service is
/// registered before its file is there. What is as it should be is not written again.
enum class Apply { nothing, all };
InjectedDrivers inject_drivers(const mount::GuestRoot& root, const std::vector<DriverPackage>& packages, Apply apply);

}  // namespace vmcraft::edit
