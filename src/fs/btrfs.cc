// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/btrfs.h"

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <sys/ioctl.h>

#include <cstring>
#include <map>

#include "base/bytes.h"
#include "base/error.h"

namespace vmcraft::fs {
namespace {

constexpr std::uint64_t kRootTree = BTRFS_ROOT_TREE_OBJECTID;
constexpr std::uint64_t kTopLevel = BTRFS_FS_TREE_OBJECTID;
constexpr int kDeepest = 256;

struct Link {
  std::uint64_t parent;
  std::uint64_t directory;
  std::string name;
};
using Links = std::map<std::uint64_t, Link>;

void read_item(const btrfs_ioctl_search_header& header, const char* data, Links& links) {
  if (header.type != BTRFS_ROOT_BACKREF_KEY || header.len < sizeof(btrfs_root_ref)) return;
  btrfs_root_ref reference;
  std::memcpy(&reference, data, sizeof reference);
  const std::size_t length = le16toh(reference.name_len);
  if (sizeof reference + length > header.len) return;
  links[header.objectid] = {header.offset, le64toh(reference.dirid),
                            std::string(data + sizeof reference, length)};
}

// Each subvolume's place in its parent, from the tree of tree roots.
Links read_links(int fd) {
  Links links;
  btrfs_ioctl_search_args arguments{};
  btrfs_ioctl_search_key& key = arguments.key;
  key.tree_id = kRootTree;
  key.min_objectid = BTRFS_FIRST_FREE_OBJECTID;
  key.max_objectid = BTRFS_LAST_FREE_OBJECTID;
  key.min_type = key.max_type = BTRFS_ROOT_BACKREF_KEY;
  key.max_offset = key.max_transid = ~std::uint64_t{0};
  for (;;) {
    key.nr_items = 4096;
    base::check(::ioctl(fd, BTRFS_IOC_TREE_SEARCH, &arguments), "btrfs: tree search");
    if (key.nr_items == 0) return links;
    std::size_t at = 0;
    btrfs_ioctl_search_header header{};
    for (std::uint32_t i = 0; i < key.nr_items && at + sizeof header <= sizeof arguments.buf; ++i) {
      std::memcpy(&header, arguments.buf + at, sizeof header);
      at += sizeof header;
      if (at + header.len > sizeof arguments.buf) break;
      read_item(header, arguments.buf + at, links);
      at += header.len;
    }
    if (header.objectid == ~std::uint64_t{0}) return links;
    key.min_objectid = header.objectid + 1;
  }
}

// Path of a directory inside one subvolume, with a slash at its end; empty for its top.
bool directory_path(int fd, std::uint64_t tree, std::uint64_t directory, std::string& path) {
  btrfs_ioctl_ino_lookup_args arguments{};
  arguments.treeid = tree;
  arguments.objectid = directory;
  if (::ioctl(fd, BTRFS_IOC_INO_LOOKUP, &arguments) < 0) return false;
  path = std::string(arguments.name, ::strnlen(arguments.name, sizeof arguments.name));
  return true;
}

bool full_path(int fd, const Links& links, std::uint64_t id, std::string& path) {
  path.clear();
  for (int depth = 0; id != kTopLevel; ++depth) {
    const auto link = links.find(id);
    std::string folder;
    if (link == links.end() || depth > kDeepest ||
        !directory_path(fd, link->second.parent, link->second.directory, folder))
      return false;
    path = folder + link->second.name + (path.empty() ? "" : "/" + path);
    id = link->second.parent;
  }
  return true;
}

}  // namespace

std::vector<Subvolume> list_subvolumes(int fd) {
  std::vector<Subvolume> list;
  const Links links = read_links(fd);
  for (const auto& [id, link] : links) {
    Subvolume subvolume{id, link.parent, {}};
    if (full_path(fd, links, id, subvolume.path)) list.push_back(std::move(subvolume));
  }
  return list;
}

std::optional<BtrfsMember> read_btrfs_member(const image::BlockReader& reader) {
  constexpr std::uint64_t kOffset = 0x10000;
  struct SuperblockDisk {
    char checksum[32];
    char fsid[16];
    base::Le64 place;
    base::Le64 flags;
    char magic[8];
    base::Le64 numbers[8];
    base::Le64 device_count;
  };
  static_assert(offsetof(SuperblockDisk, device_count) == 0x88);
  const auto disk = reader.read_struct<SuperblockDisk>(kOffset);
  if (!disk || std::memcmp(disk->magic, "_BHRfS_M", sizeof disk->magic) != 0) return std::nullopt;
  return BtrfsMember{std::string(disk->fsid, sizeof disk->fsid), disk->device_count};
}

}  // namespace vmcraft::fs
