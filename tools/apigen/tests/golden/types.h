// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmcraft {

/// Keys and values in the order the action found them.
using HashTable = std::vector<std::pair<std::string, std::string>>;

/// Two values.
struct Pair {
  std::string left;
  std::int64_t right{};
};

/// Optional arguments of GuestFS::do_thing.
struct DoThingOptions {
  std::optional<bool> deep{};
  std::optional<std::vector<std::string>> names{};
};

}  // namespace vmcraft
