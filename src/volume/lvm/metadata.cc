// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/metadata.h"

#include <algorithm>

#include "base/error.h"
#include "volume/lvm/text.h"

namespace vmcraft::volume::lvm {
namespace {

// What device-mapper can address, and far above what any disk has.
constexpr std::uint64_t kMostExtents = std::uint64_t{1} << 32U;
constexpr std::uint64_t kMostSectors = std::uint64_t{1} << 54U;

std::uint64_t number(const Section& section, std::string_view key, std::uint64_t largest,
                     const std::string& object) {
  const auto value = section.number(key);
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > largest)
    base::throw_corrupt("lvm metadata: " + object, std::string(key) + " is missing or out of range");
  return static_cast<std::uint64_t>(*value);
}

// Names become device names; LVM allows just these characters.
void check_name(const std::string& name) {
  const bool right = !name.empty() && name != "." && name != ".." && name.front() != '-' &&
                     name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789+_.-") == std::string::npos;
  if (!right) base::throw_corrupt("lvm metadata", "'" + name + "' is not a volume name");
}

PhysicalVolume read_physical(const std::string& name, const Section& section) {
  PhysicalVolume result;
  result.name = name;
  result.uuid = without_hyphens(section.text("id").value_or(""));
  result.start_sector = number(section, "pe_start", kMostSectors, name);
  result.extent_count = number(section, "pe_count", kMostExtents, name);
  return result;
}

std::vector<Stripe> read_stripes(const Section& section, const std::string& object) {
  std::vector<Stripe> stripes;
  const auto found = section.values.find("stripes");
  if (found == section.values.end()) return stripes;
  const std::vector<Scalar>& list = found->second;
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    const auto* name = std::get_if<std::string>(&list[i]);
    const auto* start = std::get_if<std::int64_t>(&list[i + 1]);
    if (name == nullptr || start == nullptr || *start < 0 ||
        static_cast<std::uint64_t>(*start) > kMostExtents)
      base::throw_corrupt("lvm metadata: " + object, "stripe is not a volume and an extent");
    stripes.push_back({*name, static_cast<std::uint64_t>(*start)});
  }
  return stripes;
}

Segment read_segment(const Section& section, const std::string& object) {
  Segment segment;
  segment.start_extent = number(section, "start_extent", kMostExtents, object);
  segment.extent_count = number(section, "extent_count", kMostExtents, object);
  segment.type = section.text("type").value_or("");
  segment.stripes = read_stripes(section, object);
  if (segment.stripes.size() > 1)
    segment.stripe_sectors = number(section, "stripe_size", kMostSectors, object);
  return segment;
}

LogicalVolume read_logical(const std::string& name, const Section& section) {
  check_name(name);
  LogicalVolume volume;
  volume.name = name;
  volume.uuid = section.text("id").value_or("");
  const std::vector<std::string> status = section.texts("status");
  volume.visible = std::find(status.begin(), status.end(), "VISIBLE") != status.end();
  for (const auto& [key, inner] : section.sections)
    if (key.starts_with("segment")) volume.segments.push_back(read_segment(*inner, name));
  std::sort(volume.segments.begin(), volume.segments.end(),
            [](const Segment& a, const Segment& b) { return a.start_extent < b.start_extent; });
  std::uint64_t next = 0;
  for (const Segment& segment : volume.segments) {
    if (segment.start_extent != next)
      base::throw_corrupt("lvm metadata: " + name, "segments overlap or leave a gap");
    next += segment.extent_count;
  }
  return volume;
}

// The group is the only section of the top that has extents.
std::pair<std::string, const Section*> find_group(const Section& top) {
  for (const auto& [name, section] : top.sections)
    if (section->number("extent_size")) return {name, section.get()};
  base::throw_corrupt("lvm metadata", "no volume group in it");
}

}  // namespace

std::uint64_t LogicalVolume::extent_count() const {
  std::uint64_t count = 0;
  for (const Segment& segment : segments) count += segment.extent_count;
  return count;
}

std::string without_hyphens(std::string_view uuid) {
  std::string result(uuid);
  std::erase(result, '-');
  return result;
}

VolumeGroup read_volume_group(std::string_view text) {
  const Section top = parse_text(text);
  const auto [name, section] = find_group(top);
  check_name(name);
  VolumeGroup group;
  group.name = name;
  group.uuid = section->text("id").value_or("");
  group.sequence = number(*section, "seqno", kMostSectors, name);
  group.extent_sectors = number(*section, "extent_size", std::uint64_t{1} << 32U, name);
  if (group.extent_sectors == 0) base::throw_corrupt("lvm metadata: " + name, "extent size is 0");
  if (const Section* physical = section->section("physical_volumes"))
    for (const auto& [key, inner] : physical->sections)
      group.physical_volumes.push_back(read_physical(key, *inner));
  if (const Section* logical = section->section("logical_volumes"))
    for (const auto& [key, inner] : logical->sections)
      group.logical_volumes.push_back(read_logical(key, *inner));
  return group;
}

}  // namespace vmcraft::volume::lvm
