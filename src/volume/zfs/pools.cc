// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/zfs/pools.h"

#include <algorithm>
#include <map>
#include <set>

namespace vmcraft::volume::zfs {
namespace {

void find_trouble(const std::vector<const Member*>& members, const Label& newest, Pool& pool) {
  std::set<std::uint64_t> tops, wanted, there;
  for (const Member* member : members) {
    tops.insert(member->label.top.guid);
    there.insert(member->label.guid);
    for (const Leaf& leaf : member->label.top.leaves) wanted.insert(leaf.guid);
  }
  pool.failed = newest.top_devices > tops.size();
  std::erase_if(wanted, [&](std::uint64_t guid) { return there.contains(guid); });
  if (newest.state == PoolState::destroyed)
    pool.trouble = "was destroyed";
  else if (pool.failed)
    pool.trouble = "failed: " + std::to_string(newest.top_devices - tops.size()) + " of " +
                   std::to_string(newest.top_devices) + " parts that it stripes over missing";
  else if (!wanted.empty())
    pool.trouble = "degraded: " + std::to_string(wanted.size()) + " of " +
                   std::to_string(wanted.size() + there.size()) + " members missing";
}

Pool pool_of(const std::vector<const Member*>& members) {
  const Label& newest = (*std::max_element(members.begin(), members.end(), [](auto* a, auto* b) {
                          return a->label.transaction_group < b->label.transaction_group;
                        }))->label;
  Pool pool;
  pool.name = newest.pool_name;
  pool.guid = newest.pool_guid;
  pool.version = newest.version;
  std::set<std::uint64_t> tops;
  for (const Member* member : members) {
    pool.devices.push_back(member->device);
    const TopDevice& top = member->label.top;
    if (!tops.insert(top.guid).second) continue;
    pool.layout += (pool.layout.empty() ? "" : " ") + top.layout;
    pool.size_bytes += top.size_bytes;
  }
  find_trouble(members, newest, pool);
  return pool;
}

}  // namespace

std::vector<Pool> pools_of(const std::vector<Member>& members) {
  std::map<std::uint64_t, std::vector<const Member*>> by_guid;
  for (const Member& member : members)
    if (member.label.pool_guid != 0) by_guid[member.label.pool_guid].push_back(&member);
  std::vector<Pool> pools;
  for (const auto& [guid, own] : by_guid) pools.push_back(pool_of(own));
  return pools;
}

}  // namespace vmcraft::volume::zfs
