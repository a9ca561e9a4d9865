// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vmcraft::fs {

/// Which items of a tree are wanted.
struct ItemRange {
  std::uint64_t tree = BTRFS_ROOT_TREE_OBJECTID;
  std::uint64_t first_object = 0;
  std::uint64_t last_object = ~std::uint64_t{0};
  std::uint32_t type = 0;
};
struct Item {
  std::uint64_t object;
  std::uint64_t offset;
  std::string_view data;

  /// The head of the data as a structure of the disk; nothing where the item is shorter.
  template <typename Disk>
  std::optional<Disk> as() const {
    if (data.size() < sizeof(Disk)) return std::nullopt;
    Disk disk;
    std::memcpy(&disk, data.data(), sizeof disk);
    return disk;
  }
};

/// Calls `visit` for each item of one type, in the order of the tree. `fd` is any file of a mounted
/// btrfs; `object` names it. False where there is no such tree.
bool search_tree(int fd, const std::string& object, const ItemRange& range,
                 const std::function<void(const Item&)>& visit);

}  // namespace vmcraft::fs
