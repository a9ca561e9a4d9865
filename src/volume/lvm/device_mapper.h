// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "image/disk.h"

namespace vmcraft::volume::lvm {

/// One line of a device-mapper table, in sectors of 512 bytes.
struct Target {
  std::uint64_t start_sector = 0;
  std::uint64_t sector_count = 0;
  std::string type;
  std::string parameters;
};

/// True where the kernel has device-mapper; loads its module where that helps.
bool device_mapper_available();

/// Makes a device under a private name that udev ignores. The kernel removes it with its last user,
/// so that nothing is left even if this process is killed.
std::shared_ptr<image::BlockNode> make_mapping(const std::string& label,
                                               const std::vector<Target>& table, bool writable);

/// "major:minor" of a block device.
std::string device_number(const image::BlockNode& node);

}  // namespace vmcraft::volume::lvm
