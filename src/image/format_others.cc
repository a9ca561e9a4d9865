// SPDX-License-Identifier: LGPL-3.0-or-later
// VirtualBox' VDI, Microsoft's VHD and VHDX, Parallels, Apple's DMG.
#include <cstring>

#include "base/bytes.h"
#include "base/error.h"
#include "image/format_readers.h"

namespace vmcraft::image {
namespace {

using base::Be16;
using base::Be32;
using base::Be64;
using base::Le16;
using base::Le32;
using base::Le64;

constexpr std::uint64_t kVdiMagicOffset = 0x40;
constexpr std::uint64_t kVdiSizeOffset = 0x170;

struct VhdFooterDisk {
  char cookie[8];
  Be32 features;
  Be32 version;
  Be64 data_offset;
  Be32 timestamp;
  char creator_app[4];
  Be32 creator_version;
  char creator_os[4];
  Be64 original_size;
  Be64 current_size;
  Be16 cylinders;
  std::uint8_t heads;
  std::uint8_t sectors_per_track;
  Be32 type;
  Be32 checksum;
  std::uint8_t rest[444];
};
static_assert(sizeof(VhdFooterDisk) == 512);
constexpr std::uint32_t kVhdDifferencing = 4;

bool checksum_right(const VhdFooterDisk& footer) {
  std::uint32_t sum = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&footer);
  for (std::size_t i = 0; i < sizeof footer; ++i)
    if (i < offsetof(VhdFooterDisk, checksum) || i >= offsetof(VhdFooterDisk, checksum) + 4)
      sum += bytes[i];
  return footer.checksum == ~sum;
}

// A dynamic VHD has a copy of the footer in front; a fixed one only the footer.
std::optional<VhdFooterDisk> vhd_footer(const BlockReader& reader) {
  if (has_bytes(reader, 0, "conectix")) return reader.read_struct<VhdFooterDisk>(0);
  if (reader.size_bytes() < sizeof(VhdFooterDisk)) return std::nullopt;
  const auto footer =
      reader.read_struct<VhdFooterDisk>(reader.size_bytes() - sizeof(VhdFooterDisk));
  if (!footer || std::memcmp(footer->cookie, "conectix", 8) != 0 || !checksum_right(*footer))
    return std::nullopt;
  return footer;
}

// Some programs write the true size, others only a geometry that rounds it; as qemu decides it.
std::uint64_t vhd_size(const VhdFooterDisk& footer) {
  const std::uint64_t geometry = std::uint64_t{footer.cylinders} * footer.heads *
                                 footer.sectors_per_track * kImageSector;
  constexpr std::uint64_t kLargestGeometry = std::uint64_t{65535} * 16 * 255 * kImageSector;
  for (const char* app : {"win ", "qem2", "d2v ", "tap\0", "CTXS"})
    if (std::memcmp(footer.creator_app, app, 4) == 0) return footer.current_size;
  return geometry >= kLargestGeometry ? std::uint64_t{footer.current_size} : geometry;
}

struct VhdxTableDisk {
  char signature[4];
  Le32 checksum;
  Le32 entry_count;
  Le32 reserved;
};
struct VhdxRegionDisk {
  char guid[16];
  Le64 offset;
  Le32 length;
  Le32 required;
};
struct VhdxMetadataDisk {
  char signature[8];
  Le16 reserved;
  Le16 entry_count;
  std::uint8_t rest[20];
};
struct VhdxItemDisk {
  char guid[16];
  Le32 offset;
  Le32 length;
  Le32 flags;
  Le32 reserved;
};
constexpr std::uint64_t kVhdxRegionTable = 192U << 10U;
constexpr std::uint32_t kVhdxMostEntries = 2047;
constexpr std::string_view kVhdxMetadataRegion{
    "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e", 16};
constexpr std::string_view kVhdxDiskSize{
    "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8", 16};

std::optional<std::uint64_t> vhdx_metadata(const BlockReader& reader) {
  const auto table = reader.read_struct<VhdxTableDisk>(kVhdxRegionTable);
  if (!table || std::memcmp(table->signature, "regi", 4) != 0) return std::nullopt;
  const std::uint32_t count = std::min<std::uint32_t>(table->entry_count, kVhdxMostEntries);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto region = reader.read_struct<VhdxRegionDisk>(kVhdxRegionTable + sizeof *table +
                                                           i * sizeof(VhdxRegionDisk));
    if (region && std::string_view(region->guid, 16) == kVhdxMetadataRegion) return region->offset;
  }
  return std::nullopt;
}

