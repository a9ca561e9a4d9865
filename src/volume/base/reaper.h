// SPDX-License-Identifier: LGPL-3.0-or-later
// What the kernel keeps after a process is killed: arrays, and mappings in the moment before they are
// marked to go by themselves. A small process, told before each is made, takes them away.
#pragma once

#include <string>

namespace vmcraft::volume {

/// Tells the reaper of a resource before it is made, and that it need not care any more when this
/// ends. The first one of a process starts the reaper.
class Lease {
 public:
  enum class What { mapping, array };
  Lease(What what, std::string name);
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }

 private:
  void release() noexcept;
  What what_ = What::mapping;
  std::string name_;
};

/// The reaper's own program: waits for the end of `control`, then removes what is left.
int reaper_main(int control);

}  // namespace vmcraft::volume
