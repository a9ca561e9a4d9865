// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/input.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace vmcraft::shell {

std::optional<std::string> FileInput::next_line() {
  for (;;) {
    const std::size_t newline = buffer_.find('\n', position_);
    if (newline != std::string::npos) {
      std::string line = buffer_.substr(position_, newline - position_);
      position_ = newline + 1;
      return line;
    }
    buffer_.erase(0, position_);
    position_ = 0;
    if (ended_) {
      if (buffer_.empty()) return std::nullopt;
      return std::exchange(buffer_, {});
    }
    char chunk[8192];
    const ssize_t count = ::read(fd_, chunk, sizeof chunk);
    if (count < 0) base::throw_errno("script");
    if (count == 0) ended_ = true;
    else buffer_.append(chunk, static_cast<std::size_t>(count));
  }
}

std::optional<std::string> TextInput::next_line() {
  if (next_ == lines_.size()) return std::nullopt;
  return lines_[next_++];
}

}  // namespace vmcraft::shell