struct ParallelsHeaderDisk {
  char magic[16];
  Le32 version;
  Le32 heads;
  Le32 cylinders;
  Le32 tracks;
  Le32 bat_entries;
  Le64 sectors;
};

constexpr std::uint64_t kKolySize = 512;
constexpr std::uint64_t kKolySectorCount = 0x1ec;

}  // namespace

bool is_vdi(const BlockReader& reader) {
  const auto magic = reader.read_struct<Le32>(kVdiMagicOffset);
  return magic && *magic == 0xbeda107fU;
}

void read_vdi(const BlockReader& reader, FormatInfo& info) {
  info.virtual_size_bytes = need(reader.read_struct<Le64>(kVdiSizeOffset), "vdi");
}

bool is_vpc(const BlockReader& reader) { return vhd_footer(reader).has_value(); }

void read_vpc(const BlockReader& reader, FormatInfo& info) {
  const auto footer = need(vhd_footer(reader), "vpc");
  if (footer.type == kVhdDifferencing)
    base::throw_not_supported("vpc", "differencing disks are not supported; convert the chain first");
  info.virtual_size_bytes = vhd_size(footer);
}

bool is_vhdx(const BlockReader& reader) { return has_bytes(reader, 0, "vhdxfile"); }

void read_vhdx(const BlockReader& reader, FormatInfo& info) {
  const std::uint64_t table = need(vhdx_metadata(reader), "vhdx: region table");
  const auto head = need(reader.read_struct<VhdxMetadataDisk>(table), "vhdx: metadata table");
  const unsigned count = std::min<unsigned>(head.entry_count, kVhdxMostEntries);
  for (unsigned i = 0; i < count; ++i) {
    const auto item =
        reader.read_struct<VhdxItemDisk>(table + sizeof head + i * sizeof(VhdxItemDisk));
    if (!item || std::string_view(item->guid, 16) != kVhdxDiskSize) continue;
    info.virtual_size_bytes =
        need(reader.read_struct<Le64>(table + item->offset), "vhdx: virtual disk size");
    return;
  }
  base::throw_corrupt("vhdx", "no virtual disk size in the metadata");
}

bool is_parallels(const BlockReader& reader) {
  return has_bytes(reader, 0, "WithoutFreeSpace") || has_bytes(reader, 0, "WithouFreSpacExt");
}

void read_parallels(const BlockReader& reader, FormatInfo& info) {
  const auto header = need(reader.read_struct<ParallelsHeaderDisk>(0), "parallels");
  std::uint64_t sectors = header.sectors;
  // The older magic has only 32 bits for the count.
  if (std::memcmp(header.magic, "WithoutFreeSpace", 16) == 0) sectors &= 0xffffffffU;
  info.virtual_size_bytes = sectors * kImageSector;
}

bool is_dmg(const BlockReader& reader) {
  return reader.size_bytes() >= kKolySize &&
         has_bytes(reader, reader.size_bytes() - kKolySize, "koly");
}

void read_dmg(const BlockReader& reader, FormatInfo& info) {
  const std::uint64_t trailer = reader.size_bytes() - kKolySize;
  info.virtual_size_bytes =
      need(reader.read_struct<Be64>(trailer + kKolySectorCount), "dmg") * kImageSector;
}

}  // namespace vmcraft::image
