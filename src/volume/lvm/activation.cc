// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/activation.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/trace.h"
#include "volume/lvm/device_mapper.h"
#include "volume/lvm/label.h"
#include "volume/lvm/metadata.h"

namespace vmcraft::volume::lvm {

struct Activation::State {
  struct Member {
    Candidate candidate;
    PhysicalLabel label;
  };
  struct Place {
    std::size_t group;
    std::size_t volume;
  };
  struct Mapping {
    std::shared_ptr<image::BlockNode> node;
    bool writable = false;
  };

  std::vector<Member> members;
  std::vector<VolumeGroup> groups;
  std::vector<Volume> volumes;
  std::vector<Place> places;
  std::map<std::size_t, Mapping> mappings;
  // Devices a table is being built on: they must not go before the mapping holds them.
  mutable std::vector<std::shared_ptr<image::BlockNode>> keep;

  void add_group(const std::string& text, const std::string& device);
  void list_volumes();
  const Member& member(const VolumeGroup& group, const std::string& name) const;
  Target target(const VolumeGroup& group, const LogicalVolume& volume, const Segment& segment,
                bool writable) const;
};

// Each member carries the text of its group; the highest sequence number is the truth.
void Activation::State::add_group(const std::string& text, const std::string& device) {
  if (text.empty()) return;
  try {
    VolumeGroup group = read_volume_group(text);
    for (VolumeGroup& known : groups) {
      if (known.uuid != group.uuid) continue;
      if (known.sequence < group.sequence) known = std::move(group);
      return;
    }
    groups.push_back(std::move(group));
  } catch (const Error& failure) {
    base::trace("{}: {}", device, failure.what());
  }
}

void Activation::State::list_volumes() {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const VolumeGroup& group = groups[g];
    for (std::size_t v = 0; v < group.logical_volumes.size(); ++v) {
      const LogicalVolume& volume = group.logical_volumes[v];
      if (!volume.visible) continue;
      volumes.push_back({group.name, volume.name, volume.uuid, group.uuid,
                         volume.extent_count() * group.extent_sectors * 512});
      places.push_back({g, v});
    }
  }
}

const Activation::State::Member& Activation::State::member(const VolumeGroup& group,
                                                           const std::string& name) const {
  for (const PhysicalVolume& physical : group.physical_volumes) {
    if (physical.name != name) continue;
    for (const Member& candidate : members)
      if (candidate.label.uuid == physical.uuid) return candidate;
    base::throw_invalid("volume group " + group.name,
                        "physical volume " + physical.uuid + " is not among the drives");
  }
  base::throw_corrupt("volume group " + group.name, "segment names unknown volume '" + name + "'");
}

Target Activation::State::target(const VolumeGroup& group, const LogicalVolume& volume,
                                 const Segment& segment, bool writable) const {
  if (segment.type != "striped" || segment.stripes.empty())
    base::throw_not_supported("/dev/" + group.name + "/" + volume.name,
                              "segment type '" + segment.type + "' is not activated yet");
  Target line{segment.start_extent * group.extent_sectors,
              segment.extent_count * group.extent_sectors, "linear", ""};
  if (segment.stripes.size() > 1) {
    line.type = "striped";
    line.parameters = std::to_string(segment.stripes.size()) + " " +
                      std::to_string(segment.stripe_sectors) + " ";
  }
  for (const Stripe& stripe : segment.stripes) {
    const auto physical = std::find_if(
        group.physical_volumes.begin(), group.physical_volumes.end(),
        [&](const PhysicalVolume& candidate) { return candidate.name == stripe.physical_volume; });
    const Member& found = member(group, stripe.physical_volume);
    const std::uint64_t per_stripe = segment.extent_count / segment.stripes.size();
    if (stripe.start_extent + per_stripe > physical->extent_count)
      base::throw_corrupt("/dev/" + group.name + "/" + volume.name,
                          "segment ends behind its physical volume");
    const auto node = found.candidate.node(writable);
    if (&stripe != &segment.stripes.front()) line.parameters += " ";
    line.parameters +=
        device_number(*node) + " " +
        std::to_string(physical->start_sector + stripe.start_extent * group.extent_sectors);
    keep.push_back(node);
  }
  return line;
}

Activation::Activation(std::vector<Candidate> candidates) : state_(std::make_unique<State>()) {
  for (Candidate& candidate : candidates) {
    std::optional<PhysicalLabel> label = read_label(*candidate.reader);
    if (!label) continue;
    base::trace("{}: physical volume {}", candidate.device, label->uuid);
    state_->add_group(label->metadata, candidate.device);
    state_->members.push_back({std::move(candidate), std::move(*label)});
  }
  state_->list_volumes();
}

Activation::~Activation() = default;

const std::vector<Volume>& Activation::volumes() const noexcept { return state_->volumes; }

std::vector<std::string> Activation::devices_below(std::size_t index) const {
  std::vector<std::string> names;
  const State::Place place = state_->places.at(index);
  const VolumeGroup& group = state_->groups[place.group];
  for (const Segment& segment : group.logical_volumes[place.volume].segments)
    for (const Stripe& stripe : segment.stripes)
      names.push_back(state_->member(group, stripe.physical_volume).candidate.device);
  return names;
}

std::shared_ptr<image::BlockNode> Activation::node(std::size_t index, bool writable) {
  const State::Place place = state_->places.at(index);
  const VolumeGroup& group = state_->groups[place.group];
  const LogicalVolume& volume = group.logical_volumes[place.volume];
  State::Mapping& mapping = state_->mappings[index];
  if (mapping.node && (mapping.writable || !writable)) return mapping.node;
  if (!device_mapper_available())
    base::throw_not_supported(state_->volumes[index].device(),
                              "this kernel has no device-mapper; choose the uml engine");
  state_->keep.clear();
  std::vector<Target> table;
  for (const Segment& segment : volume.segments)
    table.push_back(state_->target(group, volume, segment, writable));
  mapping = {make_mapping(group.name + "-" + volume.name, table, writable), writable};
  state_->keep.clear();  // the mapping itself holds what it stands on
  return mapping.node;
}

void Activation::deactivate() { state_->mappings.clear(); }

}  // namespace vmcraft::volume::lvm
