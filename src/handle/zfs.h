// SPDX-License-Identifier: LGPL-3.0-or-later
// ZFS pools on the devices of a handle. They are listed from their labels; grub-mount reads them.
#pragma once

#include <string>
#include <vector>

#include "handle/handle.h"
#include "volume/zfs/pools.h"

namespace vmcraft::handle {

/// Those of the devices that are members, by their labels. A label that cannot be read is traced.
std::vector<volume::zfs::Member> zfs_members(Handle& handle, const std::vector<std::string>& devices);

/// The devices of the pool that a member belongs to, itself first. Throws where that cannot be mounted
/// here, saying why.
std::vector<std::string> zfs_devices_to_mount(Handle& handle, const std::string& device);

}  // namespace vmcraft::handle
