// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/lines.h"

#include <cstring>

#include "base/error.h"

namespace vmcraft::file {

std::optional<std::string_view> LineReader::next() {
  constexpr std::size_t kLimitBytes = std::size_t{64} << 20U;
  line_.clear();
  partial_ = false;
  for (;;) {
    void* end = rest_.empty() ? nullptr : std::memchr(rest_.data(), '\n', rest_.size());
    if (end != nullptr) return take(static_cast<char*>(end));
    line_.append(rest_.data(), rest_.size());
    partial_ = partial_ || !rest_.empty();
    rest_ = {};
    if (line_.size() > kLimitBytes) base::throw_invalid(object_, "a line is longer than 64 MiB");
    const std::size_t n = source_.read(block_.span());
    if (n == 0) return partial_ ? std::optional<std::string_view>(line_) : std::nullopt;
    rest_ = {reinterpret_cast<char*>(block_.span().data()), n};
  }
}

std::string_view LineReader::take(char* end) {
  const std::string_view head(rest_.data(), static_cast<std::size_t>(end - rest_.data()));
  *end = '\0';
  rest_ = rest_.subspan(head.size() + 1);
  if (!partial_) return head;
  line_ += head;
  return line_;
}

}  // namespace vmcraft::file
