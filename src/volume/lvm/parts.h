// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "volume/lvm/metadata.h"

namespace vmcraft::volume::lvm {

/// Names of what a volume stands on directly: physical volumes and other volumes of its group. Some may
/// come twice, or be of nothing in the group.
std::vector<std::string> direct_parts(const LogicalVolume& volume);

/// The physical volumes below each logical one, each volume of the group being looked at once.
class PhysicalParts {
 public:
  explicit PhysicalParts(const VolumeGroup& group);
  /// Indexes into the group's physical volumes, ascending.
  std::vector<std::size_t> of(const std::string& logical_name) const;

 private:
  using Bits = std::vector<std::uint64_t>;  // one for each physical volume
  std::map<std::string, Bits, std::less<>> below_;
};

}  // namespace vmcraft::volume::lvm
