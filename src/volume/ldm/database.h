// SPDX-License-Identifier: LGPL-3.0-or-later
// The database of a disk group, of which each of its disks has a copy. Records name each other by
// number; nothing here says that they do so consistently.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/block_reader.h"
#include "volume/ldm/private_header.h"

namespace vmcraft::volume::ldm {

struct DiskRecord {
  std::uint64_t id = 0;
  std::string name;
  std::string guid;
};

/// A piece of a disk that belongs to a plex.
struct PartRecord {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t start_sector = 0;   ///< within the data of its disk
  std::uint64_t volume_sector = 0;  ///< where it begins in the volume
  std::uint64_t sector_count = 0;
  std::uint64_t plex_id = 0;
  std::uint64_t disk_id = 0;
  std::uint64_t column = 0;
};

/// One copy of a volume's bytes.
struct PlexRecord {
  enum class Layout : std::uint8_t { striped = 1, concatenated = 2, raid5 = 3 };
  std::uint64_t id = 0;
  std::string name;
  std::string state;  ///< "ACTIVE" where it is up to date
  Layout layout = Layout::concatenated;
  std::uint64_t part_count = 0;
  std::uint64_t volume_id = 0;
  std::uint64_t chunk_sectors = 0;
  std::uint64_t column_count = 0;
};

struct VolumeRecord {
  std::uint64_t id = 0;
  std::string name;
  std::string guid;
  std::string hint;  ///< drive letter, as "C:"
  std::uint64_t plex_count = 0;
  std::uint64_t sector_count = 0;
};

struct Database {
  std::string group_guid;
  std::string group_name;
  std::uint64_t sequence = 0;  ///< of its last change
  bool settled = true;         ///< false in the middle of a change
  std::vector<DiskRecord> disks;
  std::vector<PartRecord> parts;
  std::vector<PlexRecord> plexes;
  std::vector<VolumeRecord> volumes;
};

/// Throws Error{corrupt} with the offset of what makes no sense.
Database read_database(const image::BlockReader& disk, const PrivateHeader& header);

/// One record without its frame, into the database; kinds that are not known are passed over.
void read_record(const std::string& record, Database& database);

}  // namespace vmcraft::volume::ldm
