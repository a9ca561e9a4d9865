// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>

#include "shell/print.h"

namespace vmcraft::shell {
namespace {

/// Length of the UTF-8 sequence at the start of `text`, 0 where it is not valid.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  const unsigned second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool beyond = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8U | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      text += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63U];
  }
  return text;
}

std::string list_text(const std::vector<std::string>& items, char open, char close) {
  return fmt::format("{}{}{}", open, fmt::join(items, ", "), close);
}

struct JsonField {
  std::string operator()(char v) const { return json_string(std::string(1, v)); }
  std::string operator()(const std::string& v) const { return json_string(v); }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(std::uint64_t v) const { return std::to_string(v); }
  std::string operator()(const Buffer& v) const { return json_string(v.bytes); }
  std::string operator()(const Percent& v) const {
    return v.value ? fmt::format("{}", *v.value) : "null";
  }
};

struct JsonValue {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(const std::string& v) const { return json_string(v); }
  std::string operator()(const Buffer& v) const { return json_string(v.bytes); }
  std::string operator()(const std::optional<std::string>& v) const {
    return v ? json_string(*v) : "null";
  }
  std::string operator()(const std::vector<std::string>& v) const {
    std::vector<std::string> items;
    for (const std::string& item : v) items.push_back(json_string(item));
    return list_text(items, '[', ']');
  }
  std::string operator()(const HashTable& v) const {
    std::vector<std::string> items;
    for (const auto& [key, value] : v) items.push_back(json_key(key) + ": " + json_string(value));
    return list_text(items, '{', '}');
  }
  std::string operator()(const Record& v) const {
    std::vector<std::string> items;
    for (const Field& field : v)
      items.push_back(fmt::format("\"{}\": {}", field.name, std::visit(JsonField{}, field.value)));
    return list_text(items, '{', '}');
  }
  std::string operator()(const Records& v) const {
    std::vector<std::string> items;
    for (const Record& record : v) items.push_back((*this)(record));
    return list_text(items, '[', ']');
  }

 private:
  /// A key must be a string: bytes that are not UTF-8 stand in it as base64.
  static std::string json_key(const std::string& key) {
    return is_utf8(key) ? json_string(key) : json_string("base64:" + base64(key));
  }
};

}  // namespace

std::string json_string(std::string_view text) {
  if (!is_utf8(text)) return "{\"base64\": \"" + base64(text) + "\"}";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\u{:04x}", c);
    else out += c;
  }
  return out + "\"";
}

std::string json_text(const Value& value) { return std::visit(JsonValue{}, value); }

}  // namespace vmcraft::shell
