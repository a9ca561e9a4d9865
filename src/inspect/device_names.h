// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace vmcraft::inspect {

/// What the translation asks of the disks. Each returns nothing where there is none.
struct DeviceLookup {
  std::function<std::optional<std::string>(const std::string& uuid)> by_uuid;
  std::function<std::optional<std::string>(const std::string& label)> by_label;
  std::function<std::optional<std::string>(const std::string& uuid)> by_partition_uuid;
  std::function<std::optional<std::string>(const std::string& name)> by_partition_name;
  /// Canonical name of a device as the handle knows it.
  std::function<std::optional<std::string>(const std::string& device)> by_name;
};

/// The device that the first field of a guest's fstab line means: UUID=, LABEL=, PARTUUID=,
/// PARTLABEL=, /dev/disk/by-*, disk names of every driver, volumes, cciss and the BSDs' names.
std::optional<std::string> translate(const std::string& named, const DeviceLookup& lookup);

}  // namespace vmcraft::inspect
