// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "image/disk.h"

namespace vmcraft::image {

/// The kernel's own node for a range of a block device: the device itself, or the partition with
/// exactly these bounds. Null where there is none.
std::shared_ptr<BlockNode> existing_node(int fd, const std::string& path, const Extent& extent,
                                         bool writable);

}  // namespace vmcraft::image
