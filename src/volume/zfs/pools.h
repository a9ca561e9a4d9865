// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "volume/zfs/label.h"

namespace vmcraft::volume::zfs {

struct Member {
  std::string device;
  Label label;
};

/// A pool of which a member is there.
struct Pool {
  std::string name;
  std::uint64_t guid = 0;
  std::uint64_t version = 0;   ///< 5000 where it goes by features
  std::string layout;          ///< of what it stripes over: "mirror", "raidz1 mirror", "disk"
  std::uint64_t size_bytes = 0;
  std::vector<std::string> devices;
  std::string trouble;         ///< what is wrong, as a sentence; empty where nothing is
  bool failed = false;         ///< so much is missing that it cannot be read
};

/// Puts together what belongs together. Spares and caches name no pool and belong to none.
std::vector<Pool> pools_of(const std::vector<Member>& members);

}  // namespace vmcraft::volume::zfs
