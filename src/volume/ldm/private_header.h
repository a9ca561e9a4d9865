// SPDX-License-Identifier: LGPL-3.0-or-later
// Windows dynamic disks: what a drive says of itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/block_reader.h"
#include "partition/table.h"

namespace vmcraft::volume::ldm {

constexpr std::uint64_t kSectorBytes = 512;  // of all that LDM counts

/// True for the partition types of dynamic disks.
bool is_dynamic(const partition::Partition& partition);
/// Offsets at which a drive with this table may have its private header, the primary one first; empty
/// where it is no dynamic disk.
std::vector<std::uint64_t> header_offsets(const partition::Table& table, std::uint64_t disk_bytes);

/// GUIDs are in lower case.
struct PrivateHeader {
  std::string disk_guid;
  std::string group_guid;
  std::string group_name;
  std::uint64_t data_start_sector = 0;
  std::uint64_t data_sectors = 0;
  std::uint64_t config_start_sector = 0;
  std::uint64_t config_sectors = 0;
};

/// The first header that makes sense; nothing where none does. What it names lies inside the drive.
std::optional<PrivateHeader> read_private_header(const image::BlockReader& disk,
                                                 const std::vector<std::uint64_t>& offsets);

}  // namespace vmcraft::volume::ldm
