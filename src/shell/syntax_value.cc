// SPDX-License-Identifier: LGPL-3.0-or-later
#include <strings.h>

#include <cerrno>
#include <cstdlib>

#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

/// The factor a suffix stands for, or nothing where it is none.
std::optional<std::pair<int, int>> suffix_power(std::string_view suffix) {
  constexpr std::string_view kLetters = "KMGTPEZY";
  const char letter = suffix.front() == 'k' ? 'K' : suffix.front();
  const std::size_t at = kLetters.find(letter);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view unit = suffix.substr(1);
  if (!unit.empty() && unit != "iB" && unit != "B" && unit != "D") return std::nullopt;
  return std::pair(unit.empty() || unit == "iB" ? 1024 : 1000, static_cast<int>(at) + 1);
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

std::optional<std::int64_t> parse_size(const std::string& text) {
  errno = 0;
  char* end = nullptr;
  std::int64_t value = std::strtoll(text.c_str(), &end, 0);
  if (errno != 0) return std::nullopt;
  const std::string_view suffix(end);
  if (end == text.c_str()) value = 1;  // a bare suffix counts one
  if (suffix.empty()) return end == text.c_str() ? std::nullopt : std::optional(value);
  const auto power = suffix_power(suffix);
  if (!power) return std::nullopt;
  for (int i = 0; i < power->second; ++i)
    if (__builtin_mul_overflow(value, std::int64_t{power->first}, &value)) return std::nullopt;
  return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word(text);
  for (const char* yes : {"1", "true", "t", "yes", "y", "on"})
    if (::strcasecmp(word.c_str(), yes) == 0) return true;
  for (const char* no : {"0", "false", "f", "no", "n", "off"})
    if (::strcasecmp(word.c_str(), no) == 0) return false;
  return std::nullopt;
}

std::vector<std::string> parse_string_list(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool in_word = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quoted && (c == ' ' || c == '\t')) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
      continue;
    }
    in_word = true;
    if (c == '\\' && i + 1 < text.size() && text[i + 1] == '\'') word += text[++i];
    else if (c == '\'') quoted = !quoted;
    else word += c;
  }
  if (quoted) throw UsageError("unterminated single quote in a list");
  if (in_word) words.push_back(std::move(word));
  return words;
}

std::string decode_prompt(std::string_view text) {
  constexpr std::string_view kLetters = "\\[]aenr";
  constexpr std::string_view kMeanings = "\\\1\2\a\033\n\r";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char c = text[++i];
    const std::size_t at = kLetters.find(c);
    const std::string_view rest = text.substr(i);
    if (at != std::string_view::npos) {
      result += kMeanings[at];
    } else if (rest.size() >= 3 && is_octal(rest[0]) && is_octal(rest[1]) && is_octal(rest[2])) {
      result += static_cast<char>(std::strtol(std::string(rest.substr(0, 3)).c_str(), nullptr, 8));
      i += 2;
    } else if (c == 'x' && rest.size() >= 3) {
      result += static_cast<char>(std::strtol(std::string(rest.substr(1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace vmcraft::shell
