// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::base {

/// Fields between separators; an empty text has no field.
std::vector<std::string> split(std::string_view text, char separator);
/// Lines without their newline; a last newline opens no further line.
std::vector<std::string> split_lines(std::string_view text);
/// Fields between runs of blanks.
std::vector<std::string> split_blanks(std::string_view text);
std::string_view trim(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string lower(std::string_view text);

/// The whole text as a number in `radix`, or nothing.
template <typename T>
std::optional<T> parse_number(std::string_view text, int radix = 10) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace vmcraft::base
