// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mount/guest_root.h"
#include "vmcraft/types.h"

namespace vmcraft::file {

/// Files of a guest that are watched by inotify.
class Watches {
 public:
  Watches();
  std::int64_t add(const mount::GuestRoot& root, const std::string& path, std::uint32_t mask);
  void remove(int watch);
  /// What happened since the last call; does not wait.
  std::vector<InotifyEvent> read();

 private:
  base::UniqueFd queue_;
};

}  // namespace vmcraft::file
