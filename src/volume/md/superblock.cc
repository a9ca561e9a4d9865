// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/md/superblock.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"

namespace vmcraft::volume::md {
namespace {

using base::Le16;
using base::Le32;
using base::Le64;

constexpr std::uint32_t kMagic = 0xa92b4efc;
constexpr std::uint64_t kSector = 512;
constexpr int kMostDisks = 4096;
constexpr std::uint64_t kMostSectors = std::uint64_t{1} << 54U;

// The first 256 bytes of versions 1.x; roles follow, two bytes a device.
struct SuperblockDisk1 {
  Le32 magic;
  Le32 major_version;
  Le32 feature_map;
  Le32 pad0;
  char set_uuid[16];
  char set_name[32];
  Le64 ctime;
  Le32 level;
  Le32 layout;
  Le64 size_sectors;
  Le32 chunk_sectors;
  Le32 raid_disks;
  Le32 bitmap_offset;
  Le32 new_level;
  Le64 reshape_position;
  Le32 delta_disks;
  Le32 new_layout;
  Le32 new_chunk;
  Le32 new_offset;
  Le64 data_offset;
  Le64 data_sectors;
  Le64 super_offset;
  Le64 recovery_offset;
  Le32 dev_number;
  Le32 cnt_corrected_read;
  char device_uuid[16];
  char devflags[8];
  Le64 utime;
  Le64 events;
  Le64 resync_offset;
  Le32 checksum;
  Le32 max_dev;
  char pad3[32];
};
static_assert(sizeof(SuperblockDisk1) == 256);
constexpr std::uint32_t kReshapeActive = 4;

// Versions 0.90: 1024 words, here in little endian.
constexpr std::size_t kWords0 = 1024;
constexpr std::uint64_t kReserved0 = 64U << 10U;

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    text += kDigits[value >> 4U];
    text += kDigits[value & 15U];
  }
  return text;
}

std::uint32_t word(std::string_view bytes, std::size_t index) {
  Le32 value;
  std::memcpy(&value, bytes.data() + index * 4, sizeof value);
  return value;
}

bool sensible(const Superblock& found) {
  constexpr std::array kLevels = {-1, 0, 1, 4, 5, 6, 10};
  return std::find(kLevels.begin(), kLevels.end(), found.level) != kLevels.end() &&
         found.raid_disks > 0 && found.raid_disks <= kMostDisks &&
         found.size_bytes / kSector <= kMostSectors / static_cast<std::uint64_t>(found.raid_disks) &&
         found.role < kMostDisks;
}

// A sum of 32-bit words with its carries, the checksum's own place counted as zero.
std::uint32_t checksum1(std::string_view bytes) {
  constexpr std::size_t kPlace = offsetof(SuperblockDisk1, checksum) / 4;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size() / 4; ++i)
    if (i != kPlace) sum += word(bytes, i);
  if (bytes.size() % 4 == 2) {
    Le16 last;
    std::memcpy(&last, bytes.data() + bytes.size() - 2, sizeof last);
    sum += last;
  }
  return static_cast<std::uint32_t>((sum & 0xffffffffU) + (sum >> 32U));
}

std::string name_of(const SuperblockDisk1& disk) {
  const std::string whole(disk.set_name, ::strnlen(disk.set_name, sizeof disk.set_name));
  const std::size_t colon = whole.find(':');
  return colon == std::string::npos ? whole : whole.substr(colon + 1);
}

std::optional<Superblock> read1(const image::BlockReader& reader, std::uint64_t offset,
                                const char* version) {
  const auto disk = reader.read_struct<SuperblockDisk1>(offset);
  if (!disk || disk->magic != kMagic || disk->major_version != 1 ||
      disk->super_offset != offset / kSector || disk->max_dev > kMostDisks)
    return std::nullopt;
  const std::size_t size = sizeof(SuperblockDisk1) + std::size_t{disk->max_dev} * 2;
  const auto bytes = reader.read(offset, size);
  if (!bytes || checksum1(*bytes) != disk->checksum) return std::nullopt;
  Superblock found;
  found.version = version;
  found.array_uuid = hex({disk->set_uuid, sizeof disk->set_uuid});
  found.name = name_of(*disk);
  found.level = static_cast<std::int32_t>(std::uint32_t{disk->level});
  found.layout = static_cast<std::int32_t>(std::uint32_t{disk->layout});
  found.raid_disks = static_cast<int>(std::min<std::uint32_t>(disk->raid_disks, kMostDisks + 1));
  found.events = disk->events;
  // Levels without redundancy take all of each member; the others as much as the smallest has.
  const std::uint64_t sectors = found.level <= 0 ? disk->data_sectors : disk->size_sectors;
  if (sectors > kMostSectors) return std::nullopt;
  found.size_bytes = sectors * kSector;
  found.chunk_bytes = std::uint64_t{disk->chunk_sectors} * kSector;
  if (disk->dev_number < disk->max_dev) {
    Le16 role;
    std::memcpy(&role, bytes->data() + sizeof(SuperblockDisk1) + disk->dev_number * 2, sizeof role);
    constexpr std::uint16_t kSpare = 0xffff;
    if (role < kMostDisks) found.role = role;
    found.spare = role == kSpare;
  }
  found.clean = disk->resync_offset == ~std::uint64_t{0};
  found.reshaping = (disk->feature_map & kReshapeActive) != 0;
  if (!sensible(found)) return std::nullopt;
  return found;
}

