// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace vmcraft::inspect::report {

/// The first document of a YAML text, by libyaml, as JSON: plain scalars that are true, false, null or
/// whole numbers become such, all others are strings. Null for an empty text. Throws Error{corrupt} for what
/// is no YAML, is nested deeper than 64, or is larger than a million nodes when its aliases are followed.
nlohmann::ordered_json parse_yaml(std::string_view text, const std::string& object);

}  // namespace vmcraft::inspect::report
