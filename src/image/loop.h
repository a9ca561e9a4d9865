// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>

#include "image/disk.h"

namespace vmcraft::image {

struct LoopRequest {
  int backing_fd = -1;           ///< regular file or block device
  Extent extent;                 ///< bytes of it
  unsigned sector_size_bytes = 512;
  bool writable = false;
  bool direct = false;           ///< bypass the page cache of the backing file where it can
};

/// A loop device that the kernel frees with its last user. Throws naming what is missing.
std::shared_ptr<BlockNode> make_loop(const LoopRequest& request);

/// Ends direct I/O of the loop devices that a block device stands on, through any mappings. FUSE takes
/// references on the pages of a direct request, and those of dm-bufio's large buffers are not counted:
/// they would be freed while in use.
void end_direct_io(const BlockNode& node);

}  // namespace vmcraft::image
