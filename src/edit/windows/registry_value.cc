// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/registry_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "edit/windows/utf16.h"

namespace vmcraft::edit {
namespace {

constexpr std::array kTypeNames = std::to_array<std::string_view>(
    {"none", "sz", "expand_sz", "binary", "dword", "dword_be", "link", "multi_sz", "resource_list",
     "full_resource_descriptor", "resource_requirements_list", "qword"});
constexpr std::string_view kHex = "hex:";
constexpr std::string_view kEnd("\0\0", 2);

template <typename T>
std::optional<T> any_number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  return hexadecimal ? base::parse_number<T>(text.substr(2), 16) : base::parse_number<T>(text);
}

template <typename Stored>
std::string stored(std::uint64_t number) {
  const Stored value(static_cast<decltype(Stored() + 0U)>(number));
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

template <typename Stored>
std::uint64_t number_of(std::string_view bytes) {
  Stored value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Bytes up to the first unit of zero.
std::size_t text_end(std::string_view data, std::size_t from) {
  std::size_t at = from;
  while (at + 1 < data.size() && (data[at] != '\0' || data[at + 1] != '\0')) at += 2;
  return at;
}

std::uint64_t parse_integer(std::string_view text, std::uint64_t largest) {
  const auto number = any_number<std::uint64_t>(base::trim(text));
  if (!number) base::throw_invalid(text, "not a number");
  if (*number > largest) base::throw_invalid(text, fmt::format("larger than {}", largest));
  return *number;
}

std::string parse_list(const std::string& text) {
  std::vector<std::string> lines = base::split_lines(text);
  for (const std::string& line : lines)
    if (line.empty()) base::throw_invalid("multi_sz", "an empty string would end the list");
  return multi_sz_value(lines).data;
}

}  // namespace

std::int64_t registry_type(std::string_view name) {
  std::string wanted = base::lower(name);
  if (wanted.starts_with("reg_")) wanted.erase(0, 4);
  if (wanted == "string") wanted = "sz";
  if (wanted == "dword_big_endian") wanted = "dword_be";
  if (wanted == "dword_little_endian") wanted = "dword";
  if (wanted == "qword_little_endian") wanted = "qword";
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), wanted);
  if (found != kTypeNames.end()) return found - kTypeNames.begin();
  const auto number = any_number<std::uint32_t>(wanted);
  if (!number)
    base::throw_invalid(name, fmt::format("not a type of the registry; it has {}", fmt::join(kTypeNames, ", ")));
  return *number;
}

std::string registry_type_name(std::int64_t type) {
  const auto index = static_cast<std::size_t>(type);
  return index < kTypeNames.size() ? std::string(kTypeNames[index]) : fmt::format("0x{:x}", index);
}

RegistryValue sz_value(std::string_view text, std::int64_t type) {
  return {type, to_utf16(text).append(kEnd)};
}

RegistryValue multi_sz_value(const std::vector<std::string>& texts) {
  std::string data;
  for (const std::string& text : texts) data.append(to_utf16(text)).append(kEnd);
  return {reg::kMultiSz, data.append(kEnd)};
}

RegistryValue dword_value(std::uint32_t number) { return {reg::kDword, stored<base::Le32>(number)}; }

RegistryValue binary_value(std::string data) { return {reg::kBinary, std::move(data)}; }

std::vector<std::string> multi_sz_texts(std::string_view data) {
  std::vector<std::string> texts;
  for (std::size_t at = 0; at + 1 < data.size();) {
    const std::size_t end = text_end(data, at);
    if (end == at) break;
    texts.push_back(from_utf16(data.substr(at, end - at)));
    at = end + 2;
  }
  return texts;
}

RegistryValue parse_registry_value(std::int64_t type, const std::string& text) {
  if (text.starts_with(kHex)) return {type, parse_hex(std::string_view(text).substr(kHex.size()))};
  switch (type) {
    case reg::kSz:
    case reg::kExpandSz: return sz_value(text, type);
    case reg::kLink: return {type, to_utf16(text)};  // links have no terminator
    case reg::kMultiSz: return {type, parse_list(text)};
    case reg::kDword: return {type, stored<base::Le32>(parse_integer(text, UINT32_MAX))};
    case reg::kDwordBigEndian: return {type, stored<base::Be32>(parse_integer(text, UINT32_MAX))};
    case reg::kQword: return {type, stored<base::Le64>(parse_integer(text, UINT64_MAX))};
    default: return {type, parse_hex(text)};
  }
}

std::string show_registry_value(const RegistryValue& value) {
  const std::string& data = value.data;
  switch (value.type) {
    case reg::kSz:
    case reg::kExpandSz:
    case reg::kLink:
      if (data.size() % 2 == 0) {
        std::string text = from_utf16(std::string_view(data).substr(0, text_end(data, 0)));
        if (!text.starts_with(kHex)) return text;
      }
      break;
    case reg::kMultiSz:
      if (data.size() % 2 == 0) return fmt::format("{}", fmt::join(multi_sz_texts(data), "\n"));
      break;
    case reg::kDword:
      if (data.size() == 4) return std::to_string(number_of<base::Le32>(data));
      break;
    case reg::kDwordBigEndian:
      if (data.size() == 4) return std::to_string(number_of<base::Be32>(data));
      break;
    case reg::kQword:
      if (data.size() == 8) return std::to_string(number_of<base::Le64>(data));
      break;
    default: return show_hex(data);
  }
  return std::string(kHex) + show_hex(data);
}

std::string parse_hex(std::string_view text) {
  std::string data;
  for (std::size_t at = 0; at < text.size();) {
    if (std::string_view(" \t\r\n,:").find(text[at]) != std::string_view::npos) {
      ++at;
      continue;
    }
    const auto byte = base::parse_number<std::uint8_t>(text.substr(at, 2), 16);
    if (!byte || at + 1 == text.size()) base::throw_invalid(text.substr(at, 2), "not two hexadecimal digits");
    data += static_cast<char>(*byte);
    at += 2;
  }
  return data;
}

std::string show_hex(std::string_view data) {
  std::string text;
  for (const char c : data) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace vmcraft::edit
