// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inspect/fstab.h"
#include "inspect/os.h"

namespace vmcraft::inspect {

/// What inspection needs of the disks; a test gives it folders.
struct Disks {
  /// Mountable and type of everything that may hold a file system.
  std::vector<std::pair<std::string, std::string>> filesystems;
  /// Calls with the mounted file system; does nothing where it cannot be mounted.
  std::function<void(const std::string& mountable, const std::string& type,
                     const std::function<void(const mount::GuestRoot&)>&)>
      with_mounted;
  /// The device an fstab's first field means, or nothing.
  std::function<std::optional<std::string>(const std::string&)> resolve;
  /// The partition that Windows has given a letter, or nothing.
  std::function<std::optional<std::string>(const DriveLetter&)> resolve_letter;
};

/// Finds the operating systems on the disks and what belongs to each.
std::vector<OperatingSystem> find_systems(const Disks& disks);
/// The one with this root; EINVAL where there is none.
const OperatingSystem& find_system(const std::vector<OperatingSystem>& systems, const std::string& root);

}  // namespace vmcraft::inspect
