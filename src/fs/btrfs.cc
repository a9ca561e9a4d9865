// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/btrfs.h"

#include <endian.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "fs/btrfs_search.h"

namespace vmcraft::fs {
namespace {

constexpr std::uint64_t kTopLevel = BTRFS_FS_TREE_OBJECTID;
constexpr int kDeepest = 256;
constexpr unsigned kLevelShift = 48;

struct Link {
  std::uint64_t parent;
  std::uint64_t directory;
  std::string name;
};
using Links = std::map<std::uint64_t, Link>;

// Each subvolume's place in its parent, from the tree of tree roots.
Links read_links(int fd, const std::string& object) {
  Links links;
  const ItemRange range = {.first_object = BTRFS_FIRST_FREE_OBJECTID,
                           .last_object = BTRFS_LAST_FREE_OBJECTID,
                           .type = BTRFS_ROOT_BACKREF_KEY};
  search_tree(fd, object, range, [&links](const Item& item) {
    const auto reference = item.as<btrfs_root_ref>();
    if (!reference) return;
    const std::string_view name = item.data.substr(sizeof *reference);
    const std::size_t length = le16toh(reference->name_len);
    if (length <= name.size())
      links[item.object] = {item.offset, le64toh(reference->dirid),
                            std::string(name.substr(0, length))};
  });
  return links;
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

btrfs_ioctl_vol_args_v2 named(const std::string& name) {
  btrfs_ioctl_vol_args_v2 arguments{};
  if (name.size() > BTRFS_SUBVOL_NAME_MAX) base::throw_errno(name, ENAMETOOLONG);
  std::memcpy(arguments.name, name.data(), name.size());
  return arguments;
}

// btrfs_qgroup_inherit with its list, and the reference to it in the arguments.
class Inherit {
 public:
  Inherit(btrfs_ioctl_vol_args_v2& arguments, const std::vector<std::uint64_t>& qgroups) {
    if (qgroups.empty()) return;
    btrfs_qgroup_inherit head{};
    head.num_qgroups = qgroups.size();
    words_.resize(sizeof head / sizeof(std::uint64_t));
    std::memcpy(words_.data(), &head, sizeof head);
    words_.insert(words_.end(), qgroups.begin(), qgroups.end());
    arguments.flags |= BTRFS_SUBVOL_QGROUP_INHERIT;
    arguments.size = words_.size() * sizeof(std::uint64_t);
    arguments.qgroup_inherit = reinterpret_cast<btrfs_qgroup_inherit*>(words_.data());
  }

 private:
  std::vector<std::uint64_t> words_;
};

std::string uuid_text(const std::uint8_t* bytes) {
  std::string text;
  bool empty = true;
  for (std::size_t i = 0; i < BTRFS_UUID_SIZE; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
    empty = empty && bytes[i] == 0;
  }
  return empty ? "-" : text;
}

std::string time_text(const btrfs_ioctl_timespec& time) {
  if (time.sec == 0) return "-";
  const auto seconds = static_cast<std::time_t>(time.sec);
  struct tm parts {};
  std::array<char, 64> text{};
  ::gmtime_r(&seconds, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S +0000", &parts);
  return text.data();
}

// Paths of those made from the subvolume of this UUID.
std::string snapshot_paths(int fd, const std::string& object, const std::uint8_t* uuid) {
  std::vector<std::uint64_t> ids;
  const ItemRange range = {.first_object = BTRFS_FIRST_FREE_OBJECTID,
                           .last_object = BTRFS_LAST_FREE_OBJECTID,
                           .type = BTRFS_ROOT_ITEM_KEY};
  search_tree(fd, object, range, [&](const Item& item) {
    const auto root = item.as<btrfs_root_item>();
    if (root && std::equal(uuid, uuid + BTRFS_UUID_SIZE, root->parent_uuid))
      ids.push_back(item.object);
  });
  std::vector<std::string> paths;
  for (const Subvolume& subvolume : list_subvolumes(fd, object))
    if (std::find(ids.begin(), ids.end(), subvolume.id) != ids.end())
      paths.push_back(subvolume.path);
  return base::join(paths, ",");
}

}  // namespace

std::vector<Subvolume> list_subvolumes(int fd, const std::string& object) {
  std::vector<Subvolume> list;
  const Links links = read_links(fd, object);
  for (const auto& [id, link] : links) {
    Subvolume subvolume{id, link.parent, {}};
    if (full_path(fd, links, id, subvolume.path)) list.push_back(std::move(subvolume));
  }
  return list;
}

std::uint64_t parse_qgroup(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string level = slash == std::string::npos ? "0" : text.substr(0, slash);
  const std::string number = slash == std::string::npos ? text : text.substr(slash + 1);
  const auto high = base::parse_number<std::uint16_t>(level);
  const auto low = base::parse_number<std::uint64_t>(number);
  if (!high || !low || *low >> kLevelShift != 0)
    base::throw_invalid("qgroup", "'" + text + "' is not of the form level/number");
  return (static_cast<std::uint64_t>(*high) << kLevelShift) | *low;
}

std::string format_qgroup(std::uint64_t id) {
  return fmt::format("{}/{}", id >> kLevelShift, id & ((std::uint64_t{1} << kLevelShift) - 1));
}

void create_subvolume(int parent, const std::string& name, const std::string& object,
                      const std::vector<std::uint64_t>& qgroups) {
  btrfs_ioctl_vol_args_v2 arguments = named(name);
  const Inherit inherit(arguments, qgroups);
  base::check(::ioctl(parent, BTRFS_IOC_SUBVOL_CREATE_V2, &arguments), object);
}

void create_snapshot(int parent, const std::string& name, const std::string& object,
                     const SnapshotSpec& spec) {
  btrfs_ioctl_vol_args_v2 arguments = named(name);
  arguments.fd = spec.source;
  if (spec.readonly) arguments.flags |= BTRFS_SUBVOL_RDONLY;
  const Inherit inherit(arguments, spec.qgroups);
  base::check(::ioctl(parent, BTRFS_IOC_SNAP_CREATE_V2, &arguments), object);
}

void delete_subvolume(int parent, const std::string& name, const std::string& object) {
  btrfs_ioctl_vol_args arguments{};
  if (name.size() >= sizeof arguments.name) base::throw_errno(object, ENAMETOOLONG);
  std::memcpy(arguments.name, name.data(), name.size());
  base::check(::ioctl(parent, BTRFS_IOC_SNAP_DESTROY, &arguments), object);
}

std::uint64_t default_subvolume(int fd, const std::string& object) {
  constexpr std::string_view kName = "default";
  std::uint64_t id = kTopLevel;
  const ItemRange range = {.first_object = BTRFS_ROOT_TREE_DIR_OBJECTID,
                           .last_object = BTRFS_ROOT_TREE_DIR_OBJECTID,
                           .type = BTRFS_DIR_ITEM_KEY};
  search_tree(fd, object, range, [&](const Item& item) {
    const auto entry = item.as<btrfs_dir_item>();
    if (entry && item.data.substr(sizeof *entry).starts_with(kName) &&
        le16toh(entry->name_len) == kName.size())
      id = le64toh(entry->location.objectid);
  });
  return id;
}

void set_default_subvolume(int fd, const std::string& object, std::uint64_t id) {
  base::check(::ioctl(fd, BTRFS_IOC_DEFAULT_SUBVOL, &id), object);
}

HashTable describe_subvolume(int fd, const std::string& object) {
  struct stat st {};
  base::check(::fstat(fd, &st), object);
  btrfs_ioctl_get_subvol_info_args info{};
  base::check(::ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &info), object);
  if (st.st_ino != BTRFS_FIRST_FREE_OBJECTID)
    base::throw_invalid(object, "is not the top of a subvolume");
  const std::string name(info.name, ::strnlen(info.name, sizeof info.name));
  return {{"Name", name.empty() ? "<FS_TREE>" : name},
          {"UUID", uuid_text(info.uuid)},
          {"Parent UUID", uuid_text(info.parent_uuid)},
          {"Received UUID", uuid_text(info.received_uuid)},
          {"Creation time", time_text(info.otime)},
          {"Subvolume ID", std::to_string(info.treeid)},
          {"Generation", std::to_string(info.generation)},
          {"Gen at creation", std::to_string(info.otransid)},
          {"Parent ID", std::to_string(info.parent_id)},
          {"Top level ID", std::to_string(info.parent_id)},
          {"Flags", (info.flags & BTRFS_ROOT_SUBVOL_RDONLY) != 0 ? "readonly" : "-"},
          {"Send transid", std::to_string(info.stransid)},
          {"Send time", time_text(info.stime)},
          {"Receive transid", std::to_string(info.rtransid)},
          {"Receive time", time_text(info.rtime)},
          {"Snapshot(s)", snapshot_paths(fd, object, info.uuid)}};
}

}  // namespace vmcraft::fs
