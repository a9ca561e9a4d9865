// SPDX-License-Identifier: LGPL-3.0-or-later
// Labels after "ZFS On-Disk Specification" (Sun Microsystems, 2006), chapter 1.
#include "volume/zfs/label.h"

#include "base/error.h"
#include "volume/zfs/nvlist.h"

namespace vmcraft::volume::zfs {
namespace {

constexpr std::uint64_t kLabelBytes = 256U << 10U;
constexpr std::uint64_t kNvlistOffset = 16U << 10U;
constexpr std::uint64_t kNvlistBytes = (112U << 10U) - 40;  // a checksum follows
constexpr int kDeepestTree = 8;

PoolState state_of(std::uint64_t number) {
  constexpr PoolState kStates[] = {PoolState::active, PoolState::exported, PoolState::destroyed,
                                   PoolState::spare, PoolState::cache};
  return number < std::size(kStates) ? kStates[number] : PoolState::other;
}

void add_leaves(const Nvlist& device, std::vector<Leaf>& leaves, int depth) {
  if (depth > kDeepestTree) return;
  const std::vector<Nvlist>& children = device.lists("children");
  for (const Nvlist& child : children) add_leaves(child, leaves, depth + 1);
  if (children.empty()) leaves.push_back({device.number("guid"), device.text("path")});
}

TopDevice top_of(const Nvlist& tree) {
  TopDevice top;
  top.guid = tree.number("guid");
  top.layout = tree.text("type");
  top.size_bytes = tree.number("asize");
  if (tree.has("nparity")) top.layout += std::to_string(tree.number("nparity"));
  add_leaves(tree, top.leaves, 0);
  return top;
}

Label label_of(const Nvlist& list) {
  Label label;
  label.version = list.number("version");
  label.pool_name = list.text("name");
  label.pool_guid = list.number("pool_guid");
  label.transaction_group = list.number("txg");
  label.state = list.has("state") ? state_of(list.number("state")) : PoolState::other;
  label.host_name = list.text("hostname");
  label.guid = list.number("guid");
  label.top_devices = list.number("vdev_children");
  for (const Nvlist& tree : list.lists("vdev_tree")) label.top = top_of(tree);
  return label;
}

// An empty or foreign place is not a damaged label: these begin with a list that has a version.
bool is_label(std::string_view start) {
  constexpr std::string_view kVersion("\0\0\0\7version\0", 12);
  constexpr std::size_t kFirstName = 20;  // after encoding, version, flags and the value's two sizes
  return start.size() == kFirstName + kVersion.size() && start.substr(kFirstName) == kVersion;
}

std::vector<std::uint64_t> label_offsets(std::uint64_t device_bytes) {
  const std::uint64_t end = device_bytes / kLabelBytes * kLabelBytes;
  if (end < 4 * kLabelBytes) return {0};
  return {0, kLabelBytes, end - 2 * kLabelBytes, end - kLabelBytes};
}

}  // namespace

const char* state_name(PoolState state) {
  switch (state) {
    case PoolState::active: return "active";
    case PoolState::exported: return "exported";
    case PoolState::destroyed: return "destroyed";
    case PoolState::spare: return "spare";
    case PoolState::cache: return "cache";
    case PoolState::other: return "unknown";
  }
  return "";
}

std::optional<Label> read_label(const image::BlockReader& device) {
  std::optional<Label> newest;
  std::optional<Error> failure;
  for (const std::uint64_t offset : label_offsets(device.size_bytes())) {
    const auto start = device.read(offset + kNvlistOffset, 32);
    if (!start || !is_label(*start)) continue;
    const auto bytes = device.read(offset + kNvlistOffset, kNvlistBytes);
    if (!bytes) continue;
    try {
      Label label = label_of(parse_nvlist(*bytes));
      if (!newest || label.transaction_group > newest->transaction_group) newest = std::move(label);
    } catch (const Error& error) {
      failure = error;
    }
  }
  if (!newest && failure) throw Error(*failure);
  return newest;
}

}  // namespace vmcraft::volume::zfs
