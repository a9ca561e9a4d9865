// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/lvm_text.h"

#include <cstring>

#include "volume/lvm/label.h"

namespace vmcraft::test {
namespace {

template <typename T>
void put(std::string& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace

std::string group_text(const std::string& physical_volumes, const std::string& logical_volumes) {
  return "vg { id = \"vg\" seqno = 1 extent_size = 8192 physical_volumes { " + physical_volumes +
         " } logical_volumes { " + logical_volumes + " } }";
}

std::string physical(const std::string& name, const std::string& id, int extents) {
  return name + " { id = \"" + id + "\" pe_start = 2048 pe_count = " + std::to_string(extents) + " } ";
}

std::string segment(int number, int start, int count, const std::string& part, int part_start) {
  return "segment" + std::to_string(number) + " { start_extent = " + std::to_string(start) +
         " extent_count = " + std::to_string(count) + " type = \"striped\" stripe_count = 1 stripes = [ \"" + part +
         "\", " + std::to_string(part_start) + " ] } ";
}

std::string linear(const std::string& name, const std::string& part, const std::string& part_start,
                   const std::string& count) {
  return name + " { id = \"" + name + "\" status = [\"READ\", \"WRITE\", \"VISIBLE\"] segment1 { start_extent = 0 "
         "extent_count = " + count + " type = \"striped\" stripe_count = 1 stripes = [ \"" + part + "\", " +
         part_start + " ] } } ";
}

std::string physical_volume(const std::string& text) {
  constexpr std::uint64_t kArea = 4096;
  constexpr std::size_t kSector = 512;
  std::string disk(kArea + kSector, '\0');
  disk.replace(kSector, 8, "LABELONE");
  put<std::uint64_t>(disk, kSector + 8, 1);
  put<std::uint32_t>(disk, kSector + 20, 32);
  disk.replace(kSector + 24, 8, "LVM2 001");
  disk.replace(kSector + 32, 32, kPhysicalUuid);
  put<std::uint64_t>(disk, kSector + 64, 1U << 30U);
  put<std::uint64_t>(disk, kSector + 72, 1U << 20U);  // data; then a zero, then metadata
  put<std::uint64_t>(disk, kSector + 104, kArea);
  put<std::uint64_t>(disk, kSector + 112, kSector + text.size());
  put(disk, kSector + 16, volume::lvm::lvm_crc(std::string_view(disk).substr(kSector + 20, kSector - 20)));
  disk.replace(kArea + 4, 16, std::string(" LVM2 x[5A%r0N*>", 16));
  put<std::uint32_t>(disk, kArea + 20, 1);
  put<std::uint64_t>(disk, kArea + 24, kArea);
  put<std::uint64_t>(disk, kArea + 32, kSector + text.size());
  put<std::uint64_t>(disk, kArea + 40, kSector);
  put<std::uint64_t>(disk, kArea + 48, text.size());
  put(disk, kArea + 56, volume::lvm::lvm_crc(text));
  put(disk, kArea, volume::lvm::lvm_crc(std::string_view(disk).substr(kArea + 4, kSector - 4)));
  return disk + text;
}

TableRecorder::TableRecorder(const volume::lvm::VolumeGroup& group, const volume::Allowed& allowed)
    : assembler(
          group,
          [](const std::string&, bool) {
            return std::make_shared<image::BlockNode>("/dev/null", base::UniqueFd());
          },
          allowed,
          [this](const std::string& label, std::vector<volume::Target> table, bool writable) {
            tables[label] = table;
            return volume::Mapping::imitate(std::move(table), writable);
          }) {}

}  // namespace vmcraft::test
