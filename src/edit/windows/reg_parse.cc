// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>

#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "edit/windows/reg_file.h"
#include "edit/windows/utf16.h"

namespace vmcraft::edit {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view bytes) : text_(decode_text(bytes)) {}

  std::vector<RegKey> parse() {
    read_header();
    while (next_line()) {
      const std::string_view line = base::trim(line_);
      if (line.empty() || line.front() == ';') continue;
      if (line.front() == '[') read_key(line);
      else read_entry();
    }
    return std::move(keys_);
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    base::throw_invalid(fmt::format("line {}", number_), reason);
  }

  bool next_line() {
    if (at_ >= text_.size()) return false;
    std::size_t end = text_.find('\n', at_);
    if (end == std::string::npos) end = text_.size();
    line_ = text_.substr(at_, end - at_);
    if (line_.ends_with('\r')) line_.pop_back();
    at_ = end + 1;
    ++number_;
    return true;
  }

  void read_header() {
    while (next_line() && base::trim(line_).empty()) {}
    const std::string_view line = base::trim(line_);
    if (line == "REGEDIT4") ansi_ = true;
    else if (line != "Windows Registry Editor Version 5.00")
      fail("neither \"Windows Registry Editor Version 5.00\" nor \"REGEDIT4\"");
  }

  void read_key(std::string_view line) {
    const std::size_t end = line.rfind(']');
    if (end == std::string_view::npos) fail("a key without ]");
    RegKey key;
    key.key = line.substr(1, end - 1);
    key.remove = key.key.starts_with('-');
    if (key.remove) key.key.erase(0, 1);
    if (key_parts(key.key).empty()) fail("a key without a name");
    keys_.push_back(std::move(key));
  }

  void read_entry() {
    if (keys_.empty()) fail("a value before the first key");
    column_ = line_.find_first_not_of(" \t");
    RegEntry entry;
    if (line_[column_] == '@') ++column_;
    else if (line_[column_] == '"') entry.name = quoted();
    else fail("neither a key nor a value");
    skip_blanks();
    if (column_ >= line_.size() || line_[column_] != '=') fail("a name without =");
    ++column_;
    skip_blanks();
    if (line_.compare(column_, 1, "-") == 0) entry.remove = true;
    else entry.value = read_value();
    keys_.back().entries.push_back(std::move(entry));
  }

  void skip_blanks() {
    while (column_ < line_.size() && (line_[column_] == ' ' || line_[column_] == '\t')) ++column_;
  }

  // Behind the opening quote up to behind the closing one; a string may go over several lines.
  std::string quoted() {
    std::string text;
    for (++column_;; ++column_) {
      while (column_ >= line_.size()) {
        if (!next_line()) fail("a string without its closing quote");
        text += "\r\n";
        column_ = 0;
      }
      char c = line_[column_];
      if (c == '"') return ++column_, text;
      if (c == '\\' && column_ + 1 < line_.size()) {
        c = line_[++column_];
        if (c == 'n') c = '\n';
        else if (c == 'r') c = '\r';
        else if (c == 't') c = '\t';
      }
      text += c;
    }
  }

  bool take(std::string_view word) {
    if (base::lower(std::string_view(line_).substr(column_, word.size())) != word) return false;
    column_ += word.size();
    return true;
  }

  // "(2):" behind "hex" or "str"; `otherwise` where there is no number.
  std::int64_t type_of(std::int64_t otherwise) {
    if (take(":")) return otherwise;
    const std::size_t end = line_.find("):", column_);
    if (!take("(") || end == std::string::npos) fail("a type without :");
    const auto type = base::parse_number<std::uint32_t>(std::string_view(line_).substr(column_, end - column_), 16);
    if (!type) fail("a type that is not hexadecimal");
    column_ = end + 2;
    return *type;
  }

  RegistryValue read_value() {
    if (line_.compare(column_, 1, "\"") == 0) return sz_value(quoted());
    if (take("dword:")) return read_dword();
    if (take("hex")) return read_hex();
    if (take("str")) {  // of hivexregedit
      const std::int64_t type = type_of(reg::kSz);
      if (line_.compare(column_, 1, "\"") != 0) fail("a string without quotes");
      return sz_value(quoted(), type);
    }
    fail("neither a string, nor dword:, nor hex:");
  }

  RegistryValue read_dword() {
    const std::string_view word = base::trim(std::string_view(line_).substr(column_, line_.find(';', column_) - column_));
    const auto number = base::parse_number<std::uint32_t>(word, 16);
    if (!number) fail("a dword that is not hexadecimal, of eight digits at most");
    return dword_value(*number);
  }

  RegistryValue read_hex() {
    RegistryValue value;
    value.type = type_of(reg::kBinary);
    std::string digits;
    for (;;) {
      std::string_view part = base::trim(std::string_view(line_).substr(column_, line_.find(';', column_) - column_));
      const bool more = part.ends_with('\\');
      if (more) part.remove_suffix(1);
      digits.append(part).append(1, ',');
      if (!more || !next_line()) break;
      column_ = 0;
    }
    try {
      value.data = parse_hex(digits);
    } catch (const Error&) {
      fail("bytes that are not hexadecimal");
    }
    if (ansi_ && is_text(value.type)) value.data = to_utf16(decode_ansi(value.data));
    return value;
  }

  static bool is_text(std::int64_t type) {
    return type == reg::kSz || type == reg::kExpandSz || type == reg::kMultiSz;
  }

  static std::string decode_ansi(const std::string& bytes) {
    return is_utf8(bytes) ? bytes : from_latin1(bytes);
  }

  std::string text_;
  std::size_t at_ = 0;
  std::string line_;
  std::size_t column_ = 0;
  int number_ = 0;
  bool ansi_ = false;
  std::vector<RegKey> keys_;
};

std::int64_t apply_key(Registry& registry, const Registry::Key& key, const RegKey& wanted) {
  if (wanted.remove) return registry.remove_key(key) ? 1 : 0;
  std::int64_t changes = registry.make_key(key) ? 1 : 0;
  for (const RegEntry& entry : wanted.entries) {
    const bool changed =
        entry.remove ? registry.remove_value(key, entry.name) : registry.set(key, entry.name, entry.value);
    changes += changed ? 1 : 0;
  }
  return changes;
}

}  // namespace

std::vector<RegKey> parse_reg_file(std::string_view bytes) { return Parser(bytes).parse(); }

std::int64_t apply_reg_file(Registry& registry, const std::vector<RegKey>& keys) {
  std::vector<Registry::Key> places;
  for (const RegKey& key : keys) places.push_back(registry.key(key.key));
  std::int64_t changes = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) changes += apply_key(registry, places[i], keys[i]);
  return changes;
}

}  // namespace vmcraft::edit
