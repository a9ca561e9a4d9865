// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcraft::inspect::report {

/// A section of a file with [sections] and key=value lines; both may come several times.
struct IniSection {
  std::string name;
  std::vector<std::pair<std::string, std::string>> values;

  /// The last value of a key, or nothing: an empty string.
  std::string value(std::string_view key) const;
  std::vector<std::string> all(std::string_view key) const;
};

/// As systemd's units and NetworkManager's keyfiles: '#' and ';' begin comments, a backslash at the end
/// goes on in the next line. Lines that are none of these are passed over.
std::vector<IniSection> parse_ini(std::string_view text);
/// The first section of the name; an empty one where there is none.
const IniSection& section(const std::vector<IniSection>& all, std::string_view name);

}  // namespace vmcraft::inspect::report
