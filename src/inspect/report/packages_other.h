// SPDX-License-Identifier: LGPL-3.0-or-later
// Databases of packages that are folders, or lists that belong to one distribution.
#pragma once

#include <span>
#include <vector>

#include "inspect/packages.h"
#include "inspect/report/reader.h"

namespace vmcraft::inspect::report {

struct OtherDatabase {
  const char* format;
  const char* path;
  std::vector<Package> (*list)(Reader& guest, const std::string& path);
};
std::span<const OtherDatabase> other_databases();

/// xbps' database, a property list; throws Error{corrupt} where it is none.
std::vector<Package> parse_xbps(std::string_view plist, const std::string& object);
/// "name-1.2-3" into name and version, which begins behind the first or the last dash with a digit after it.
enum class Dash { first, last };
std::pair<std::string, std::string> split_name_version(std::string_view text, Dash dash);

}  // namespace vmcraft::inspect::report
