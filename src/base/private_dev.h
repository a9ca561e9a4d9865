// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/process.h"

namespace vmcraft::base {

/// A /dev, and an empty /run, for one child process: prepared before the fork, entered after it.
class PrivateDev {
 public:
  explicit PrivateDev(const std::vector<DeviceEntry>& devices);
  /// Only system calls, for between vfork and exec; false with errno where it fails.
  bool enter() const noexcept;

 private:
  void add(const std::string& name, mode_t type, dev_t number);
  std::vector<std::string> folders_;
  struct Node {
    std::string path;
    mode_t mode;
    dev_t number;
  };
  std::vector<Node> nodes_;
};

}  // namespace vmcraft::base
