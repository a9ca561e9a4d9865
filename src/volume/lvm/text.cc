// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/lvm/text.h"

#include <cctype>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::volume::lvm {
namespace {

constexpr int kDeepest = 16;  // LVM itself nests three deep
// Each takes up to two hundred bytes of memory, however short it is in the text.
constexpr std::size_t kMostItems = std::size_t{4} << 20U;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Section parse() {
    Section top;
    while (skip_blanks()) statement(top, 0);
    return top;
  }

 private:
  [[noreturn]] void fail(const char* reason) const {
    base::throw_corrupt("lvm metadata", std::string(reason) + " at offset " + std::to_string(at_));
  }

  // Moves to the next token; false at the end. A NUL ends the text, as LVM pads with them.
  bool skip_blanks() {
    while (at_ < text_.size() && text_[at_] != '\0') {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      else if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      else return true;
    }
    return false;
  }

  char next(const char* reason) {
    if (!skip_blanks()) fail(reason);
    return text_[at_];
  }

  std::string word() {
    const std::size_t start = at_;
    const auto is_word = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
             c == '.' || c == '+' || c == '/' || c == '@';
    };
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    if (at_ == start) fail("unexpected character");
    return std::string(text_.substr(start, at_ - start));
  }

  void count() {
    if (++items_ > kMostItems) fail("too many values");
  }

  void statement(Section& section, int depth) {
    count();
    const std::string key = word();
    const char sign = next("end of the text after a key");
    ++at_;
    if (sign == '{') {
      if (depth >= kDeepest) fail("sections are nested too deep");
      auto inner = std::make_unique<Section>();
      while (next("section is not closed") != '}') statement(*inner, depth + 1);
      ++at_;
      section.sections[key] = std::move(inner);
    } else if (sign == '=') {
      section.values[key] = value();
    } else {
      fail("neither '=' nor '{' after a key");
    }
  }

  std::vector<Scalar> value() {
    if (next("value is missing") != '[') return {scalar()};
    ++at_;
    std::vector<Scalar> list;
    while (next("list is not closed") != ']') {
      count();
      list.push_back(scalar());
      if (next("list is not closed") == ',') ++at_;
    }
    ++at_;
    return list;
  }

  Scalar scalar() {
    if (next("value is missing") == '"') return quoted();
    const std::string text = word();
    if (const auto integer = base::parse_number<std::int64_t>(text)) return *integer;
    char* end = nullptr;
    const double real = std::strtod(text.c_str(), &end);
    if (*end != '\0') fail("value is neither number nor string");
    return real;
  }

  std::string quoted() {
    std::string result;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      result += text_[at_];
    }
    if (at_ >= text_.size()) fail("string is not closed");
    ++at_;
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t items_ = 0;
};

template <typename T>
std::optional<T> first(const Section& section, std::string_view key) {
  const auto found = section.values.find(key);
  if (found == section.values.end() || found->second.empty()) return std::nullopt;
  const T* value = std::get_if<T>(&found->second.front());
  if (value == nullptr) return std::nullopt;
  return *value;
}

}  // namespace

std::optional<std::int64_t> Section::number(std::string_view key) const {
  return first<std::int64_t>(*this, key);
}

std::optional<std::string> Section::text(std::string_view key) const {
  return first<std::string>(*this, key);
}

std::vector<std::string> Section::texts(std::string_view key) const {
  std::vector<std::string> result;
  const auto found = values.find(key);
  if (found == values.end()) return result;
  for (const Scalar& item : found->second)
    if (const auto* text = std::get_if<std::string>(&item)) result.push_back(*text);
  return result;
}

const Section* Section::section(std::string_view key) const {
  const auto found = sections.find(key);
  return found == sections.end() ? nullptr : found->second.get();
}

Section parse_text(std::string_view text) { return Parser(text).parse(); }

}  // namespace vmcraft::volume::lvm
