// SPDX-License-Identifier: LGPL-3.0-or-later
// What a command returns, in a form that can be printed without knowing the action.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "vmcraft/types.h"

namespace vmcraft::shell {

/// Bytes that need not be text.
struct Buffer {
  std::string bytes;
};

/// A share of 100, absent where the action does not know it.
struct Percent {
  std::optional<float> value;
};

using FieldValue = std::variant<char, std::string, Buffer, std::int64_t, std::uint64_t, Percent>;

struct Field {
  const char* name;
  FieldValue value;
};

using Record = std::vector<Field>;
using Records = std::vector<Record>;

using Value =
    std::variant<std::monostate, std::int64_t, bool, std::string, std::optional<std::string>,
                 std::vector<std::string>, HashTable, Buffer, Record, Records>;

inline FieldValue field_char(char v) { return v; }
inline FieldValue field_string(const std::string& v) { return v; }
inline FieldValue field_device(const std::string& v) { return v; }
inline FieldValue field_uuid(const std::string& v) { return v; }
inline FieldValue field_buffer(const std::string& v) { return Buffer{v}; }
inline FieldValue field_uint32(std::uint32_t v) { return std::uint64_t{v}; }
inline FieldValue field_uint64(std::uint64_t v) { return v; }
inline FieldValue field_bytes(std::uint64_t v) { return v; }
inline FieldValue field_int32(std::int32_t v) { return std::int64_t{v}; }
inline FieldValue field_int64(std::int64_t v) { return v; }
inline FieldValue field_optpercent(const std::optional<float>& v) { return Percent{v}; }

}  // namespace vmcraft::shell
