// SPDX-License-Identifier: LGPL-3.0-or-later
// Labels and UUIDs of file systems that are not mounted.
#pragma once

#include <string>
#include <vector>

namespace vmcraft::fs {

/// A program with the words before and after the device.
struct DeviceCommand {
  std::vector<std::string> before;
  std::vector<std::string> after;
};

/// `type` is what blkid names it. Throws Error{not_supported} where the type has no label that can
/// be set, Error{invalid_argument} where the label is too long for it. `object` names the device.
DeviceCommand label_command(const std::string& object, const std::string& type,
                            const std::string& label);
/// Throws as above; `uuid` has the form blkid shows for the type.
DeviceCommand uuid_command(const std::string& object, const std::string& type,
                           const std::string& uuid);
/// A new UUID, in the form that the type has.
std::string random_uuid(const std::string& type);

/// FS_IOC_SETFSLABEL on a directory of a mounted file system.
void set_mounted_label(int directory, const std::string& object, const std::string& label);

}  // namespace vmcraft::fs
