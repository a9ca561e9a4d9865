// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/parts.h"

#include <array>
#include <bit>

namespace vmcraft::volume::lvm {
namespace {

constexpr std::array kPartKeys = {"metadata", "pool", "thin_pool", "cache_pool", "origin", "data",
                                  "writecache", "external_origin", "mirror_log"};

/// A volume on the way down, and what is still to be looked at below it.
struct Step {
  std::vector<std::uint64_t>* below;
  std::vector<std::string> parts;
};

constexpr std::size_t kBits = 64;

}  // namespace

std::vector<std::string> direct_parts(const LogicalVolume& volume) {
  std::vector<std::string> names;
  if (!volume.snapshot_origin.empty()) names.push_back(volume.snapshot_origin);
  for (const Segment& segment : volume.segments) {
    for (const Area& area : segment.areas) names.push_back(area.name);
    for (const char* key : {"raids", "raid0_lvs"})
      for (std::string& name : segment.raw->texts(key)) names.push_back(std::move(name));
    for (const char* key : kPartKeys)
      if (auto name = segment.raw->text(key)) names.push_back(std::move(*name));
  }
  return names;
}

// Depth first, without recursion: a hostile group may be as deep as it is long. What stands on itself
// cannot be opened, and has here what was found until it came back.
PhysicalParts::PhysicalParts(const VolumeGroup& group) {
  std::vector<Step> open;
  const Bits none((group.physical_volumes.size() + kBits - 1) / kBits);
  const auto enter = [&](const LogicalVolume& volume) {
    const auto [place, is_new] = below_.try_emplace(volume.name, none);
    if (is_new) open.push_back({&place->second, direct_parts(volume)});
    return is_new;
  };
  const auto descend = [&](Step& step) {  // false where all below is known
    while (!step.parts.empty()) {
      const std::string& name = step.parts.back();
      const LogicalVolume* inner = group.logical(name);
      if (inner != nullptr && enter(*inner)) return true;
      if (inner != nullptr) {
        const Bits& more = below_.at(name);
        for (std::size_t i = 0; i < more.size(); ++i) (*step.below)[i] |= more[i];
      }
      if (const PhysicalVolume* physical = group.physical(name)) {
        const auto index = static_cast<std::size_t>(physical - group.physical_volumes.data());
        (*step.below)[index / kBits] |= std::uint64_t{1} << (index % kBits);
      }
      step.parts.pop_back();
    }
    return false;
  };
  for (const LogicalVolume& volume : group.logical_volumes) {
    enter(volume);
    while (!open.empty())
      if (!descend(open.back())) open.pop_back();
  }
}

std::vector<std::size_t> PhysicalParts::of(const std::string& logical_name) const {
  std::vector<std::size_t> indexes;
  const auto found = below_.find(logical_name);
  if (found == below_.end()) return indexes;
  for (std::size_t i = 0; i < found->second.size(); ++i)
    for (std::uint64_t left = found->second[i]; left != 0; left &= left - 1)
      indexes.push_back(i * kBits + static_cast<std::size_t>(std::countr_zero(left)));
  return indexes;
}

}  // namespace vmcraft::volume::lvm
