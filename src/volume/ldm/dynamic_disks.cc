// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/ldm/dynamic_disks.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/trace.h"

namespace vmcraft::volume::ldm {
namespace {

/// The object of that device, which stays the same from one look to the next; or a new one.
template <typename T, typename Make>
std::shared_ptr<T> known_or_new(const std::vector<std::shared_ptr<T>>& known,
                                const std::string& device, const Make& make) {
  for (const std::shared_ptr<T>& object : known)
    if (object->device() == device) return object;
  return make();
}

}  // namespace

void DynamicDisks::add(const Place& place) {
  const auto reader = place.reader();
  auto header = read_private_header(*reader, place.private_headers);
  if (!header) {
    base::trace("{}: has the type of a dynamic disk, and no header of one", place.device);
    return;
  }
  const bool twice = std::any_of(members_.begin(), members_.end(), [&](const Member& known) {
    return known.header.disk_guid == header->disk_guid;
  });
  if (twice) {
    findings_.push_back(place.device + ": dynamic disk " + header->disk_guid +
                        " is there already; this copy is left out");
    return;
  }
  Database database = read_database(*reader, *header);
  if (database.group_guid != header->group_guid)
    base::throw_corrupt("ldm database", "is that of another disk group");
  base::trace("{}: dynamic disk of group {}", place.device, header->group_name);
  members_.push_back({place, std::move(*header), std::move(database)});
}

void DynamicDisks::restart() {
  members_.clear();
  groups_.clear();
  findings_.clear();
  settled_ = false;
}

void DynamicDisks::settle() {
  if (settled_) return;  // drives come first, and all at once
  settled_ = true;
  std::vector<std::shared_ptr<DynamicVolume>> volumes;
  std::vector<std::shared_ptr<PartDevice>> parts;
  std::set<std::string> seen;
  std::set<std::string> devices;
  for (const Member& first : members_) {
    if (!seen.insert(first.header.group_guid).second) continue;
    std::vector<const Member*> members;
    for (const Member& member : members_)
      if (member.header.group_guid == first.header.group_guid) members.push_back(&member);
    groups_.push_back(make_group(members, findings_));
    const DiskGroup& group = groups_.back();
    for (const Shape& shape : group.shapes) {
      const std::string device = volume_device(group, shape.name);
      if (!devices.insert(device).second) {
        findings_.push_back(first.place.device + ": another volume is " + device +
                            " already; this one is left out");
        continue;
      }
      std::vector<std::shared_ptr<PartDevice>> own;
      if (shape.redundant())
        for (const Piece& piece : shape.pieces) own.push_back(part(group, piece));
      for (const auto& piece : own)
        if (piece) parts.push_back(piece);
      volumes.push_back(volume(device));
      volumes.back()->set_shape(shape, std::move(own));
    }
  }
  volumes_ = std::move(volumes);
  parts_ = std::move(parts);
}

std::shared_ptr<PartDevice> DynamicDisks::part(const DiskGroup& group, const Piece& piece) {
  if (!piece.place) return nullptr;
  const std::string device = part_device(group, piece.name);
  auto found = known_or_new(parts_, device, [&] { return std::make_shared<PartDevice>(device, piece); });
  found->set_piece(piece);
  return found;
}

std::shared_ptr<DynamicVolume> DynamicDisks::volume(const std::string& device) {
  return known_or_new(volumes_, device,
                      [&] { return std::make_shared<DynamicVolume>(device, allowed_); });
}

const DiskGroup& DynamicDisks::group(const std::string& guid) const {
  for (const DiskGroup& group : groups_)
    if (group.guid == guid) return group;
  throw Error(ErrorCode::system, ENOENT, guid + ": no such disk group on the drives");
}

const Shape& DynamicDisks::shape(const std::string& guid, const std::string& volume) const {
  const DiskGroup& all = group(guid);
  for (const Shape& shape : all.shapes)
    if (shape.name == volume) return shape;
  throw Error(ErrorCode::system, ENOENT, volume + ": no such volume in disk group " + all.name);
}

std::vector<std::string> DynamicDisks::guids(const std::vector<std::string>& devices) const {
  std::vector<std::string> found;
  for (const DiskGroup& group : groups_)
    for (const Member& member : members_) {
      const bool asked = devices.empty() || std::find(devices.begin(), devices.end(),
                                                      member.place.device) != devices.end();
      if (!asked || member.header.group_guid != group.guid) continue;
      found.push_back(group.guid);
      break;
    }
  return found;
}

std::vector<std::shared_ptr<DynamicVolume>> DynamicDisks::volumes() const {
  return enabled_ ? volumes_ : std::vector<std::shared_ptr<DynamicVolume>>{};
}

std::vector<std::shared_ptr<PartDevice>> DynamicDisks::parts() const {
  return enabled_ ? parts_ : std::vector<std::shared_ptr<PartDevice>>{};
}

}  // namespace vmcraft::volume::ldm
