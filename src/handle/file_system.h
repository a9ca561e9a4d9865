// SPDX-License-Identifier: LGPL-3.0-or-later
// What handlers ask of the file system on a device or behind a path.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "handle/handle.h"
#include "probe/superblock.h"

namespace vmcraft::handle {

inline bool is_device_name(const std::string& name) {
  return name.starts_with("/dev/") || name.starts_with("btrfsvol:");
}

/// What is on the device of a mountable.
probe::Superblock superblock_of(Handle& handle, const std::string& mountable);

/// The top directory of a device's file system where the caller has it mounted and can reach it.
std::optional<base::UniqueFd> open_mounted(Handle& handle, const Device& device);

/// The devices of this handle that hold the same btrfs as this one, itself included, sorted.
std::vector<std::string> btrfs_members(Handle& handle, const Device& device);

/// The device whose mounted file system an open file is on; throws where it is on none. `object`
/// names the file.
Device device_below(Handle& handle, int fd, const std::string& object);

/// Gives `work` a directory of a file system: the one at a guest path, or the top of a mountable,
/// which is mounted for that time where it is not.
enum class Access { readonly, readwrite };
void with_file_system(Handle& handle, const std::string& mountable_or_path, Access access,
                      const std::function<void(int directory)>& work);

}  // namespace vmcraft::handle
