// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/block_reader.h"

namespace vmcraft::fs {

struct Subvolume {
  std::uint64_t id = 0;
  std::uint64_t parent_id = 0;
  std::string path;  ///< from the top level, without a slash in front
};

/// The subvolumes of a mounted btrfs, snapshots among them, by id. `fd` is any directory of it.
/// Those deleted but not yet cleaned are left out.
std::vector<Subvolume> list_subvolumes(int fd);

/// Which file system a device belongs to, and of how many devices that is.
struct BtrfsMember {
  std::string fsid;  ///< 16 bytes
  std::uint64_t device_count = 0;
};

/// Nothing where the bytes are no btrfs.
std::optional<BtrfsMember> read_btrfs_member(const image::BlockReader& reader);

}  // namespace vmcraft::fs
