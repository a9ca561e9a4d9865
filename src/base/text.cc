// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/text.h"

namespace vmcraft::base {
namespace {
constexpr std::string_view kBlanks = " \t\r\n\v\f";
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> fields;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    fields.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
    if (text.empty()) fields.emplace_back();
  }
  return fields;
}

std::vector<std::string> split_lines(std::string_view text) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  else if (text.empty()) return {};
  if (text.empty()) return {std::string()};
  return split(text, '\n');
}

std::vector<std::string> split_blanks(std::string_view text) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return fields;
    text.remove_prefix(start);
    const std::size_t end = text.find_first_of(kBlanks);
    fields.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end);
  }
}

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace vmcraft::base
