// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::edit {

/// Types of values, as Windows numbers them.
namespace reg {
inline constexpr std::int64_t kNone = 0;
inline constexpr std::int64_t kSz = 1;
inline constexpr std::int64_t kExpandSz = 2;
inline constexpr std::int64_t kBinary = 3;
inline constexpr std::int64_t kDword = 4;
inline constexpr std::int64_t kDwordBigEndian = 5;
inline constexpr std::int64_t kLink = 6;
inline constexpr std::int64_t kMultiSz = 7;
inline constexpr std::int64_t kResourceList = 8;
inline constexpr std::int64_t kQword = 11;
}  // namespace reg

/// A value's type and its bytes as they are in a hive.
struct RegistryValue {
  std::int64_t type = reg::kNone;
  std::string data;
  bool operator==(const RegistryValue&) const = default;
};

/// "sz", "REG_SZ" in any case, or a number; throws EINVAL for others.
std::int64_t registry_type(std::string_view name);
/// "sz", "dword" ...; a number in hexadecimal where the type has no name.
std::string registry_type_name(std::int64_t type);

RegistryValue sz_value(std::string_view text, std::int64_t type = reg::kSz);
RegistryValue multi_sz_value(const std::vector<std::string>& texts);
RegistryValue dword_value(std::uint32_t number);
RegistryValue binary_value(std::string data);

/// The strings of a list; what a missing end leaves of the last one counts.
std::vector<std::string> multi_sz_texts(std::string_view data);

/// A value of its written form: text as it is; lists with one string a line; numbers in decimal, or in
/// hexadecimal after 0x; other types as pairs of hexadecimal digits, with blanks or commas between
/// them. Any type is also taken as "hex:" and such pairs. Throws EINVAL.
RegistryValue parse_registry_value(std::int64_t type, const std::string& text);
/// The written form, which parse_registry_value() takes back; "hex:..." where the bytes are not of the
/// type. A string ends at its first zero.
std::string show_registry_value(const RegistryValue& value);

/// Pairs of hexadecimal digits; anything of blanks, commas and colons between them. Throws EINVAL.
std::string parse_hex(std::string_view text);
std::string show_hex(std::string_view data);

}  // namespace vmcraft::edit
