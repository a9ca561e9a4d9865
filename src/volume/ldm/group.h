// SPDX-License-Identifier: LGPL-3.0-or-later
// One disk group: its database, and which of its disks are there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "volume/base/volume.h"
#include "volume/ldm/database.h"

namespace vmcraft::volume::ldm {

/// A place that is a dynamic disk.
struct Member {
  Place place;
  PrivateHeader header;
  Database database;  ///< its own copy
};

/// A part, and the disk it is on.
struct Piece {
  std::string name;
  std::string disk_name;
  std::optional<Place> place;     ///< nothing: the disk is missing
  bool stale = false;             ///< it missed changes, or its plex is not up to date
  std::uint64_t start_sector = 0; ///< of the drive
  std::uint64_t sector_count = 0;
  bool usable() const { return place && !stale; }
};

/// How a volume is made of pieces.
struct Shape {
  enum class Kind { simple, spanned, striped, mirrored, raid5 };
  Kind kind = Kind::simple;
  std::string name;
  std::string guid;
  std::string hint;
  std::uint64_t sector_count = 0;
  std::uint64_t chunk_sectors = 0;  ///< striped and raid5
  std::vector<Piece> pieces;        ///< in the order of their data, columns or plexes
  /// Whether the volume goes on without one of its pieces.
  bool redundant() const { return kind == Kind::mirrored || kind == Kind::raid5; }
};
const char* kind_name(Shape::Kind kind);

struct DiskGroup {
  std::string guid;
  std::string name;
  std::vector<std::string> disk_names;
  std::vector<Shape> shapes;  ///< in the order of the database
};

/// Puts a group together from the newest database of its members. What makes no sense is left out and
/// told in `findings`.
DiskGroup make_group(const std::vector<const Member*>& members, std::vector<std::string>& findings);

/// "ldm_vol_GROUP_VOLUME" and "ldm_part_GROUP_PART" below /dev/mapper, where characters that a name
/// there may not have are written as \x20.
std::string volume_device(const DiskGroup& group, const std::string& volume);
std::string part_device(const DiskGroup& group, const std::string& part);

}  // namespace vmcraft::volume::ldm
