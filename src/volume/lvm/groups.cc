// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/groups.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/trace.h"
#include "volume/lvm/assembler.h"

namespace vmcraft::volume::lvm {
namespace {

// A public volume of a group. It names the volume by its uuid, and so outlives a renaming.
class LogicalDevice : public Volume {
 public:
  LogicalDevice(std::shared_ptr<Group> group, const LogicalVolume& volume)
      : group_(std::move(group)),
        name_(volume.name),
        device_("/dev/" + group_->metadata().name + "/" + volume.name) {}

  Kind kind() const override { return Kind::lvm; }
  const std::string& device() const override { return device_; }
  std::uint64_t size_bytes() const override {
    const LogicalVolume* shown = &self();
    if (const LogicalVolume* origin = snapshot_origin()) shown = origin;
    return shown->extent_count() * group_->metadata().extent_sectors * 512;
  }
  std::string uuid() const override { return self().uuid; }
  std::string layout() const override { return snapshot_origin() ? "snapshot" : self().layout(); }
  std::vector<std::string> below() const override { return group_->below(self()); }
  std::string trouble() const override { return group_->trouble(self()); }
  std::shared_ptr<image::BlockNode> node(bool writable) override {
    if (!group_->enabled)
      throw Error(ErrorCode::system, ENODEV, device_ + ": is not active; use vg_activate");
    return group_->assembler().map(name_, writable).node();
  }
  void deactivate() override { group_->assembler().unmap(name_); }
  bool active() const override { return group_->assembler().mapped(name_) != nullptr; }

 private:
  const LogicalVolume& self() const {
    if (const LogicalVolume* volume = group_->metadata().logical(name_)) return *volume;
    base::throw_errno(device_, ENOENT);
  }
  const LogicalVolume* snapshot_origin() const {
    return group_->metadata().logical(self().snapshot_origin);
  }

  std::shared_ptr<Group> group_;
  std::string name_;
  std::string device_;
};

constexpr std::size_t kMostNamed = 16;  // in one sentence about what is missing

}  // namespace

Group::Group(VolumeGroup metadata, std::string text, const Allowed& allowed)
    : metadata_(std::move(metadata)), parts_(metadata_), text_(std::move(text)) {
  assembler_ = std::make_unique<Assembler>(
      metadata_,
      [this](const std::string& name, bool writable) -> std::shared_ptr<image::BlockNode> {
        const Member* found = member(name);
        return found == nullptr ? nullptr : found->place.node(writable);
      },
      allowed);
}

Group::~Group() = default;

void Group::replace(VolumeGroup metadata, std::string text) {
  metadata_ = std::move(metadata);
  parts_ = PhysicalParts(metadata_);
  text_ = std::move(text);
}

void Group::set_members(const std::vector<Member>& all) {
  members_.clear();
  const std::string folder = "/dev/" + metadata_.name + "/";
  for (const PhysicalVolume& physical : metadata_.physical_volumes)
    for (const Member& member : all) {
      if (member.label.uuid != physical.uuid) continue;
      const std::set<std::string>& foundation = member.place.foundation;
      const auto own = foundation.lower_bound(folder);
      if (own != foundation.end() && own->starts_with(folder))
        base::trace("{}: lies inside its own volume group {}", member.place.device, metadata_.name);
      else members_.emplace_back(physical.name, member);
      break;
    }
  assembler_->update(metadata_);
}

const Member* Group::member(const std::string& physical_name) const {
  for (const auto& [name, member] : members_)
    if (name == physical_name) return &member;
  return nullptr;
}

std::vector<std::string> Group::below(const LogicalVolume& volume) const {
  std::vector<std::string> devices;
  for (const std::size_t index : parts_.of(volume.name))
    if (const Member* found = member(metadata_.physical_volumes[index].name))
      devices.push_back(found->place.device);
  std::sort(devices.begin(), devices.end());
  return devices;
}

std::string Group::trouble_of(const std::vector<std::size_t>& physical) const {
  std::string text;
  std::size_t missing = 0;
  for (const std::size_t index : physical) {
    const PhysicalVolume& volume = metadata_.physical_volumes[index];
    if (!volume.missing && member(volume.name) != nullptr) continue;
    if (++missing > kMostNamed) continue;
    text += (text.empty() ? "" : "; ") + std::string("physical volume ") + volume.uuid + " is missing";
  }
  if (missing > kMostNamed) text += "; and " + std::to_string(missing - kMostNamed) + " more";
  return text;
}

std::string Group::trouble() const {
  std::vector<std::size_t> all(metadata_.physical_volumes.size());
  std::iota(all.begin(), all.end(), 0);
  return trouble_of(all);
}

std::string Group::trouble(const LogicalVolume& volume) const {
  return trouble_of(parts_.of(volume.name));
}

std::vector<std::shared_ptr<Volume>> Group::volumes() {
  std::vector<std::shared_ptr<Volume>> list;
  for (const LogicalVolume& volume : metadata_.logical_volumes)
    if (is_public(volume)) list.push_back(std::make_shared<LogicalDevice>(shared_from_this(), volume));
  return list;
}

bool Groups::add(const Place& place) {
  const auto reader = place.reader();
  std::optional<PhysicalLabel> label = read_label(*reader);
  if (!label) return false;
  const bool twice = std::any_of(members_.begin(), members_.end(), [&](const Member& known) {
    return known.label.uuid == label->uuid;
  });
  if (twice) {
    findings_.push_back(place.device + ": physical volume " + label->uuid +
                        " is there already; this copy is left out");
    return true;
  }
  base::trace("{}: physical volume {}", place.device, label->uuid);
  members_.push_back({place, std::move(*label)});
  return true;
}

void Groups::restart() {
  members_.clear();
  read_ = 0;
  findings_.clear();
  for (const std::shared_ptr<Group>& group : groups_) group->forget_members();
}

// Each member carries the text of its group; the highest sequence number is the truth.
void Groups::read(const Member& member) {
  const std::string& text = member.label.metadata;
  if (text.empty()) return;
  for (const std::shared_ptr<Group>& known : groups_)
    if (known->text() == text) return known->set_found();
  try {
    VolumeGroup metadata = read_volume_group(text);
    for (const std::shared_ptr<Group>& known : groups_) {
      if (known->metadata().uuid != metadata.uuid) continue;
      if (!known->found() || known->metadata().sequence < metadata.sequence)
        known->replace(std::move(metadata), text);
      return known->set_found();
    }
    groups_.push_back(
        std::make_shared<Group>(std::move(metadata), text, allowed_));
  } catch (const Error& failure) {
    base::trace("{}: {}", member.place.device, failure.what());
    findings_.push_back(member.place.device + ": " + failure.what());
  }
}

void Groups::settle() {
  for (; read_ < members_.size(); ++read_) read(members_[read_]);
  for (const std::shared_ptr<Group>& group : groups_) group->set_members(members_);
}

void Groups::prune() {
  std::erase_if(groups_, [](const std::shared_ptr<Group>& group) { return !group->found(); });
}

std::vector<std::shared_ptr<Group>> Groups::groups() const {
  std::vector<std::shared_ptr<Group>> found;
  for (const std::shared_ptr<Group>& group : groups_)
    if (group->found()) found.push_back(group);
  return found;
}

std::vector<std::shared_ptr<Volume>> Groups::volumes() const {
  std::vector<std::shared_ptr<Volume>> list;
  for (const std::shared_ptr<Group>& group : groups())
    for (std::shared_ptr<Volume>& volume : group->volumes()) list.push_back(std::move(volume));
  return list;
}

}  // namespace vmcraft::volume::lvm
