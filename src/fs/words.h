// SPDX-License-Identifier: LGPL-3.0-or-later
// Words of a command line from optional values.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::fs {

class Words {
 public:
  Words(std::initializer_list<std::string> words) : words_(words) {}

  /// `option` where it is true.
  void flag(const char* option, const std::optional<bool>& value) {
    if (value.value_or(false)) words_.emplace_back(option);
  }
  /// `option value`.
  void text(const char* option, const std::optional<std::string>& value) {
    if (value) add({option, *value});
  }
  /// `option value`; `name` is the value's in errors.
  template <std::integral Number>
  void number(const char* option, const char* name, const std::optional<Number>& value) {
    if (value) add({option, not_negative(name, *value)});
  }
  void add(std::initializer_list<std::string> words) {
    words_.insert(words_.end(), words.begin(), words.end());
  }
  std::vector<std::string> take() { return std::move(words_); }

  template <std::integral Number>
  static std::string not_negative(const char* name, Number value) {
    if (value < 0) base::throw_invalid(name, "must not be negative");
    return std::to_string(value);
  }

 private:
  std::vector<std::string> words_;
};

/// Values of one option, parted by commas: -E stride=4,resize=100.
class CommaList {
 public:
  explicit CommaList(const char* option) : option_(option) {}

  template <std::integral Number>
  void number(const char* key, const char* name, const std::optional<Number>& value) {
    if (value) items_.push_back(std::string(key) + "=" + Words::not_negative(name, *value));
  }
  /// key=1 or key=0.
  void digit(const char* key, const std::optional<bool>& value) {
    if (value) items_.push_back(std::string(key) + (*value ? "=1" : "=0"));
  }
  /// name, or ^name.
  void feature(const char* name, const std::optional<bool>& value) {
    if (value) items_.push_back((*value ? "" : "^") + std::string(name));
  }
  void add(std::string item) { items_.push_back(std::move(item)); }
  void end(Words& words) const {
    if (!items_.empty()) words.add({option_, base::join(items_, ",")});
  }

 private:
  const char* option_;
  std::vector<std::string> items_;
};

}  // namespace vmcraft::fs
