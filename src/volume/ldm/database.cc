// SPDX-License-Identifier: LGPL-3.0-or-later
// Structures after block/partitions/ldm.h of the Linux kernel; all numbers are big-endian.
#include "volume/ldm/database.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

namespace vmcraft::volume::ldm {
namespace {

using base::Be16;
using base::Be32;
using base::Be64;

struct RegionDisk {
  char name[8];
  Be16 flags;
  Be64 start_sector;  // within the configuration
  Be64 sector_count;
  Be64 unknown;
};

struct TableOfContentsDisk {
  char magic[8];
  char unknown[28];
  RegionDisk regions[2];
};
static_assert(sizeof(TableOfContentsDisk) == 0x68);

struct DatabaseDisk {
  char magic[4];
  Be32 last_record;
  Be32 record_size;
  Be32 first_record_offset;
  Be16 update_status;
  Be16 major_version;
  Be16 minor_version;
  char group_name[31];
  char group_guid[64];
  Be64 sequence;
};
static_assert(sizeof(DatabaseDisk) == 0x7d);
constexpr std::uint16_t kSettled = 1;

struct RecordDisk {
  char magic[4];
  Be32 sequence;
  Be32 group;
  Be16 fragment;
  Be16 fragment_count;
};
static_assert(sizeof(RecordDisk) == 16);
constexpr std::uint32_t kSmallestRecord = 32;
constexpr std::uint32_t kLargestRecord = 4096;

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  const std::string_view all(field, N);
  return std::string(all.substr(0, all.find('\0')));
}

// The part of the configuration that holds the database.
image::SliceReader database_region(const image::SliceReader& config) {
  const std::uint64_t sectors = config.size_bytes() / kSectorBytes;
  for (const std::uint64_t sector : {std::uint64_t{1}, std::uint64_t{2}, sectors - 3, sectors - 2}) {
    if (sector >= sectors) continue;
    const auto toc = config.read_struct<TableOfContentsDisk>(sector * kSectorBytes);
    if (!toc || std::string_view(toc->magic, 8) != "TOCBLOCK") continue;
    for (const RegionDisk& region : toc->regions)
      if (text_of(region.name) == "config" && region.start_sector < sectors)
        return {config, region.start_sector * kSectorBytes,
                (sectors - region.start_sector) * kSectorBytes};
  }
  base::throw_corrupt("ldm database", "no table of contents leads to it");
}

/// Records may be in pieces, in any order.
class Pieces {
 public:
  void add(const RecordDisk& head, std::string_view payload) {
    Record& record = records_[head.group];
    record.wanted = head.fragment_count;
    record.pieces[head.fragment] = payload;
  }
  void read_all(Database& database) const {
    for (const auto& [group, record] : records_) {
      std::string whole;
      for (const auto& [number, payload] : record.pieces) whole += payload;
      if (record.pieces.size() != record.wanted || record.pieces.rbegin()->first != record.wanted - 1)
        base::throw_corrupt("ldm database", "record " + std::to_string(group) + " is not complete");
      read_record(whole, database);
    }
  }

 private:
  struct Record {
    std::uint16_t wanted = 0;
    std::map<std::uint16_t, std::string_view> pieces;
  };
  std::map<std::uint32_t, Record> records_;
};

void read_records(std::string_view bytes, std::uint32_t size, std::uint64_t count,
                  Database& database) {
  Pieces pieces;
  for (std::uint64_t i = 0; i < count && bytes.size() >= size; ++i) {
    RecordDisk head;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (std::string_view(head.magic, 4) != "VBLK")
      base::throw_corrupt("ldm database", "record " + std::to_string(i) + " has no mark");
    if (head.fragment_count > 0) pieces.add(head, bytes.substr(sizeof head, size - sizeof head));
    bytes.remove_prefix(size);
  }
  pieces.read_all(database);
}

}  // namespace

Database read_database(const image::BlockReader& disk, const PrivateHeader& header) {
  const image::SliceReader config(disk, header.config_start_sector * kSectorBytes,
                                  header.config_sectors * kSectorBytes);
  const image::SliceReader region = database_region(config);
  const auto raw = region.read_struct<DatabaseDisk>(0);
  if (!raw || std::string_view(raw->magic, 4) != "VMDB" || raw->major_version != 4)
    base::throw_corrupt("ldm database", "is not where the table of contents says");
  const std::uint32_t size = raw->record_size;
  const std::uint32_t first = raw->first_record_offset;
  if (size < kSmallestRecord || size > kLargestRecord || first < sizeof(DatabaseDisk) ||
      first > region.size_bytes())
    base::throw_corrupt("ldm database", "records have an impossible size or place");
  Database database;
  database.group_name = text_of(raw->group_name);
  database.group_guid = base::lower(text_of(raw->group_guid));
  database.sequence = raw->sequence;
  database.settled = raw->update_status == kSettled;
  // Records are numbered as if the database began with them.
  const std::uint32_t before = first / size;
  const std::uint64_t count = raw->last_record > before ? raw->last_record - before : 0;
  const std::uint64_t bytes = std::min<std::uint64_t>(count * size, region.size_bytes() - first);
  const auto records = region.read(first, static_cast<std::size_t>(bytes));
  if (!records) base::throw_corrupt("ldm database", "ends too early");
  read_records(*records, size, count, database);
  return database;
}

}  // namespace vmcraft::volume::ldm
