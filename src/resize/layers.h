// SPDX-License-Identifier: LGPL-3.0-or-later
// What has to change its size for a file system to follow its drive, from the bottom up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmcraft/guestfs.h"

namespace vmcraft::resize {

struct Layer {
  enum class Kind { drive, partition, crypt, physical, logical, file_system };
  Kind kind = Kind::drive;
  std::string device;
  std::uint64_t size_bytes = 0;  ///< of what is on the device, as it is now
  // partition
  int number = 0;
  std::uint64_t start_bytes = 0;
  bool logical_of_mbr = false;
  // physical
  std::uint64_t first_extent_bytes = 0;
  std::uint64_t extent_bytes = 0;
  std::uint64_t group_free_bytes = 0;
  // file_system
  std::string type = {};
};

/// A partition of the drive that is not resized itself.
struct Neighbour {
  int number = 0;
  std::uint64_t start_bytes = 0;
  std::uint64_t size_bytes = 0;
  bool extended = false;
};

struct Survey {
  std::string table;  ///< gpt, msdos; empty where the drive has none
  std::uint64_t sector_bytes = 512;
  std::vector<Layer> layers;
  std::vector<Neighbour> neighbours;  ///< in the order of the drive
};

struct Wish {
  std::string expand;  ///< a partition or logical volume; empty: the obvious one
  std::string key;     ///< for LUKS on the way
};

/// Looks at the only drive of a launched handle. Opens LUKS devices on the way. Throws EINVAL where it is
/// not clear what is meant, and ENOTSUP where something on the way does not change its size.
Survey survey(GuestFS& g, const Wish& wish);

/// Opens what is encrypted as survey() did, as opened_device().
void open_crypt(GuestFS& g, const std::string& device, const std::string& key);
std::string opened_device(const std::string& device);

/// Whether a file system's size is changed here.
bool grows(const std::string& type);
bool shrinks(const std::string& type);

}  // namespace vmcraft::resize
