// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/assembler.h"

#include <algorithm>

#include "base/error.h"
#include "base/trace.h"
#include "volume/base/raid6.h"

namespace vmcraft::volume::lvm {
namespace {

constexpr int kDeepest = 32;

// LVM's names without a layout stand for its defaults, which the kernel has no short names for.
std::string kernel_raid_type(const std::string& type) {
  if (type == "raid0_meta") return "raid0";
  if (type == "raid5") return "raid5_ls";
  if (type == "raid6") return "raid6_zr";
  return type;
}

bool is_simple(const Segment& segment) {
  return segment.type == "striped" || segment.type == "error" || segment.type == "zero";
}

}  // namespace

const LogicalVolume& Assembler::volume(const std::string& name) const {
  if (const LogicalVolume* found = group_.logical(name)) return *found;
  base::throw_corrupt("volume group " + group_.name, "names unknown volume '" + name + "'");
}

std::uint64_t Assembler::sectors(const LogicalVolume& volume) const {
  return volume.extent_count() * group_.extent_sectors;
}

std::string Assembler::object(const LogicalVolume& volume) const {
  return "/dev/" + group_.name + "/" + volume.name;
}

void Assembler::refuse(const LogicalVolume& volume, const std::string& why) const {
  base::throw_not_supported(object(volume), why);
}

std::vector<const LogicalVolume*> Assembler::snapshots_of(const std::string& origin) const {
  std::vector<const LogicalVolume*> found;
  for (const LogicalVolume& candidate : group_.logical_volumes)
    if (candidate.snapshot_origin == origin) found.push_back(&candidate);
  return found;
}

bool Assembler::is_merging(const std::string& origin) const {
  for (const LogicalVolume& candidate : group_.logical_volumes)
    for (const Segment& segment : candidate.segments)
      if (segment.type == "snapshot" && segment.raw->text("merging_store") &&
          segment.raw->text("origin") == origin)
        return true;
  return false;
}

// Whatever keeps state of its own on the disks writes it even where nobody writes to the volume.
// Each volume is looked at once: many ways may lead to it.
bool Assembler::needs_writing(const LogicalVolume& wanted) const {
  std::set<const LogicalVolume*> seen = {&wanted};
  std::vector<const LogicalVolume*> open = {&wanted};
  while (!open.empty()) {
    const LogicalVolume* current = open.back();
    open.pop_back();
    for (const Segment& segment : current->segments) {
      if (segment.type == "mirror") continue;  // read from its first leg
      if (!is_simple(segment)) return true;
      for (const Area& area : segment.areas)
        if (const LogicalVolume* inner = group_.logical(area.name); inner && seen.insert(inner).second)
          open.push_back(inner);
    }
  }
  return false;
}

Mapping& Assembler::map(const std::string& name, bool writable) {
  if (!mapper_) require_device_mapper(object(volume(name)));
  Mapping& mapping = map_any(volume(name), writable);
  keep_.clear();  // the mappings hold what they stand on
  return mapping;
}

Mapping& Assembler::map_any(const LogicalVolume& wanted, bool writable) {
  if (!wanted.snapshot_origin.empty()) return map_snapshot(wanted);
  const std::vector<const LogicalVolume*> snapshots = snapshots_of(wanted.name);
  if (is_merging(wanted.name))
    refuse(wanted, "a snapshot is being merged into it; let that end in the guest first");
  if (!snapshots.empty() && writable) return map_origin(wanted);
  return map_plain(wanted, writable);
}

Mapping& Assembler::layer(const std::string& key, const std::string& label, Lines lines,
                          bool writable) {
  const std::string name = group_.name + "-" + label;
  mapped_.push_back(std::make_unique<Entry>(
      Entry{key, mapper_ ? mapper_(name, std::move(lines), writable)
                         : Mapping(name, std::move(lines), writable)}));
  return mapped_.back()->mapping;
}

Mapping* Assembler::mapped(const std::string& name) {
  for (const std::unique_ptr<Entry>& entry : mapped_)
    if (entry->key == name) return &entry->mapping;
  return nullptr;
}

Mapping& Assembler::map_plain(const LogicalVolume& wanted, bool writable) {
  if (in_progress_.contains(wanted.name)) base::throw_corrupt(object(wanted), "stands on itself");
  const bool writes = writable || needs_writing(wanted);
  Mapping* known = mapped(wanted.name);
  if (known != nullptr && (known->writable() || !writes)) return *known;
  in_progress_.insert(wanted.name);
  // Read-only so far, it may keep what is below from being opened for writing.
  if (known != nullptr && !known->in_use())
    std::erase_if(mapped_, [&](const auto& entry) { return entry->key == wanted.name; });
  const std::unique_ptr<const std::string, std::function<void(const std::string*)>> done(
      &wanted.name, [this](const std::string* name) { in_progress_.erase(*name); });
  if (in_progress_.size() > kDeepest) base::throw_corrupt(object(wanted), "volumes are nested too deep");
  Lines lines = lines_of(wanted, writes);
  std::erase_if(mapped_, [&](const auto& entry) { return entry->key == wanted.name; });
  return layer(wanted.name, wanted.name, std::move(lines), writes);
}

// The bytes of a volume whose own name shows something made from them.
Mapping& Assembler::map_part_of(const LogicalVolume& wanted, const std::string& suffix) {
  const std::string key = wanted.name + suffix;
  if (Mapping* known = mapped(key)) return *known;
  return layer(key, key, lines_of(wanted, true), true);
}

Mapping& Assembler::map_snapshot(const LogicalVolume& cow) {
  if (Mapping* known = mapped(cow.name)) return *known;
  const LogicalVolume& origin = volume(cow.snapshot_origin);
  const Mapping& real = map_part_of(origin, "-real");
  const Mapping& store = map_part_of(cow, "-cow");
  const Target target{0, sectors(origin), "snapshot",
                      device_number(*real.node()) + " " + device_number(*store.node()) + " P " +
                          std::to_string(cow.snapshot_chunk_sectors)};
  return layer(cow.name, cow.name, {target}, true);
}

// What is written to the origin goes through its snapshots: all of them have to be there.
Mapping& Assembler::map_origin(const LogicalVolume& origin) {
  if (Mapping* known = mapped(origin.name); known != nullptr && known->writable()) return *known;
  const Mapping& real = map_part_of(origin, "-real");
  for (const LogicalVolume* snapshot : snapshots_of(origin.name)) map_snapshot(*snapshot);
  const Target target{0, sectors(origin), "snapshot-origin", device_number(*real.node())};
  std::erase_if(mapped_, [&](const auto& entry) { return entry->key == origin.name; });
  return layer(origin.name, origin.name, {target}, true);
}

Assembler::Lines Assembler::lines_of(const LogicalVolume& wanted, bool writable) {
  Lines lines;
  for (const Segment& segment : wanted.segments) lines.push_back(line(wanted, segment, writable));
  if (lines.empty()) refuse(wanted, "has no extents");
  return lines;
}

void Assembler::unmap(const std::string& name) {
  Mapping* known = mapped(name);
  if (known == nullptr) return;
  if (known->stays_in_use())
    throw Error(ErrorCode::system, EBUSY, object(volume(name)) + ": is in use");
  std::erase_if(mapped_, [&](const auto& entry) { return entry->key == name; });
  // Parts may be shared. Those that users of the kernel still hold go with them.
  const bool others = std::any_of(mapped_.begin(), mapped_.end(), [this](const auto& entry) {
    const LogicalVolume* shown = group_.logical(entry->key);
    return shown != nullptr && is_public(*shown);
  });
  while (!others && !mapped_.empty()) mapped_.pop_back();
}

void Assembler::update(const VolumeGroup& group) {
  group_ = group;
  for (const std::unique_ptr<Entry>& entry : mapped_) {
    const LogicalVolume* current = group_.logical(entry->key);
    if (current == nullptr) continue;
    const bool simple = std::all_of(current->segments.begin(), current->segments.end(), is_simple);
    if (!simple || !current->snapshot_origin.empty() || !snapshots_of(current->name).empty())
      continue;
    try {
      entry->mapping.reload(lines_of(*current, entry->mapping.writable()));
    } catch (const Error& failure) {  // a part went away: it stays as it was
      base::trace("{}: {}", object(*current), failure.what());
    }
  }
  std::erase_if(mapped_, [this](const auto& entry) {
    const std::string name = entry->key.substr(0, entry->key.rfind('-'));
    return group_.logical(entry->key) == nullptr && group_.logical(name) == nullptr &&
           !entry->mapping.in_use();
  });
  keep_.clear();
}

std::string Assembler::text(const LogicalVolume& wanted, const Segment& segment,
                            const char* key) const {
  const auto value = segment.raw->text(key);
  if (!value) base::throw_corrupt(object(wanted), segment.type + " without " + key);
  return *value;
}

std::uint64_t Assembler::number(const LogicalVolume& wanted, const Segment& segment,
                                const char* key) const {
  const auto value = segment.raw->number(key);
  if (!value || *value < 0) base::throw_corrupt(object(wanted), segment.type + " without " + key);
  return static_cast<std::uint64_t>(*value);
}

Assembler::Device Assembler::area(const LogicalVolume& wanted, const Area& area, bool writable) {
  const std::uint64_t sector = area.start_extent * group_.extent_sectors;
  const PhysicalVolume* physical = group_.physical(area.name);
  if (physical == nullptr) {
    Mapping& inner = map_plain(volume(area.name), writable);
    return {device_number(*inner.node()), sector, false};
  }
  const auto node = physical->missing ? nullptr : part_(area.name, writable);
  if (node == nullptr) return {"", 0, true};
  keep_.push_back(node);
  (void)wanted;
  return {device_number(*node), physical->start_sector + sector, false};
}

std::string Assembler::inner(const std::string& name) {
  return device_number(*map_plain(volume(name), true).node());
}

Target Assembler::line(const LogicalVolume& wanted, const Segment& segment, bool writable) {
  Target target;
  if (segment.type == "striped") target = striped(wanted, segment, writable);
  else if (segment.type == "error" || segment.type == "zero") target.type = segment.type;
  else if (segment.type == "mirror") target = mirror(wanted, segment, writable);
  else if (segment.type.starts_with("raid")) target = raid(wanted, segment);
  else if (segment.type == "thin-pool") target = thin_pool(wanted, segment);
  else if (segment.type == "thin") target = thin(wanted, segment);
  else if (segment.type == "cache") target = cache(wanted, segment);
  else if (segment.type == "writecache") target = writecache(wanted, segment);
  else refuse(wanted, "segment type '" + segment.type + "' is not one that is activated here");
  target.start_sector = segment.start_extent * group_.extent_sectors;
  target.sector_count = segment.extent_count * group_.extent_sectors;
  return target;
}

Target Assembler::striped(const LogicalVolume& wanted, const Segment& segment, bool writable) {
  if (segment.areas.empty()) base::throw_corrupt(object(wanted), "segment without stripes");
  Target target{0, 0, "linear", ""};
  if (segment.areas.size() > 1) {
    target.type = "striped";
    target.parameters = std::to_string(segment.areas.size()) + " " +
                        std::to_string(segment.stripe_sectors);
  }
  for (const Area& part : segment.areas) {
    const Device device = area(wanted, part, writable);
    if (device.missing && !allowed_.partial)
      throw Error(ErrorCode::system, ENXIO,
                  object(wanted) + ": physical volume " +
                      group_.physical(part.name)->uuid + " is not among the drives; what is there opens with volume_allow partial");
    if (device.missing) return {0, 0, "error", ""};
    target.parameters += (target.parameters.empty() ? "" : " ") + device.number + " " +
                         std::to_string(device.sector);
  }
  return target;
}

Target Assembler::mirror(const LogicalVolume& wanted, const Segment& segment, bool writable) {
  std::vector<Device> legs;
  for (const Area& part : segment.areas) {
    // A leg that is a volume of its own is missing where its physical volume is.
    try {
      legs.push_back(area(wanted, part, writable));
    } catch (const Error& failure) {
      if (failure.errno_value() != ENXIO) throw;
      legs.push_back({"", 0, true});
    }
  }
  std::erase_if(legs, [](const Device& leg) { return leg.missing; });
  if (legs.empty()) throw Error(ErrorCode::system, ENXIO, object(wanted) + ": no leg of the mirror is among the drives");
  const bool whole = legs.size() == segment.areas.size();
  if (!writable) return {0, 0, "linear", legs[0].number + " " + std::to_string(legs[0].sector)};
  if (!whole && !allowed_.degraded_write)
    throw Error(ErrorCode::system, EROFS,
                object(wanted) + ": a leg of the mirror is missing; open it read-only, or with volume_allow degraded-write");
  const std::string region = std::to_string(number(wanted, segment, "region_size"));
  const auto log = segment.raw->text("mirror_log");
  std::string parameters = log ? "disk 2 " + inner(*log) + " " + region : "core 1 " + region;
  parameters += " " + std::to_string(legs.size());
  for (const Device& leg : legs) parameters += " " + leg.number + " " + std::to_string(leg.sector);
  return {0, 0, "mirror", parameters};
}

// The device of a part of a RAID, or "-" where its physical volume is missing: the RAID goes on.
std::string Assembler::raid_member(const std::string& name) {
  try {
    return inner(name);
  } catch (const Error& failure) {
    if (failure.errno_value() != ENXIO) throw;
    return "-";
  }
}

Target Assembler::raid(const LogicalVolume& wanted, const Segment& segment) {
  if (segment.raw->number("reshape_count") || segment.raw->number("data_offset"))
    refuse(wanted, "its layout is being changed; let that end in the guest first");
  const bool bare = !segment.raw->texts("raid0_lvs").empty();
  const std::vector<std::string> parts = segment.raw->texts(bare ? "raid0_lvs" : "raids");
  if (parts.empty() || (!bare && parts.size() % 2 != 0))
    base::throw_corrupt(object(wanted), "RAID without its parts");
  std::vector<std::string> words;
  const auto optional = [&](const char* key, const char* word) {
    if (const auto value = segment.raw->number(key); value && *value > 0)
      words.insert(words.end(), {word, std::to_string(*value)});
  };
  if (!bare && segment.type != "raid0_meta") optional("region_size", "region_size");
  optional("writebehind", "max_write_behind");
  optional("data_copies", "raid10_copies");
  if (segment.type != "raid10") std::erase(words, "raid10_copies");
  if (wanted.has_flag("LV_NOTSYNCED") || wanted.has_flag("NOTSYNCED")) words.emplace_back("nosync");
  std::string members;
  std::size_t missing = 0;
  const std::size_t step = bare ? 1 : 2;
  for (std::size_t i = 0; i < parts.size(); i += step) {
    const std::string data = raid_member(parts[i + step - 1]);
    const std::string meta = bare || data == "-" ? "-" : raid_member(parts[i]);
    members += " " + meta + " " + data;
    if (data == "-") ++missing;
    if (volume(parts[i + step - 1]).has_flag("LV_REBUILD"))
      words.insert(words.end(), {"rebuild", std::to_string(i / step)});
  }
  if (missing > 0) base::trace("{}: {} parts of the RAID are missing", object(wanted), missing);
  const auto chunk = segment.raw->number("stripe_size").value_or(0);
  const std::string type = kernel_raid_type(segment.type);
  if (type.starts_with("raid6")) require_raid6(object(wanted));
  std::string parameters = type + " " +
                           std::to_string(words.size() + 1) + " " + std::to_string(chunk);
  for (const std::string& word : words) parameters += " " + word;
  return {0, 0, "raid", parameters + " " + std::to_string(parts.size() / step) + members};
}

Target Assembler::thin_pool(const LogicalVolume& wanted, const Segment& segment) {
  const std::string meta = inner(text(wanted, segment, "metadata"));
  const std::string data = inner(text(wanted, segment, "pool"));
  std::vector<std::string> features = {"error_if_no_space"};
  if (segment.raw->number("zero_new_blocks").value_or(0) == 0)
    features.emplace_back("skip_block_zeroing");
  const std::string discards = segment.raw->text("discards").value_or("passdown");
  if (discards == "ignore") features.emplace_back("ignore_discard");
  else if (discards == "nopassdown") features.emplace_back("no_discard_passdown");
  std::string parameters = meta + " " + data + " " +
                           std::to_string(number(wanted, segment, "chunk_size")) + " 0 " +
                           std::to_string(features.size());
  for (const std::string& feature : features) parameters += " " + feature;
  return {0, 0, "thin-pool", parameters};
}

Target Assembler::thin(const LogicalVolume& wanted, const Segment& segment) {
  std::string parameters = inner(text(wanted, segment, "thin_pool")) + " " +
                           std::to_string(number(wanted, segment, "device_id"));
  if (const auto origin = segment.raw->text("external_origin"))
    parameters += " " + device_number(*map_plain(volume(*origin), false).node());
  return {0, 0, "thin", parameters};
}

Target Assembler::cache(const LogicalVolume& wanted, const Segment& segment) {
  const std::string pool_name = text(wanted, segment, "cache_pool");
  const LogicalVolume& pool = volume(pool_name);
  if (pool.segments.empty()) base::throw_corrupt(object(pool), "cache without extents");
  std::string meta;
  std::string data;
  const Segment* settings = &pool.segments.front();
  if (settings->type == "cache-pool") {
    meta = inner(text(pool, *settings, "metadata"));
    data = inner(text(pool, *settings, "data"));
  } else {  // one volume holds both
    settings = &segment;
    const std::string whole = inner(pool_name);
    const auto part = [&](const char* start, const char* length, const char* suffix) {
      Target target{0, number(wanted, segment, length), "linear",
                    whole + " " + std::to_string(number(wanted, segment, start))};
      const std::string key = pool_name + suffix;
      Mapping* known = mapped(key);
      return device_number(*(known != nullptr ? *known : layer(key, key, {target}, true)).node());
    };
    meta = part("metadata_start", "metadata_len", "-cmeta");
    data = part("data_start", "data_len", "-cdata");
  }
  const auto setting = [&](const char* key, const char* otherwise) {
    return settings->raw->text(key).value_or(segment.raw->text(key).value_or(otherwise));
  };
  std::vector<std::string> features = {setting("cache_mode", "writethrough")};
  if (settings->raw->number("metadata_format").value_or(1) == 2) features.emplace_back("metadata2");
  std::string parameters = meta + " " + data + " " + inner(text(wanted, segment, "origin")) + " " +
                           std::to_string(number(wanted, *settings, "chunk_size")) + " " +
                           std::to_string(features.size());
  for (const std::string& feature : features) parameters += " " + feature;
  return {0, 0, "cache", parameters + " " + setting("policy", "smq") + " 0"};
}

Target Assembler::writecache(const LogicalVolume& wanted, const Segment& segment) {
  return {0, 0, "writecache",
          "s " + inner(text(wanted, segment, "origin")) + " " +
              inner(text(wanted, segment, "writecache")) + " " +
              std::to_string(number(wanted, segment, "writecache_block_size")) + " 0"};
}

}  // namespace vmcraft::volume::lvm
