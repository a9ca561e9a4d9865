// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/stack.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/trace.h"

namespace vmcraft::volume {
namespace {

constexpr std::size_t kMostVolumes = 100'000;

/// Reads a block device and keeps it there meanwhile.
class NodeReader : public image::FdReader {
 public:
  explicit NodeReader(std::shared_ptr<image::BlockNode> node)
      : image::FdReader(node->fd()), node_(std::move(node)) {}

 private:
  std::shared_ptr<image::BlockNode> node_;
};

bool answers_to(const Volume& volume, const std::string& name) {
  if (volume.device() == name) return true;
  const auto* array = dynamic_cast<const md::Array*>(&volume);
  if (array == nullptr) return false;
  const std::vector<std::string> names = array->aliases();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Place Stack::place_of(const std::shared_ptr<Volume>& volume) const {
  Place place;
  place.device = volume->device();
  place.foundation = {volume->device()};
  for (const std::string& below : volume->below()) {
    const auto found = foundations_.find(below);
    if (found != foundations_.end())
      place.foundation.insert(found->second.begin(), found->second.end());
  }
  place.reader = [volume] { return std::make_unique<NodeReader>(volume->node(false)); };
  place.node = [volume](bool writable) { return volume->node(writable); };
  return place;
}

void Stack::look_at(const Place& place) {
  foundations_[place.device] = place.foundation;
  try {
    if (!place.private_headers.empty()) dynamic_disks_.add(place);
    else if (!arrays_.add(place) && place.for_lvm) groups_.add(place);
  } catch (const Error& failure) {
    base::trace("{}: {}", place.device, failure.what());
    findings_.push_back(place.device + ": " + failure.what());
  }
}

// Makes a volume known and has its inside looked at later.
void Stack::take(const std::shared_ptr<Volume>& volume) {
  if (taken_.contains(volume->device())) return;
  if (volumes_.size() >= kMostVolumes) base::throw_corrupt(volume->device(), "too many volumes");
  volumes_.push_back(volume);
  taken_.insert(volume->device());
  Place place = place_of(volume);
  if (volume->is_part()) foundations_[place.device] = std::move(place.foundation);
  else front_.push_back(std::move(place));
}

bool Stack::stands_on_known(const Volume& volume) const {
  const std::vector<std::string> below = volume.below();
  return std::all_of(below.begin(), below.end(),
                     [this](const std::string& device) { return foundations_.contains(device); });
}

// Looks one storey higher; false where there is none. What was unlocked waits for the storey it stands
// on: volumes are in the order in which they stand on each other.
bool Stack::expand() {
  if (front_.empty()) return false;
  for (const Place& place : std::exchange(front_, {})) look_at(place);
  arrays_.settle();
  groups_.settle();
  dynamic_disks_.settle();
  for (const auto& part : dynamic_disks_.parts()) take(part);
  for (const auto& volume : dynamic_disks_.volumes()) take(volume);
  for (const auto& array : arrays_.arrays()) take(array);
  for (const auto& volume : groups_.volumes()) take(volume);
  for (const auto& volume : unlocked_)
    if (stands_on_known(*volume)) take(volume);
  if (!front_.empty()) return true;
  for (const auto& volume : unlocked_) take(volume);  // what they stand on is gone
  if (!front_.empty()) return true;
  arrays_.prune();
  groups_.prune();
  return false;
}

void Stack::refresh() {
  if (fresh_) return;
  fresh_ = true;
  arrays_.restart();
  groups_.restart();
  dynamic_disks_.restart();
  volumes_.clear();
  taken_.clear();
  findings_.clear();
  foundations_.clear();
  front_ = ground_();
  for (Place& place : front_) place.foundation.insert(place.device);
  expand();
}

std::vector<std::shared_ptr<Volume>> Stack::volumes() {
  refresh();
  while (expand()) continue;
  return volumes_;
}

std::shared_ptr<Volume> Stack::known(const std::string& name) const {
  for (const std::shared_ptr<Volume>& volume : volumes_)
    if (answers_to(*volume, name)) return volume;
  return nullptr;
}

std::shared_ptr<Volume> Stack::find(const std::string& name) {
  refresh();
  for (;;) {
    if (auto found = known(name)) return found;
    if (!expand()) return known(name);
  }
}

std::shared_ptr<Volume> Stack::unlock(crypt::UnlockRequest request) {
  const std::string device = "/dev/mapper/" + request.map_name;
  if (request.map_name.empty() || request.map_name.find('/') != std::string::npos)
    base::throw_invalid("mapname", "'" + request.map_name + "' is not a device's name");
  if (find(device)) base::throw_errno(device, EEXIST);
  auto volume = std::make_shared<crypt::Unlocked>(std::move(request));
  unlocked_.push_back(volume);
  take(volume);
  return volume;
}

void Stack::lock(const std::string& device) {
  const auto found = std::find_if(unlocked_.begin(), unlocked_.end(),
                                  [&](const auto& volume) { return volume->device() == device; });
  if (found == unlocked_.end()) base::throw_errno(device, ENOENT);
  deactivate(device);
  unlocked_.erase(found);
  changed();
}

void Stack::deactivate(const std::string& device) {
  const std::vector<std::shared_ptr<Volume>> all = volumes();
  // Later ones stand on earlier ones.
  for (auto volume = all.rbegin(); volume != all.rend(); ++volume) {
    const auto foundation = foundations_.find((*volume)->device());
    if (foundation != foundations_.end() && foundation->second.contains(device) &&
        (*volume)->active())
      (*volume)->deactivate();
  }
}

void Stack::deactivate_all() {
  for (auto volume = volumes_.rbegin(); volume != volumes_.rend(); ++volume)
    if ((*volume)->active()) (*volume)->deactivate();
  unlocked_.clear();
}

lvm::Groups& Stack::groups() {
  volumes();
  return groups_;
}

md::Arrays& Stack::arrays() {
  volumes();
  return arrays_;
}

ldm::DynamicDisks& Stack::dynamic_disks() {
  volumes();
  return dynamic_disks_;
}

std::vector<std::string> Stack::findings() {
  volumes();
  std::vector<std::string> all = findings_;
  for (const auto* list : {&arrays_.findings(), &groups_.findings(), &dynamic_disks_.findings()})
    all.insert(all.end(), list->begin(), list->end());
  return all;
}

}  // namespace vmcraft::volume
