// SPDX-License-Identifier: LGPL-3.0-or-later
// How the rooms throw: "object: reason"; the action's name is put in front by the API wrapper.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include "vmcraft/error.h"

namespace vmcraft::base {

/// Throws Error{system} as "object: strerror(err)". Takes errno by default.
[[noreturn]] void throw_errno(std::string_view object, int err = errno);
/// Throws Error{invalid_argument, EINVAL} as "object: reason".
[[noreturn]] void throw_invalid(std::string_view object, std::string_view reason);
/// Throws Error{not_supported, ENOTSUP} as "object: reason".
[[noreturn]] void throw_not_supported(std::string_view object, std::string_view reason);
/// Throws Error{corrupt, EUCLEAN} as "object: reason".
[[noreturn]] void throw_corrupt(std::string_view object, std::string_view reason);
/// Throws Error{state, EINVAL} as "object: reason".
[[noreturn]] void throw_state(std::string_view object, std::string_view reason);

/// Returns `result` unless it is negative; then throws for errno.
template <typename T>
T check(T result, std::string_view object) {
  if (result < 0) throw_errno(object);
  return result;
}

std::string errno_text(int err);

}  // namespace vmcraft::base
