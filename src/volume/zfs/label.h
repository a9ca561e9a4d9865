// SPDX-License-Identifier: LGPL-3.0-or-later
// What a device says of the ZFS pool that it is a member of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/block_reader.h"

namespace vmcraft::volume::zfs {

enum class PoolState { active, exported, destroyed, spare, cache, other };
const char* state_name(PoolState state);

/// A device within a pool's tree.
struct Leaf {
  std::uint64_t guid = 0;
  std::string path;  ///< where it was on the machine that used it last
};

/// One of the parts that a pool stripes over.
struct TopDevice {
  std::uint64_t guid = 0;
  std::string layout;  ///< "mirror", "raidz2", or "disk" and "file" for a single one
  std::uint64_t size_bytes = 0;
  std::vector<Leaf> leaves;
};

struct Label {
  std::uint64_t version = 0;
  std::string pool_name;
  std::uint64_t pool_guid = 0;
  std::uint64_t transaction_group = 0;
  PoolState state = PoolState::other;
  std::string host_name;           ///< of the machine that used it last
  std::uint64_t guid = 0;          ///< of the device itself
  std::uint64_t top_devices = 0;   ///< how many the pool has; 0 where it does not say
  TopDevice top;                   ///< the one that this device is part of
};

/// The newest of the four labels that can be read; nothing where there is none. Throws Error{corrupt}
/// where what looks like a label cannot be read, and no other one can.
std::optional<Label> read_label(const image::BlockReader& device);

}  // namespace vmcraft::volume::zfs
