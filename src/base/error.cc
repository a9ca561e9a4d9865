// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/error.h"

#include <fmt/format.h>

#include <system_error>

namespace vmcraft {

Error::Error(ErrorCode code, int errno_value, const std::string& text)
    : std::runtime_error(text), code_(code), errno_(errno_value) {}

CommandError::CommandError(const std::string& text, std::vector<std::string> argv, int status,
                           std::string stderr_tail)
    : Error(ErrorCode::command, 0, text),
      argv_(std::move(argv)),
      status_(status),
      stderr_tail_(std::move(stderr_tail)) {}

namespace base {

std::string errno_text(int err) { return std::generic_category().message(err); }

void throw_errno(std::string_view object, int err) {
  throw Error(ErrorCode::system, err, fmt::format("{}: {}", object, errno_text(err)));
}

void throw_invalid(std::string_view object, std::string_view reason) {
  throw Error(ErrorCode::invalid_argument, EINVAL, fmt::format("{}: {}", object, reason));
}

void throw_not_supported(std::string_view object, std::string_view reason) {
  throw Error(ErrorCode::not_supported, ENOTSUP, fmt::format("{}: {}", object, reason));
}

void throw_corrupt(std::string_view object, std::string_view reason) {
  throw Error(ErrorCode::corrupt, EUCLEAN, fmt::format("{}: {}", object, reason));
}

void throw_state(std::string_view object, std::string_view reason) {
  throw Error(ErrorCode::state, EINVAL, fmt::format("{}: {}", object, reason));
}

}  // namespace base
}  // namespace vmcraft
