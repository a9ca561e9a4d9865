// SPDX-License-Identifier: LGPL-3.0-or-later
// The packets between a worker and its caller: the first byte says what the others are.
#pragma once

#include <cstddef>

namespace vmcraft::base::worker {

inline constexpr char kMore = '+';    ///< a part of a request or answer
inline constexpr char kLast = '.';    ///< its last part
inline constexpr char kBulk = 'b';    ///< bulk data
inline constexpr char kZeroes = 'z';  ///< a number of zero bytes, as bulk data
inline constexpr char kError = '!';   ///< code, errno and text of an Error

inline constexpr std::size_t kPart = 60U << 10U;

}  // namespace vmcraft::base::worker
