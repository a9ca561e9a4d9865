// SPDX-License-Identifier: LGPL-3.0-or-later
// Mounting what a handle's devices hold: on its own table, or on one made for a look.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "handle/handle.h"
#include "probe/superblock.h"

namespace vmcraft::handle {

struct MountWish {
  std::string options;
  std::string fs_type;     ///< empty or "auto": found out from the content
  std::string mountable;
  std::string mountpoint;  ///< guest path
};

/// Mounts; a journal that a read-only drive needs replayed goes to the drive's overlay.
void mount_device(Handle& handle, mount::Table& table, const MountWish& wish);

/// Device and subvolume of a mountable; the subvolume is empty for a plain device.
std::pair<std::string, std::string> split_mountable(const std::string& mountable);

/// What is mounted of a drive: the name it was mounted by, and the partition below it; 0 is the
/// drive itself.
struct Use {
  std::string mountable;
  int partition_number = 0;
};
std::vector<Use> mounted_of(Handle& handle, std::size_t disk_index);
/// Drives without a table, partitions and volumes, but not those that are containers by their type.
std::vector<std::string> content_devices(Handle& handle);

/// A place that holds or could hold a file system.
struct FileSystem {
  std::string mountable;
  std::string type;  ///< as blkid names it, or "unknown"
  probe::Superblock superblock;
};

/// All of them: drives without a table, partitions, volumes, btrfs subvolumes.
std::vector<FileSystem> filesystems(Handle& handle);

/// What an encrypted device wants to be opened: "locked: passphrase, token clevis".
std::string locked_text(Handle& handle, const std::string& device);

}  // namespace vmcraft::handle
