// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "image/disk.h"

namespace vmcraft::probe {

/// Whether the bytes are a member of a RAID6 (md of any metadata, DDF), a physical volume of LVM that
/// has or had one, or of a btrfs that may hold RAID5 or RAID6: what a kernel booted without its RAID6 benchmark must not touch.
bool may_be_raid6(int fd, const image::Extent& extent);

}  // namespace vmcraft::probe
