// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "image/disk.h"

namespace vmcraft::probe {

/// How much memory in KiB it takes to derive a key of the LUKS2 device: the most that one of its keys
/// asks for, and 0 where the bytes are something else.
std::uint64_t luks_memory_kib(int fd, const image::Extent& extent);
/// The same from the JSON area of its header.
std::uint64_t luks_memory_of_json(std::string_view json);

}  // namespace vmcraft::probe
