// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/metadata.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/error.h"
#include "volume/lvm/text.h"

namespace vmcraft::volume::lvm {
namespace {

// What device-mapper can address, and far above what any disk has.
constexpr std::uint64_t kMostExtents = std::uint64_t{1} << 32U;
constexpr std::uint64_t kMostSectors = std::uint64_t{1} << 54U;
// Far above what LVM can manage in reasonable time.
constexpr std::size_t kMostPhysical = 10'000;
constexpr std::size_t kMostLogical = 100'000;

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
  const std::vector<std::string> flags = section.texts("flags");
  result.missing = std::find(flags.begin(), flags.end(), "MISSING") != flags.end();
  return result;
}

std::vector<Area> read_areas(const Section& section, std::string_view key,
                             const std::string& object) {
  std::vector<Area> areas;
  const auto found = section.values.find(key);
  if (found == section.values.end()) return areas;
  const std::vector<Scalar>& list = found->second;
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    const auto* name = std::get_if<std::string>(&list[i]);
    const auto* start = std::get_if<std::int64_t>(&list[i + 1]);
    if (name == nullptr || start == nullptr || *start < 0 ||
        static_cast<std::uint64_t>(*start) > kMostExtents)
      base::throw_corrupt("lvm metadata: " + object, "stripe is not a volume and an extent");
    areas.push_back({*name, static_cast<std::uint64_t>(*start)});
  }
  return areas;
}

Segment read_segment(const Section& section, const std::string& object) {
  Segment segment;
  segment.raw = &section;
  segment.start_extent = number(section, "start_extent", kMostExtents, object);
  segment.extent_count = number(section, "extent_count", kMostExtents, object);
  // Behind a plus sign are flags for LVM's own versions.
  segment.type = section.text("type").value_or("");
  segment.type.resize(std::min(segment.type.find('+'), segment.type.size()));
  segment.areas = read_areas(section, segment.type == "mirror" ? "mirrors" : "stripes", object);
  if (segment.type == "striped" && segment.areas.size() > 1) {
    segment.stripe_sectors = number(section, "stripe_size", kMostSectors, object);
    if (segment.extent_count % segment.areas.size() != 0)
      base::throw_corrupt("lvm metadata: " + object, "extents do not divide by stripes");
  }
  return segment;
}

std::vector<std::string> read_flags(const Section& section) {
  std::vector<std::string> flags = section.texts("status");
  for (std::string& flag : section.texts("flags")) flags.push_back(std::move(flag));
  return flags;
}

LogicalVolume read_logical(const std::string& name, const Section& section) {
  check_name(name);
  LogicalVolume volume;
  volume.name = name;
  volume.uuid = section.text("id").value_or("");
  volume.flags = read_flags(section);
  volume.raw = &section;
  for (const auto& [key, inner] : section.sections)
    if (key.starts_with("segment")) volume.segments.push_back(read_segment(*inner, name));
  std::sort(volume.segments.begin(), volume.segments.end(),
            [](const Segment& a, const Segment& b) { return a.start_extent < b.start_extent; });
  std::uint64_t next = 0;
  for (const Segment& segment : volume.segments) {
    if (segment.start_extent != next)
      base::throw_corrupt("lvm metadata: " + name, "segments overlap or leave a gap");
    next += segment.extent_count;
    if (next > kMostExtents) base::throw_corrupt("lvm metadata: " + name, "has too many extents");
  }
  return volume;
}

// Sizes are counted in extents; in sectors they have to be numbers that can be reckoned with.
void check_sizes(const VolumeGroup& group) {
  const std::uint64_t most = kMostSectors / group.extent_sectors;
  const auto check = [&](const std::string& name, std::uint64_t extents) {
    if (extents > most) base::throw_corrupt("lvm metadata: " + name, "is larger than any disk");
  };
  for (const PhysicalVolume& physical : group.physical_volumes)
    check(physical.name, physical.extent_count);
  for (const LogicalVolume& logical : group.logical_volumes) {
    check(logical.name, logical.extent_count());
    for (const Segment& segment : logical.segments)
      for (const Area& area : segment.areas) check(logical.name, area.start_extent);
  }
}

// One disk under two names would give its extents to two owners.
void check_uuids(const VolumeGroup& group) {
  std::set<std::string_view> seen;
  for (const PhysicalVolume& physical : group.physical_volumes)
    if (!seen.insert(physical.uuid).second)
      base::throw_corrupt("lvm metadata: " + group.name,
                          "physical volume " + physical.uuid + " is in it twice");
}

std::uint64_t area_extents(const Segment& segment) {
  return segment.type == "striped" && !segment.areas.empty()
             ? segment.extent_count / segment.areas.size()
             : segment.extent_count;
}

struct Claim {
  std::string_view part;
  std::uint64_t start;
  std::uint64_t end;
  const LogicalVolume* owner;
};

