// SPDX-License-Identifier: LGPL-3.0-or-later
#include "partition/gpt_size.h"

#include <cstring>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/fd.h"

namespace vmcraft::partition {
namespace {

constexpr char kSignature[] = "EFI PART";
constexpr std::uint64_t kMostBytes = 4U << 20U;  // 256 times what the specification asks for
constexpr std::uint32_t kSmallestEntry = 128;  // libfdisk reads this much of each
constexpr std::uint32_t kLargestEntry = 4096;
constexpr std::uint64_t kPrimarySector = 1;

// UEFI specification 2.10, table 5.5.
struct GptHeaderDisk {
  char signature[8];
  base::Le32 revision;
  base::Le32 header_bytes;
  base::Le32 header_crc;
  base::Le32 reserved;
  base::Le64 my_sector;
  base::Le64 alternate_sector;
  base::Le64 first_usable_sector;
  base::Le64 last_usable_sector;
  std::uint8_t disk_guid[16];
  base::Le64 entries_sector;
  base::Le32 entry_count;
  base::Le32 entry_bytes;
  base::Le32 entries_crc;
};
static_assert(sizeof(GptHeaderDisk) == 92);

std::optional<GptHeaderDisk> read_header(int fd, std::uint64_t offset, std::uint64_t size_bytes) {
  GptHeaderDisk header;
  if (size_bytes < sizeof header || offset > size_bytes - sizeof header) return std::nullopt;
  const auto bytes = std::as_writable_bytes(std::span(&header, 1));
  if (base::pread_full(fd, bytes, offset) != sizeof header) return std::nullopt;
  if (std::memcmp(header.signature, kSignature, sizeof header.signature) != 0) return std::nullopt;
  return header;
}

bool is_plausible(const std::optional<GptHeaderDisk>& header) {
  if (!header) return true;
  const std::uint64_t entries_bytes = std::uint64_t{header->entry_count} * header->entry_bytes;
  return header->entry_bytes >= kSmallestEntry && header->entry_bytes <= kLargestEntry &&
         entries_bytes <= kMostBytes;
}

}  // namespace

bool gpt_size_is_plausible(int fd, std::uint64_t size_bytes, unsigned sector_size_bytes) {
  const std::uint64_t sectors = size_bytes / sector_size_bytes;
  if (sectors <= kPrimarySector) return true;
  const auto at = [&](std::uint64_t sector) -> std::optional<GptHeaderDisk> {
    if (sector >= sectors) return std::nullopt;
    return read_header(fd, sector * sector_size_bytes, size_bytes);
  };
  const auto primary = at(kPrimarySector);
  return is_plausible(primary) && is_plausible(at(sectors - 1)) &&
         (!primary || is_plausible(at(primary->alternate_sector)));
}

}  // namespace vmcraft::partition