std::uint32_t checksum0(std::string_view bytes) {
  constexpr std::size_t kPlace = 38;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kWords0; ++i)
    if (i != kPlace) sum += word(bytes, i);
  return static_cast<std::uint32_t>((sum & 0xffffffffU) + (sum >> 32U));
}

std::optional<Superblock> read0(const image::BlockReader& reader) {
  const std::uint64_t size = reader.size_bytes();
  if (size < 2 * kReserved0) return std::nullopt;
  const auto bytes = reader.read(size / kReserved0 * kReserved0 - kReserved0, kWords0 * 4);
  if (!bytes || word(*bytes, 0) != kMagic || word(*bytes, 1) != 0 || word(*bytes, 2) != 90)
    return std::nullopt;
  // Old kernels and 64-bit ones fold their carries differently: the low half is common to both.
  if ((checksum0(*bytes) & 0xffffU) != (word(*bytes, 38) & 0xffffU)) return std::nullopt;
  Superblock found;
  found.version = "0.90";
  // The words of the UUID are numbers of the machine; mdadm shows them as such.
  for (const std::size_t i : {5, 13, 14, 15}) {
    const std::uint32_t value = word(*bytes, i);
    const std::array<char, 4> digits = {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U),
                                        static_cast<char>(value >> 8U), static_cast<char>(value)};
    found.array_uuid += hex({digits.data(), digits.size()});
  }
  found.level = static_cast<std::int32_t>(word(*bytes, 7));
  found.size_bytes = std::uint64_t{word(*bytes, 8)} << 10U;
  found.raid_disks = static_cast<int>(std::min<std::uint32_t>(word(*bytes, 10), kMostDisks + 1));
  found.preferred_minor = static_cast<std::int32_t>(word(*bytes, 11) & 0xffffU);
  found.clean = (word(*bytes, 33) & 1U) != 0;
  found.events = word(*bytes, 39) | std::uint64_t{word(*bytes, 40)} << 32U;
  found.layout = static_cast<std::int32_t>(word(*bytes, 64));
  found.chunk_bytes = word(*bytes, 65);
  constexpr std::size_t kThisDisk = 992;
  const std::uint32_t role = word(*bytes, kThisDisk + 3);
  const bool working = (word(*bytes, kThisDisk + 4) & 6U) == 6U;  // active and in sync
  if (working && role < kMostDisks) found.role = static_cast<int>(role);
  found.spare = word(*bytes, kThisDisk + 4) == 0;
  if (found.level <= 0)  // all of the member, in whole chunks
    found.size_bytes = size / kReserved0 * kReserved0 - kReserved0;
  if (!sensible(found)) return std::nullopt;
  return found;
}

}  // namespace

std::string Superblock::level_name() const {
  return level == -1 ? "linear" : "raid" + std::to_string(level);
}

int Superblock::may_miss() const {
  switch (level) {
    case 1: return raid_disks - 1;
    case 4:
    case 5: return 1;
    case 6: return 2;
    case 10: {
      // Near and far copies are the low two bytes of the layout.
      const int copies = (layout & 0xff) * ((layout >> 8) & 0xff);
      return std::max(copies - 1, 0);
    }
    default: return 0;
  }
}

std::uint64_t Superblock::array_bytes() const {
  const auto disks = static_cast<std::uint64_t>(raid_disks);
  const std::uint64_t chunk = std::max<std::uint64_t>(chunk_bytes, kSector);
  const std::uint64_t whole = size_bytes / chunk * chunk;
  switch (level) {
    case 1: return size_bytes;
    case 4:
    case 5: return whole * (disks - std::min<std::uint64_t>(disks, 1));
    case 6: return whole * (disks - std::min<std::uint64_t>(disks, 2));
    case 10: {
      const int copies = std::max((layout & 0xff) * ((layout >> 8) & 0xff), 1);
      return whole / chunk * disks / static_cast<std::uint64_t>(copies) * chunk;
    }
    default: return whole * disks;
  }
}

std::optional<Superblock> read_superblock(const image::BlockReader& reader) {
  if (auto found = read1(reader, 4096, "1.2")) return found;
  if (auto found = read1(reader, 0, "1.1")) return found;
  const std::uint64_t sectors = reader.size_bytes() / kSector;
  if (sectors > 32)
    if (auto found = read1(reader, ((sectors - 16) & ~std::uint64_t{7}) * kSector, "1.0")) return found;
  return read0(reader);
}

std::optional<std::string> firmware_raid(const image::BlockReader& reader) {
  const std::uint64_t size = reader.size_bytes();
  if (size < 4096) return std::nullopt;
  const auto last = reader.read(size - kSector, 4);
  if (last && *last == "\xde\x11\xde\x11") return "ddf";
  const auto anchor = reader.read(size - 2 * kSector, 24);
  if (anchor && *anchor == "Intel Raid ISM Cfg Sig. ") return "imsm";
  return std::nullopt;
}

}  // namespace vmcraft::volume::md
