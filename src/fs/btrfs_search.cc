// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/btrfs_search.h"

#include <sys/ioctl.h>

#include "base/error.h"

namespace vmcraft::fs {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

// Makes the key the one behind what was found; false where that was the last there can be.
bool advance(btrfs_ioctl_search_key& key, const btrfs_ioctl_search_header& last) {
  key.min_objectid = last.objectid;
  key.min_type = last.type;
  key.min_offset = last.offset + 1;
  if (key.min_offset != 0) return true;
  key.min_type = 0;
  return ++key.min_objectid != 0;
}

}  // namespace

bool search_tree(int fd, const std::string& object, const ItemRange& range,
                 const std::function<void(const Item&)>& visit) {
  btrfs_ioctl_search_args arguments{};
  btrfs_ioctl_search_key& key = arguments.key;
  key.tree_id = range.tree;
  key.min_objectid = range.first_object;
  key.max_objectid = range.last_object;
  key.min_type = key.max_type = range.type;
  key.max_offset = key.max_transid = kAll;
  for (;;) {
    key.nr_items = 4096;
    if (::ioctl(fd, BTRFS_IOC_TREE_SEARCH, &arguments) < 0) {
      if (errno == ENOENT) return false;
      base::throw_errno(object);
    }
    if (key.nr_items == 0) return true;
    std::size_t at = 0;
    btrfs_ioctl_search_header header{};
    for (std::uint32_t i = 0; i < key.nr_items && at + sizeof header <= sizeof arguments.buf; ++i) {
      std::memcpy(&header, arguments.buf + at, sizeof header);
      at += sizeof header;
      if (at + header.len > sizeof arguments.buf) break;
      // The kernel compares keys as a whole: items of other types lie between.
      if (header.type == range.type)
        visit({header.objectid, header.offset, {arguments.buf + at, header.len}});
      at += header.len;
    }
    if (!advance(key, header)) return true;
  }
}

}  // namespace vmcraft::fs
