// SPDX-License-Identifier: LGPL-3.0-or-later
#include "probe/raid6.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/fd.h"

namespace vmcraft::probe {
namespace {

constexpr std::uint32_t kMdMagic = 0xa92b4efc;
constexpr std::uint32_t kRaid6 = 6;
constexpr std::uint64_t kSector = 512;
constexpr std::string_view kBtrfsMagic = "_BHRfS_M";
constexpr std::uint64_t kBtrfsRaid56 = 1U << 7U;
constexpr std::array<std::byte, 4> kDdfMagic{std::byte{0xde}, std::byte{0x11}, std::byte{0xde},
                                             std::byte{0x11}};

struct Md1Disk {  // version 1.x
  base::Le32 magic;
  std::array<std::byte, 68> unused;
  base::Le32 level;
};
static_assert(offsetof(Md1Disk, level) == 72);

template <typename Word>  // version 0.90, in the byte order of the host that wrote it
struct Md0Disk {
  Word magic;
  std::array<std::byte, 24> unused;
  Word level;
};
static_assert(offsetof(Md0Disk<base::Le32>, level) == 28);

struct BtrfsDisk {
  std::array<std::byte, 64> unused;
  std::array<char, 8> magic;
  std::array<std::byte, 116> unused_too;
  base::Le64 incompatible;
};
static_assert(offsetof(BtrfsDisk, incompatible) == 188);

/// A superblock at a place of the extent; all zeroes where that is outside.
template <typename Disk>
Disk read(int fd, const image::Extent& extent, std::uint64_t offset) {
  Disk disk{};
  if (offset > extent.size_bytes || extent.size_bytes - offset < sizeof disk) return disk;
  base::pread_full(fd, std::as_writable_bytes(std::span(&disk, 1)), extent.offset_bytes + offset);
  return disk;
}

template <typename Disk>
bool is_md(const Disk& disk) {
  return disk.magic == kMdMagic && disk.level == kRaid6;
}

bool is_btrfs(const BtrfsDisk& disk) {
  return std::string_view(disk.magic.data(), disk.magic.size()) == kBtrfsMagic &&
         (disk.incompatible & kBtrfsRaid56) != 0;
}

// A physical volume's metadata is text, which tells the types of segments: "raid6", "raid6_zr" and more.
bool is_lvm(int fd, const image::Extent& extent) {
  constexpr std::string_view kLabel = "LABELONE";
  constexpr std::size_t kSectors = 4;  // one of which has the label
  constexpr std::size_t kMetadata = 1U << 20U;
  std::string bytes(std::min<std::uint64_t>(extent.size_bytes, kMetadata), '\0');
  const auto fill = [&](std::size_t size) {
    base::pread_full(fd, std::as_writable_bytes(std::span(bytes.data(), size)), extent.offset_bytes);
  };
  fill(kSectors * kSector);
  bool labelled = false;
  for (std::size_t i = 0; i < kSectors; ++i)
    labelled |= bytes.compare(i * kSector, kLabel.size(), kLabel) == 0;
  if (!labelled) return false;
  fill(bytes.size());
  return bytes.find("\"raid6") != std::string::npos;
}

}  // namespace

bool may_be_raid6(int fd, const image::Extent& extent) {
  constexpr std::uint64_t kReserved = 64U << 10U;
  if (extent.size_bytes < 2 * kReserved) return false;
  const std::uint64_t sectors = extent.size_bytes / kSector;
  const std::uint64_t at_end = ((sectors - 16) & ~std::uint64_t{7}) * kSector;
  const std::uint64_t old = (extent.size_bytes & ~(kReserved - 1)) - kReserved;
  const auto ddf = read<std::array<std::byte, 4>>(fd, extent, (sectors - 1) * kSector);
  return is_md(read<Md1Disk>(fd, extent, 0)) || is_md(read<Md1Disk>(fd, extent, 4096)) ||
         is_md(read<Md1Disk>(fd, extent, at_end)) ||
         is_md(read<Md0Disk<base::Le32>>(fd, extent, old)) ||
         is_md(read<Md0Disk<base::Be32>>(fd, extent, old)) ||
         is_btrfs(read<BtrfsDisk>(fd, extent, kReserved)) || ddf == kDdfMagic ||
         is_lvm(fd, extent);
}

}  // namespace vmcraft::probe
