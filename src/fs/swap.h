// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"

namespace vmcraft::fs {

/// The swap areas one handle enabled in the kernel at hand. No other is ever disabled.
class Swaps {
 public:
  Swaps();
  Swaps(const Swaps&) = delete;
  Swaps& operator=(const Swaps&) = delete;
  ~Swaps();

  /// swapon(2) on an open device or file; `owner` is kept as long as it is enabled. Throws EBUSY
  /// where it is enabled already.
  void enable(const std::string& name, int fd, std::shared_ptr<const void> owner = nullptr);
  /// swapoff(2); throws Error{invalid_argument} where this handle did not enable it.
  void disable(const std::string& name, int fd);
  /// Disables all; throws for the first that failed, after trying the others.
  void disable_all();
  /// What is enabled, by the names given.
  std::vector<std::string> names() const;

 private:
  struct Area;
  std::vector<Area>::const_iterator find(int fd) const;

  std::vector<Area> areas_;
};

}  // namespace vmcraft::fs
