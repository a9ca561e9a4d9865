// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "image/disk.h"

namespace vmcraft::image {

/// Asks for both ends of a range at once. A prober looks at some sixty places there, one small read
/// each: where a read is a round trip to a server or another kernel, a few large ones are cheaper.
void read_ahead(int fd, const Extent& extent);

}  // namespace vmcraft::image
