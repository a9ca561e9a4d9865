// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/read_ahead.h"

#include <fcntl.h>

#include <algorithm>

namespace vmcraft::image {

void read_ahead(int fd, const Extent& extent) {
  constexpr std::uint64_t kFront = 512U << 10U;
  constexpr std::uint64_t kBack = 512U << 10U;
  const auto advise = [fd](std::uint64_t offset, std::uint64_t size) {
    ::posix_fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_WILLNEED);
  };
  advise(extent.offset_bytes, std::min(kFront, extent.size_bytes));
  if (extent.size_bytes > kFront + kBack)
    advise(extent.offset_bytes + extent.size_bytes - kBack, kBack);
}

}  // namespace vmcraft::image
