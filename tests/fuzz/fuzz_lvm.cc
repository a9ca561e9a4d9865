// SPDX-License-Identifier: LGPL-3.0-or-later
// The start of a physical volume, or where it has no label the text of a volume group: read, and every
// volume's device-mapper tables built, with nothing mapped.
#include <cstdint>

#include "disk.h"
#include "vmcraft/error.h"
#include "volume/lvm/assembler.h"
#include "volume/lvm/groups.h"

namespace {

using namespace vmcraft::volume;
using vmcraft::fuzz::get;
using vmcraft::fuzz::put;

constexpr std::uint64_t kSector = 512;

void seal_metadata(std::string& disk, std::uint64_t area) {
  if (area > disk.size() || disk.size() - area < kSector) return;
  const auto area_bytes = get<std::uint64_t>(disk, area + 32);
  const auto offset = get<std::uint64_t>(disk, area + 40);
  const auto size = get<std::uint64_t>(disk, area + 48);
  if (area_bytes > kSector && offset < area_bytes && size <= disk.size()) {
    std::string text;
    for (std::uint64_t i = 0; i < size; ++i) {  // a ring behind the first sector
      const std::uint64_t at = offset + i < area_bytes ? offset + i : offset + i - area_bytes + kSector;
      text += get<char>(disk, area + at);
    }
    put(disk, area + 56, lvm::lvm_crc(text));
  }
  put(disk, area, lvm::lvm_crc(std::string_view(disk).substr(area + 4, kSector - 4)));
}

// Gives label and metadata areas the checksums that are right for what they hold; false without a label.
bool seal(std::string& disk) {
  for (std::uint64_t label = 0; label < 4 * kSector && label + kSector <= disk.size(); label += kSector) {
    if (disk.compare(label, 8, "LABELONE") != 0) continue;
    const std::uint64_t header = get<std::uint32_t>(disk, label + 20);
    int list = 0;
    for (std::uint64_t at = header + 40; at + 16 <= kSector && list < 2; at += 16) {
      const auto area = get<std::uint64_t>(disk, label + at);
      if (area == 0) ++list;
      else if (list == 1) seal_metadata(disk, area);
    }
    put(disk, label + 16, lvm::lvm_crc(std::string_view(disk).substr(label + 20, kSector - 20)));
    return true;
  }
  return false;
}

std::shared_ptr<vmcraft::image::BlockNode> any_node() {
  return std::make_shared<vmcraft::image::BlockNode>("/dev/null", vmcraft::base::UniqueFd());
}

void build_tables(const lvm::VolumeGroup& group) {
  Allowed allowed;
  for (const bool allow : {false, true}) {
    allowed.partial = allowed.degraded_write = allow;
    lvm::Assembler assembler(
        group,
        [&](const std::string& name, bool) { return name == "pv1" ? nullptr : any_node(); }, allowed,
        [](const std::string&, std::vector<Target> table, bool writable) {
          return Mapping::imitate(std::move(table), writable);
        });
    for (const lvm::LogicalVolume& volume : group.logical_volumes)
      try {
        assembler.map(volume.name, allow);
      } catch (const vmcraft::Error&) {  // cannot be opened
      }
    assembler.update(group);
    for (const lvm::LogicalVolume& volume : group.logical_volumes) assembler.unmap(volume.name);
  }
}

void look_at(const std::string& bytes) {
  const Allowed allowed;
  lvm::Groups groups(allowed);
  Place place;
  place.device = "/dev/sda";
  place.reader = [&] { return std::make_unique<vmcraft::fuzz::Disk>(bytes); };
  groups.add(place);
  groups.settle();
  for (const auto& volume : groups.volumes()) {
    volume->size_bytes();
    volume->layout();
    volume->below();
    volume->trouble();
  }
  for (const auto& group : groups.groups()) build_tables(group->metadata());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    if (seal(bytes)) look_at(bytes);
    else build_tables(lvm::read_volume_group(bytes));
  } catch (const vmcraft::Error&) {  // bad metadata is refused
  }
  return 0;
}
