// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "base/process.h"

namespace vmcraft::mount {

/// What one mount needs, with the target as a path of the calling thread's namespace.
struct MountCall {
  std::string node;
  std::string target;
  std::string fs_type;  ///< as blkid or the caller names it
  std::string options;
  std::string folder;   ///< of that namespace alone, and writable
};

/// Mounts by the best driver; the child is set where a FUSE program serves the mount.
base::ChildProcess perform_mount(const MountCall& call);

}  // namespace vmcraft::mount
