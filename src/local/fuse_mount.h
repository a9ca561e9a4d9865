// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "handle/handle.h"
#include "handle/local_mount.h"
#include "local/fuse_operations.h"

struct fuse;

namespace vmcraft::local {

struct MountSpec {
  std::string folder;
  bool readonly = false;
  std::string options;  ///< of FUSE, separated by commas
  int cache_seconds = 60;
  bool debug_calls = false;
};

/// A FUSE file system of the guest's files. Where the process ends without unmounting it,
/// fusermount3, which stays for that, does.
class FuseMount : public handle::LocalMount {
 public:
  FuseMount(handle::Handle& handle, const MountSpec& spec);
  ~FuseMount() override;
  FuseMount(const FuseMount&) = delete;
  FuseMount& operator=(const FuseMount&) = delete;

  void run() override;
  void unmount(bool retry) override;

 private:
  handle::Handle& handle_;
  FuseContext context_;
  std::string folder_;
  struct fuse* fuse_ = nullptr;
};

}  // namespace vmcraft::local
