// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <vector>

#include "resize/layers.h"

namespace vmcraft::resize {

/// The steps that make what is on a drive fit `size_bytes`, in their order. `may_move` allows to move
/// partitions behind the one that grows. Throws Error naming what is in the way.
std::vector<ResizeStep> plan(const Survey& survey, std::uint64_t size_bytes, bool may_move);

}  // namespace vmcraft::resize
