// SPDX-License-Identifier: LGPL-3.0-or-later
// On-disk layout: lib/format_text/layout.h and lib/label/label.h of LVM2.
#include "volume/lvm/label.h"

#include <array>
#include <cstring>

#include "base/bytes.h"
#include "base/trace.h"

namespace vmcraft::volume::lvm {
namespace {

using base::Le32;
using base::Le64;

constexpr std::uint64_t kSector = 512;
constexpr int kLabelSectors = 4;
constexpr int kMostAreas = 64;                      // a full sector holds fewer
constexpr std::uint64_t kLargestText = 64U << 20U;  // of a group of 100,000 volumes
constexpr std::string_view kMetadataMagic{" LVM2 x[5A%r0N*>", 16};

struct LabelHeaderDisk {
  char id[8];
  Le64 sector;
  Le32 crc;  // of all that follows in the sector
  Le32 offset;
  char type[8];
};
static_assert(sizeof(LabelHeaderDisk) == 32);

struct AreaDisk {
  Le64 offset;
  Le64 size;
};

struct MetadataHeaderDisk {
  Le32 checksum;  // of all that follows in the sector
  char magic[16];
  Le32 version;
  Le64 start;
  Le64 size;
};
static_assert(sizeof(MetadataHeaderDisk) == 40);

struct LocationDisk {
  Le64 offset;
  Le64 size;
  Le32 checksum;
  Le32 flags;
};
constexpr std::uint32_t kIgnored = 1;

template <typename T>
std::optional<T> take(std::string_view bytes, std::size_t offset) {
  if (offset + sizeof(T) > bytes.size()) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// The text lies in a ring that begins after the area's header sector.
std::optional<std::string> read_ring(const image::BlockReader& reader,
                                     const MetadataHeaderDisk& area, const LocationDisk& location) {
  const std::uint64_t size = location.size;
  if (area.size <= kSector || location.offset < kSector || location.offset >= area.size ||
      size > area.size - kSector || size > kLargestText)
    return std::nullopt;
  const std::uint64_t first = std::min<std::uint64_t>(size, area.size - location.offset);
  auto text = reader.read(area.start + location.offset, first);
  if (!text || first == size) return text;
  const auto rest = reader.read(area.start + kSector, size - first);
  if (!rest) return std::nullopt;
  return *text + *rest;
}

std::optional<std::string> read_metadata(const image::BlockReader& reader, std::uint64_t offset) {
  const auto sector = reader.read(offset, kSector);
  if (!sector) return std::nullopt;
  const auto header = take<MetadataHeaderDisk>(*sector, 0);
  const auto location = take<LocationDisk>(*sector, sizeof(MetadataHeaderDisk));
  if (!header || !location || std::string_view(header->magic, 16) != kMetadataMagic ||
      header->checksum != lvm_crc(std::string_view(*sector).substr(4)) || header->start != offset)
    return std::nullopt;
  if (location->offset == 0 || (location->flags & kIgnored) != 0) return std::nullopt;
  auto text = read_ring(reader, *header, *location);
  if (!text || lvm_crc(*text) != location->checksum) {
    base::trace("lvm: metadata area at {} has a wrong checksum", offset);
    return std::nullopt;
  }
  return text;
}

// Two lists of areas, each ended by a zero: where data is, then where metadata is.
void read_areas(const image::BlockReader& reader, std::string_view sector, std::size_t offset,
                PhysicalLabel& label) {
  int list = 0;
  for (int i = 0; i < kMostAreas && list < 2; ++i, offset += sizeof(AreaDisk)) {
    const auto area = take<AreaDisk>(sector, offset);
    if (!area) return;
    if (area->offset == 0) {
      ++list;
      continue;
    }
    if (list != 1) continue;
    auto text = read_metadata(reader, area->offset);
    // A volume has one copy, seldom two, and one text in both but after a crash; the group's other
    // volumes have theirs, and the highest seqno of all of them counts.
    if (text && label.metadata.empty()) label.metadata = std::move(*text);
  }
}

}  // namespace

std::uint32_t lvm_crc(std::string_view bytes, std::uint32_t start) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> values{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit)
        value = (value & 1U) != 0 ? (value >> 1U) ^ 0xedb88320U : value >> 1U;
      values[i] = value;
    }
    return values;
  }();
  std::uint32_t crc = start;
  for (const char c : bytes)
    crc = table[(crc ^ static_cast<std::uint8_t>(c)) & 0xffU] ^ (crc >> 8U);
  return crc;
}

std::optional<PhysicalLabel> read_label(const image::BlockReader& reader) {
  for (int i = 0; i < kLabelSectors; ++i) {
    const auto sector = reader.read(static_cast<std::uint64_t>(i) * kSector, kSector);
    if (!sector) return std::nullopt;
    const auto header = take<LabelHeaderDisk>(*sector, 0);
    if (!header || std::memcmp(header->id, "LABELONE", 8) != 0 ||
        std::memcmp(header->type, "LVM2 001", 8) != 0)
      continue;
    constexpr std::size_t kCrcStart = offsetof(LabelHeaderDisk, offset);
    if (header->crc != lvm_crc(std::string_view(*sector).substr(kCrcStart))) continue;
    const std::size_t offset = header->offset;
    const auto size = take<Le64>(*sector, offset + 32);
    if (!size) continue;
    PhysicalLabel label;
    label.uuid = sector->substr(offset, 32);
    label.size_bytes = *size;
    read_areas(reader, *sector, offset + 40, label);
    return label;
  }
  return std::nullopt;
}

}  // namespace vmcraft::volume::lvm
