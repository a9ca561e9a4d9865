// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "image/block_reader.h"

namespace vmcraft::volume::md {

/// What the superblock of one member of a Linux software RAID says.
struct Superblock {
  std::string version;            ///< "0.90", "1.0", "1.1", "1.2"
  std::string array_uuid;         ///< 32 hexadecimal digits
  std::string name;               ///< of the array, as mdadm was told, without the host; 1.x only
  int level = 0;                  ///< -1 linear, 0, 1, 4, 5, 6, 10, others as the kernel counts
  int raid_disks = 0;
  std::uint64_t events = 0;       ///< the member with the most is the newest
  std::uint64_t size_bytes = 0;   ///< what this member gives to the array
  std::uint64_t chunk_bytes = 0;
  std::int32_t layout = 0;
  std::int32_t preferred_minor = -1;  ///< 0.90 only
  int role = -1;                  ///< slot in the array; -1 where it has none
  bool spare = false;
  bool clean = false;
  bool reshaping = false;

  /// "raid5", "linear", ...
  std::string level_name() const;
  /// Capacity of the array as long as it has enough members.
  std::uint64_t array_bytes() const;
  /// How many members it can be without.
  int may_miss() const;
};

/// Finds the superblock at the four places it may be; nothing where there is none, or its checksum
/// is wrong, or its numbers make no sense.
std::optional<Superblock> read_superblock(const image::BlockReader& reader);

/// "ddf" or "imsm" where the RAID is of a firmware kind, which is recognised only.
std::optional<std::string> firmware_raid(const image::BlockReader& reader);

}  // namespace vmcraft::volume::md