// Each extent of a physical volume belongs to one volume: two owners would destroy each other.
void check_claims(const VolumeGroup& group) {
  std::vector<Claim> claims;
  for (const LogicalVolume& volume : group.logical_volumes)
    for (const Segment& segment : volume.segments)
      for (const Area& area : segment.areas) {
        const PhysicalVolume* physical = group.physical(area.name);
        if (physical == nullptr) continue;
        const std::uint64_t end = area.start_extent + area_extents(segment);
        if (end > physical->extent_count)
          base::throw_corrupt("lvm metadata: " + volume.name,
                              "segment ends behind its physical volume");
        claims.push_back({area.name, area.start_extent, end, &volume});
      }
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.part, a.start) < std::tie(b.part, b.start);
  });
  for (std::size_t i = 1; i < claims.size(); ++i)
    if (claims[i].part == claims[i - 1].part && claims[i].start < claims[i - 1].end)
      base::throw_corrupt("lvm metadata: " + group.name,
                          claims[i - 1].owner->name + " and " + claims[i].owner->name +
                              " claim the same extents");
}

// A snapshot is a volume of its own that names two others; users know it by the name of the one that
// keeps the changes.
void mark_snapshots(VolumeGroup& group) {
  for (const LogicalVolume& volume : group.logical_volumes)
    for (const Segment& segment : volume.segments) {
      const auto cow = segment.raw->text("cow_store");
      const LogicalVolume* found = cow && segment.type == "snapshot" ? group.logical(*cow) : nullptr;
      if (found == nullptr) continue;
      LogicalVolume& marked =
          group.logical_volumes[static_cast<std::size_t>(found - group.logical_volumes.data())];
      marked.snapshot_origin = segment.raw->text("origin").value_or("");
      marked.snapshot_chunk_sectors = number(*segment.raw, "chunk_size", kMostSectors, volume.name);
      if (group.logical(marked.snapshot_origin) == nullptr)
        base::throw_corrupt("lvm metadata: " + volume.name, "snapshot without its origin");
    }
}

// The group is the only section of the top that has extents.
std::pair<std::string, const Section*> find_group(const Section& top) {
  for (const auto& [name, section] : top.sections)
    if (section->number("extent_size")) return {name, section.get()};
  base::throw_corrupt("lvm metadata", "no volume group in it");
}

// They are in the order of their names, as the text's sections are.
template <typename T>
const T* by_name(const std::vector<T>& volumes, std::string_view wanted) {
  const auto found =
      std::lower_bound(volumes.begin(), volumes.end(), wanted,
                       [](const T& volume, std::string_view key) { return volume.name < key; });
  return found != volumes.end() && found->name == wanted ? &*found : nullptr;
}

// The sections of a list of volumes; none where the text has no such list.
std::vector<std::pair<std::string_view, const Section*>> volumes_in(const Section& group,
                                                                    std::string_view key,
                                                                    std::size_t most) {
  std::vector<std::pair<std::string_view, const Section*>> list;
  const Section* found = group.section(key);
  if (found == nullptr) return list;
  if (found->sections.size() > most)
    base::throw_corrupt("lvm metadata", std::string(key) + " are more than " + std::to_string(most));
  for (const auto& [name, inner] : found->sections) list.emplace_back(name, inner.get());
  return list;
}

}  // namespace

bool LogicalVolume::has_flag(std::string_view flag) const {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

std::string LogicalVolume::layout() const {
  if (segments.empty()) return "error";
  const Segment& first = segments.front();
  return first.type == "striped" && first.areas.size() <= 1 ? "linear" : first.type;
}

const PhysicalVolume* VolumeGroup::physical(std::string_view wanted) const {
  return by_name(physical_volumes, wanted);
}

const LogicalVolume* VolumeGroup::logical(std::string_view wanted) const {
  return by_name(logical_volumes, wanted);
}

bool is_public(const LogicalVolume& volume) {
  if (!volume.snapshot_origin.empty()) return true;
  const std::string layout = volume.layout();
  return volume.has_flag("VISIBLE") && !layout.ends_with("-pool") && layout != "snapshot";
}

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
  auto top = std::make_shared<const Section>(parse_text(text));
  const auto [name, section] = find_group(*top);
  check_name(name);
  VolumeGroup group;
  group.source = top;
  group.flags = read_flags(*section);
  group.name = name;
  group.uuid = section->text("id").value_or("");
  group.sequence = number(*section, "seqno", kMostSectors, name);
  group.extent_sectors = number(*section, "extent_size", std::uint64_t{1} << 32U, name);
  if (group.extent_sectors == 0) base::throw_corrupt("lvm metadata: " + name, "extent size is 0");
  for (const auto& [key, inner] : volumes_in(*section, "physical_volumes", kMostPhysical))
    group.physical_volumes.push_back(read_physical(std::string(key), *inner));
  for (const auto& [key, inner] : volumes_in(*section, "logical_volumes", kMostLogical))
    group.logical_volumes.push_back(read_logical(std::string(key), *inner));
  check_uuids(group);
  check_sizes(group);
  check_claims(group);
  mark_snapshots(group);
  return group;
}

}  // namespace vmcraft::volume::lvm
