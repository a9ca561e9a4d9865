// SPDX-License-Identifier: LGPL-3.0-or-later
// Subvolumes of a mounted btrfs, by the kernel's own calls. `fd` is an open directory of it and
// `object` its name for errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

struct Subvolume {
  std::uint64_t id = 0;
  std::uint64_t parent_id = 0;
  std::string path;  ///< from the top level, without a slash in front
};

/// The subvolumes, snapshots among them, by id. Those deleted but not yet cleaned are left out.
std::vector<Subvolume> list_subvolumes(int fd, const std::string& object = "btrfs");

/// A quota group as text: level/number, or a number alone for level 0.
std::uint64_t parse_qgroup(const std::string& text);
std::string format_qgroup(std::uint64_t id);

/// Makes a subvolume `name` in the directory; `qgroups` are those it becomes a member of.
void create_subvolume(int parent, const std::string& name, const std::string& object,
                      const std::vector<std::uint64_t>& qgroups);
struct SnapshotSpec {
  int source;  ///< the top directory of a subvolume
  bool readonly = false;
  std::vector<std::uint64_t> qgroups = {};
};
void create_snapshot(int parent, const std::string& name, const std::string& object,
                     const SnapshotSpec& spec);
void delete_subvolume(int parent, const std::string& name, const std::string& object);

/// The subvolume that is mounted where none is named.
std::uint64_t default_subvolume(int fd, const std::string& object);
void set_default_subvolume(int fd, const std::string& object, std::uint64_t id);
/// As `btrfs subvolume show` names it; throws where fd is not the top of a subvolume.
HashTable describe_subvolume(int fd, const std::string& object);

}  // namespace vmcraft::fs
