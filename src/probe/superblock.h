// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "image/disk.h"

namespace vmcraft::probe {

/// What libblkid finds on a range of bytes. Empty strings where it finds nothing.
struct Superblock {
  std::string type;     ///< "ext4", "LVM2_member", ...; empty: nothing known, or several at once
  std::string usage;    ///< "filesystem", "raid", "crypto", "other"
  std::string label;
  std::string uuid;
  std::string version;
  bool ambiguous = false;  ///< more than one kind of superblock is there
  /// All that libblkid says, as blkid(8) names it.
  std::vector<std::pair<std::string, std::string>> values;
};

/// Probes the bytes; throws only where reading fails. ZFS is looked for where nothing else is: what
/// an old pool left beside a newer file system does not count.
Superblock probe(int fd, const image::Extent& extent, unsigned sector_size_bytes = 512);

}  // namespace vmcraft::probe
