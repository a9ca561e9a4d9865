// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/arguments.h"

#include <algorithm>
#include <limits>

#include "shell/command.h"
#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

[[noreturn]] void bad_value(const char* name, const std::string& text, const char* reason) {
  throw UsageError(std::string(name) + ": '" + text + "': " + reason);
}

std::int64_t number(const char* name, const std::string& text, std::int64_t low,
                    std::int64_t high) {
  const auto value = parse_size(text);
  if (!value) bad_value(name, text, "not a number (decimal, 0x hex, 0 octal; suffix K, M, G, ...)");
  if (*value < low || *value > high) bad_value(name, text, "number is out of range");
  return *value;
}

int to_int(const char* name, const std::string& text) {
  using Limits = std::numeric_limits<int>;
  return static_cast<int>(number(name, text, Limits::min(), Limits::max()));
}

std::int64_t to_int64(const char* name, const std::string& text) {
  using Limits = std::numeric_limits<std::int64_t>;
  return number(name, text, Limits::min(), Limits::max());
}

bool to_bool(const char* name, const std::string& text) {
  const auto value = parse_boolean(text);
  if (!value) bad_value(name, text, "not a boolean (true or false)");
  return *value;
}

}  // namespace

std::size_t required_words(std::span<const Param> params) {
  return static_cast<std::size_t>(std::count_if(
      params.begin(), params.end(), [](const Param& p) { return p.kind != Kind::k_key; }));
}

Arguments::Arguments(const Command& command, std::vector<std::string> words)
    : command_(command), words_(std::move(words)) {
  for (std::size_t i = command.params.size(); i < words_.size(); ++i) add_option(words_[i]);
}

void Arguments::add_option(const std::string& word) {
  for (const Param& p : command_.optparams) {
    const std::string prefix = std::string(p.name) + ":";
    if (!word.starts_with(prefix)) continue;
    if (option(p.name) != nullptr)
      throw UsageError(std::string("optional argument '") + p.name + "' is given more than once");
    options_.emplace_back(p.name, word.substr(prefix.size()));
    return;
  }
  throw UsageError("unknown optional argument '" + word + "'");
}

const char* Arguments::name_of(std::size_t number) const { return command_.params[number].name; }

const std::string* Arguments::option(const char* name) const {
  for (const auto& [known, value] : options_)
    if (std::string_view(known) == name) return &value;
  return nullptr;
}

std::optional<std::string> Arguments::optstring(std::size_t number) const {
  if (words_.at(number) == "null") return std::nullopt;
  return words_.at(number);
}

std::vector<std::string> Arguments::stringlist(std::size_t number) const {
  return parse_string_list(words_.at(number));
}

int Arguments::int32(std::size_t number) const {
  return to_int(name_of(number), words_.at(number));
}

std::int64_t Arguments::int64(std::size_t number) const {
  return to_int64(name_of(number), words_.at(number));
}

bool Arguments::boolean(std::size_t number) const {
  return to_bool(name_of(number), words_.at(number));
}

void Arguments::optional(const char* name, std::optional<std::string>& value) const {
  if (const std::string* text = option(name)) value = *text;
}

void Arguments::optional(const char* name, std::optional<bool>& value) const {
  if (const std::string* text = option(name)) value = to_bool(name, *text);
}

void Arguments::optional(const char* name, std::optional<int>& value) const {
  if (const std::string* text = option(name)) value = to_int(name, *text);
}

void Arguments::optional(const char* name, std::optional<std::int64_t>& value) const {
  if (const std::string* text = option(name)) value = to_int64(name, *text);
}

void Arguments::optional(const char* name, std::optional<std::vector<std::string>>& value) const {
  if (const std::string* text = option(name)) value = parse_string_list(*text);
}

}  // namespace vmcraft::shell
