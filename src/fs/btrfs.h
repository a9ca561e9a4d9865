// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vmcraft::fs {

struct Subvolume {
  std::uint64_t id = 0;
  std::uint64_t parent_id = 0;
  std::string path;  ///< from the top level, without a slash in front
};

/// The subvolumes of a mounted btrfs, snapshots among them, by id. `fd` is any directory of it.
/// Those deleted but not yet cleaned are left out.
std::vector<Subvolume> list_subvolumes(int fd);

}  // namespace vmcraft::fs
