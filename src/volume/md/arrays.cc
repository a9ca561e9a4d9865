// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/md/arrays.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/trace.h"
#include "volume/md/kernel_array.h"

namespace vmcraft::volume::md {
namespace {

constexpr int kFirstNumber = 127;  // mdadm counts down from it too

bool is_newest(const Superblock& superblock, std::uint64_t events) {
  return superblock.events + 1 >= events;  // a crash may leave one behind
}

}  // namespace

Array::Array(std::string device, std::string array_uuid, const Allowed& allowed)
    : device_(std::move(device)), array_uuid_(std::move(array_uuid)), allowed_(allowed) {}

Array::~Array() = default;

const Superblock& Array::newest() const {
  return std::max_element(members_.begin(), members_.end(),
                          [](const Member& a, const Member& b) {
                            return a.superblock.events < b.superblock.events;
                          })
      ->superblock;
}

std::string Array::uuid() const {
  std::string text = newest().array_uuid;
  for (const std::size_t at : {24U, 16U, 8U}) text.insert(at, ":");
  return text;
}

std::uint64_t Array::size_bytes() const {
  if (kernel_) return base::size_of(kernel_->node()->fd());
  const Superblock& truth = newest();
  if (truth.level > 0) return truth.array_bytes();
  std::uint64_t sum = 0;
  const std::uint64_t chunk = std::max<std::uint64_t>(truth.chunk_bytes, 512);
  for (const Member& member : members_) sum += member.superblock.size_bytes / chunk * chunk;
  return sum;
}

std::vector<std::string> Array::below() const {
  std::vector<std::string> devices;
  for (const Member& member : members_) devices.push_back(member.place.device);
  return devices;
}

std::vector<std::string> Array::aliases() const {
  const Superblock& truth = newest();
  std::vector<std::string> names;
  if (!truth.name.empty()) names.push_back("/dev/md/" + truth.name);
  const bool digits = !truth.name.empty() &&
                      truth.name.find_first_not_of("0123456789") == std::string::npos;
  if (digits) names.push_back("/dev/md" + truth.name);
  if (truth.preferred_minor >= 0) names.push_back("/dev/md" + std::to_string(truth.preferred_minor));
  return names;
}

int Array::missing() const {
  const std::uint64_t events = newest().events;
  std::set<int> roles;
  for (const Member& member : members_)
    if (member.superblock.role >= 0 && is_newest(member.superblock, events))
      roles.insert(member.superblock.role);
  return newest().raid_disks - static_cast<int>(roles.size());
}

std::string Array::trouble() const {
  const Superblock& truth = newest();
  const int gone = missing();
  if (truth.reshaping) return "its layout is being changed";
  if (gone == 0) return "";
  const std::string count = std::to_string(gone) + " of " + std::to_string(truth.raid_disks) +
                            " members missing or out of date";
  return (gone > truth.may_miss() ? "failed: " : "degraded: ") + count;
}

std::shared_ptr<image::BlockNode> Array::node(bool writable) {
  if (kernel_ && (kernel_->writable() || !writable)) return kernel_->node();
  const Superblock& truth = newest();
  if (missing() > truth.may_miss() || truth.reshaping)
    throw Error(ErrorCode::system, ENXIO, device_ + ": " + trouble());
  if (writable && missing() > 0 && !allowed_.degraded_write)
    throw Error(ErrorCode::system, EROFS,
                device_ + ": " + trouble() +
                    "; open it read-only, or with volume_allow degraded-write");
  deactivate();
  std::vector<std::shared_ptr<image::BlockNode>> parts;
  nodes_.clear();
  for (const Member& member : members_) {
    if (member.superblock.role < 0 && !member.superblock.spare) continue;
    if (!is_newest(member.superblock, truth.events)) continue;
    parts.push_back(member.place.node(writable));
    nodes_.emplace_back(parts.back()->path(), member.place.device);
  }
  kernel_ = std::make_unique<KernelArray>(device_, truth, std::move(parts), writable,
                                          allowed_.degraded_write);
  return kernel_->node();
}

void Array::deactivate() {
  if (!kernel_) return;
  kernel_->stop();
  kernel_.reset();
}

std::string Array::device_of_node(const std::string& node) const {
  for (const auto& [path, device] : nodes_)
    if (path == node) return device;
  return {};
}

std::string Array::kernel_name() const { return kernel_ ? kernel_->name() : ""; }

bool Arrays::add(const Place& place) {
  const auto reader = place.reader();
  std::optional<Superblock> superblock = read_superblock(*reader);
  if (!superblock) {
    const auto firmware = firmware_raid(*reader);
    if (firmware) findings_.push_back(place.device + ": member of a " + *firmware + " RAID, which is not assembled");
    return firmware.has_value();
  }
  const bool twice = std::any_of(members_.begin(), members_.end(), [&](const Member& known) {
    return known.superblock.array_uuid == superblock->array_uuid && superblock->role >= 0 &&
           known.superblock.role == superblock->role &&
           known.superblock.events == superblock->events;
  });
  if (twice) {
    findings_.push_back(place.device + ": another member is in the same place of array " +
                        superblock->array_uuid + "; this one is left out");
    return true;
  }
  base::trace("{}: member {} of RAID {}", place.device, superblock->role, superblock->array_uuid);
  members_.push_back({place, std::move(*superblock)});
  return true;
}

void Arrays::restart() {
  members_.clear();
  findings_.clear();
}

void Arrays::settle() {
  for (const Member& member : members_) {
    const auto same = [&](const std::shared_ptr<Array>& array) {
      return array->array_uuid() == member.superblock.array_uuid;
    };
    if (std::any_of(arrays_.begin(), arrays_.end(), same)) continue;
    int number = kFirstNumber;
    const auto taken = [&](const std::shared_ptr<Array>& array) {
      return array->device() == "/dev/md" + std::to_string(number);
    };
    while (std::any_of(arrays_.begin(), arrays_.end(), taken)) --number;
    arrays_.push_back(std::make_shared<Array>("/dev/md" + std::to_string(number),
                                              member.superblock.array_uuid, allowed_));
  }
  for (const std::shared_ptr<Array>& array : arrays_) {
    std::vector<Member> members;
    for (const Member& member : members_)
      if (member.superblock.array_uuid == array->array_uuid() &&
          !member.place.foundation.contains(array->device()))
        members.push_back(member);
    if (!members.empty()) array->set_members(std::move(members));
  }
}

bool Arrays::found(const Array& array) const {
  return std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
    return member.superblock.array_uuid == array.array_uuid();
  });
}

void Arrays::prune() {
  std::erase_if(arrays_, [this](const std::shared_ptr<Array>& array) { return !found(*array); });
}

std::vector<std::shared_ptr<Array>> Arrays::arrays() const {
  std::vector<std::shared_ptr<Array>> list;
  for (const std::shared_ptr<Array>& array : arrays_)
    if (found(*array) && !array->stopped) list.push_back(array);
  return list;
}

}  // namespace vmcraft::volume::md
