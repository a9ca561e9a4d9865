// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/zfs.h"

#include <algorithm>

#include "base/error.h"
#include "base/process.h"
#include "base/trace.h"
#include "handle/file_system.h"
#include "handle/mounting.h"

namespace vmcraft::handle {

using volume::zfs::Label;
using volume::zfs::Member;
using volume::zfs::PoolState;

std::vector<Member> zfs_members(Handle& h, const std::vector<std::string>& devices) {
  std::vector<Member> members;
  for (const std::string& name : devices) try {
      const auto view = h.devices().view(h.devices().find(name), false);
      auto label = volume::zfs::read_label(
          image::FdReader(view.fd, view.extent.offset_bytes, view.extent.size_bytes));
      if (label) members.push_back({name, std::move(*label)});
    } catch (const Error& failure) {  // damaged, or on a volume that does not open
      base::trace("{}: {}", name, failure.what());
    }
  return members;
}

std::vector<std::string> zfs_devices_to_mount(Handle& h, const std::string& device) {
  const std::vector<Member> own = zfs_members(h, {device});
  if (own.empty()) base::throw_corrupt("zfs", "no label of the pool can be read");
  const Label& label = own.front().label;
  if (label.pool_guid == 0)
    base::throw_not_supported("zfs", std::string("is a ") + volume::zfs::state_name(label.state) +
                                         " device of a pool, without files of its own");
  if (!base::find_program("grub-mount"))
    base::throw_not_supported("zfs", "is a member of the ZFS pool " + label.pool_name +
                                         "; mounting it needs grub-mount (package grub-common)");
  const std::vector<volume::zfs::Pool> pools = volume::zfs::pools_of(zfs_members(h, content_devices(h)));
  const auto pool = std::find_if(pools.begin(), pools.end(), [&](const volume::zfs::Pool& candidate) {
    return candidate.guid == label.pool_guid;
  });
  if (pool == pools.end()) return {device};
  if (pool->failed)
    throw Error(ErrorCode::system, ENXIO, "ZFS pool " + pool->name + " " + pool->trouble);
  std::vector<std::string> devices = pool->devices;
  std::stable_partition(devices.begin(), devices.end(),
                        [&](const std::string& name) { return name == device; });
  return devices;
}

}  // namespace vmcraft::handle
