// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "volume/base/mapping.h"
#include "volume/base/volume.h"
#include "volume/lvm/metadata.h"

namespace vmcraft::volume::lvm {

/// Turns the volumes of one group into device-mapper devices. Parts that volumes share (thin pools,
/// origins of snapshots) are mapped once.
class Assembler {
 public:
  /// `part` gives the block device of a physical volume by its name in the metadata, or null where
  /// it is missing.
  using PartNode = std::function<std::shared_ptr<image::BlockNode>(const std::string& name, bool writable)>;
  /// Without `mapper` they are mapped in the kernel.
  Assembler(const VolumeGroup& group, PartNode part, const Allowed& allowed, Mapper mapper = {})
      : group_(group), part_(std::move(part)), allowed_(allowed), mapper_(std::move(mapper)) {}

  /// Maps the volume and all below it.
  Mapping& map(const std::string& name, bool writable);
  /// The mapping users have, or null where it is not mapped.
  Mapping* mapped(const std::string& name);
  /// Unmaps the volume, and what no other needs; throws EBUSY where it is in use.
  void unmap(const std::string& name);
  /// Gives mapped volumes the tables that `group`, a later state of the same group, wants.
  void update(const VolumeGroup& group);

 private:
  using Lines = std::vector<Target>;
  struct Device {
    std::string number;         // "253:4"
    std::uint64_t sector = 0;   // where the area begins on it
    bool missing = false;
  };

  const LogicalVolume& volume(const std::string& name) const;
  std::uint64_t sectors(const LogicalVolume& volume) const;
  std::string object(const LogicalVolume& volume) const;
  [[noreturn]] void refuse(const LogicalVolume& volume, const std::string& why) const;
  std::string text(const LogicalVolume& volume, const Segment& segment, const char* key) const;
  std::uint64_t number(const LogicalVolume& volume, const Segment& segment, const char* key) const;

  std::vector<const LogicalVolume*> snapshots_of(const std::string& origin) const;
  bool is_merging(const std::string& origin) const;
  bool needs_writing(const LogicalVolume& volume) const;

  Mapping& layer(const std::string& key, const std::string& label, Lines lines, bool writable);
  Mapping& map_plain(const LogicalVolume& volume, bool writable);
  Mapping& map_part_of(const LogicalVolume& volume, const std::string& suffix);
  Mapping& map_origin(const LogicalVolume& volume);
  Mapping& map_snapshot(const LogicalVolume& cow);
  Mapping& map_any(const LogicalVolume& volume, bool writable);
  Lines lines_of(const LogicalVolume& volume, bool writable);

  Device area(const LogicalVolume& volume, const Area& area, bool writable);
  std::string inner(const std::string& name);
  std::string raid_member(const std::string& name);
  Target line(const LogicalVolume& volume, const Segment& segment, bool writable);
  Target striped(const LogicalVolume& volume, const Segment& segment, bool writable);
  Target mirror(const LogicalVolume& volume, const Segment& segment, bool writable);
  Target raid(const LogicalVolume& volume, const Segment& segment);
  Target thin_pool(const LogicalVolume& volume, const Segment& segment);
  Target thin(const LogicalVolume& volume, const Segment& segment);
  Target cache(const LogicalVolume& volume, const Segment& segment);
  Target writecache(const LogicalVolume& volume, const Segment& segment);

  VolumeGroup group_;
  PartNode part_;
  const Allowed& allowed_;
  Mapper mapper_;
  struct Entry {
    std::string key;
    Mapping mapping;
  };
  std::vector<std::unique_ptr<Entry>> mapped_;  // in the order of making
  std::set<std::string> in_progress_;
  std::vector<std::shared_ptr<image::BlockNode>> keep_;
};

}  // namespace vmcraft::volume::lvm
