// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>

namespace vmcraft::partition {

/// Whether no header of a GPT on the disk asks for entries that would take much memory to read: it may
/// ask for 4 GiB of them, and libraries load them all; nor for entries so small that libraries read behind
/// them. True where there is no GPT.
bool gpt_size_is_plausible(int fd, std::uint64_t size_bytes, unsigned sector_size_bytes);

}  // namespace vmcraft::partition
