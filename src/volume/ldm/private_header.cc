// SPDX-License-Identifier: LGPL-3.0-or-later
// Structures after block/partitions/ldm.h of the Linux kernel; all numbers are big-endian.
#include "volume/ldm/private_header.h"

#include <algorithm>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"

namespace vmcraft::volume::ldm {
namespace {

using base::Be16;
using base::Be32;
using base::Be64;

constexpr const char* kMbrType = "0x42";
constexpr const char* kMetadataType = "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3";
constexpr const char* kDataType = "af9b60a0-1431-4f62-bc68-3311714a69ad";

constexpr std::uint64_t kMbrHeaderSector = 6;
// Copies, in sectors of the configuration of 1 MiB.
constexpr std::uint64_t kUsualConfigSectors = 2048;
constexpr std::uint64_t kSecondHeader = 1856;
constexpr std::uint64_t kThirdHeader = 2047;
constexpr std::uint64_t kMostConfigSectors = 16384;

struct PrivateHeaderDisk {
  char magic[8];
  Be32 sequence;
  Be16 major_version;
  Be16 minor_version;
  Be64 timestamp;
  Be64 unknown_number;
  Be64 unknown_sizes[2];
  char disk_guid[64];
  char host_guid[64];
  char group_guid[64];
  char group_name[32];
  char unknown[11];
  Be64 data_start_sector;
  Be64 data_sectors;
  Be64 config_start_sector;
  Be64 config_sectors;
};
static_assert(sizeof(PrivateHeaderDisk) == 0x13b);

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  const std::string_view all(field, N);
  return std::string(all.substr(0, all.find('\0')));
}

bool inside(std::uint64_t start, std::uint64_t count, std::uint64_t whole) {
  return count > 0 && start <= whole && count <= whole - start;
}

std::optional<PrivateHeader> read_at(const image::BlockReader& disk, std::uint64_t offset) {
  const auto raw = disk.read_struct<PrivateHeaderDisk>(offset);
  if (!raw || std::string_view(raw->magic, 8) != "PRIVHEAD" || raw->major_version != 2)
    return std::nullopt;
  PrivateHeader header;
  header.disk_guid = base::lower(text_of(raw->disk_guid));
  header.group_guid = base::lower(text_of(raw->group_guid));
  header.group_name = text_of(raw->group_name);
  header.data_start_sector = raw->data_start_sector;
  header.data_sectors = raw->data_sectors;
  header.config_start_sector = raw->config_start_sector;
  header.config_sectors = raw->config_sectors;
  const std::uint64_t whole = disk.size_bytes() / kSectorBytes;
  const bool sane = inside(header.data_start_sector, header.data_sectors, whole) &&
                    inside(header.config_start_sector, header.config_sectors, whole) &&
                    header.config_sectors <= kMostConfigSectors;
  return sane ? std::optional(header) : std::nullopt;
}

}  // namespace

bool is_dynamic(const partition::Partition& partition) {
  return partition.type == kMbrType || partition.type == kMetadataType ||
         partition.type == kDataType;
}

std::vector<std::uint64_t> header_offsets(const partition::Table& table,
                                          std::uint64_t disk_bytes) {
  std::vector<std::uint64_t> sectors;
  for (const partition::Partition& partition : table.partitions) {
    const std::uint64_t start = partition.start_bytes / kSectorBytes;
    if (partition.type == kMetadataType)
      sectors.insert(sectors.end(), {start + kThirdHeader, start + kSecondHeader});
    if (partition.type == kMbrType && sectors.empty()) {
      const std::uint64_t whole = disk_bytes / kSectorBytes;
      const std::uint64_t config = whole - std::min(whole, kUsualConfigSectors);
      sectors = {kMbrHeaderSector, config + kSecondHeader, config + kThirdHeader};
    }
  }
  for (std::uint64_t& sector : sectors) sector *= kSectorBytes;
  return sectors;
}

std::optional<PrivateHeader> read_private_header(const image::BlockReader& disk,
                                                 const std::vector<std::uint64_t>& offsets) {
  for (const std::uint64_t offset : offsets)
    if (auto header = read_at(disk, offset)) return header;
  return std::nullopt;
}

}  // namespace vmcraft::volume::ldm
