// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/lines.h"

#include <unistd.h>

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

std::uint64_t answer_limit_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 4;
}

void LineList::add(std::string_view line) {
  static const std::uint64_t limit_bytes = answer_limit_bytes();
  size_bytes_ += line.size() + sizeof(std::string);
  if (size_bytes_ > limit_bytes) base::throw_errno(object_, EFBIG);
  lines_.emplace_back(line);
}

}  // namespace vmcraft::file
