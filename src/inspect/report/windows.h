// SPDX-License-Identifier: LGPL-3.0-or-later
// What the registry of a Windows says for the sections that other systems have too.
#pragma once

#include "inspect/report/reader.h"

namespace vmcraft::inspect::report {

void put_windows(Reader& guest, Json& system);
Json read_windows_services(Reader& guest);
Json read_windows_network(Reader& guest);
/// Those with a profile, and those that the hive SAM names.
Json read_windows_users(Reader& guest);
/// The files of the task scheduler.
Json read_windows_tasks(Reader& guest);

/// The strings of a value of several, or of one; none where it is of another type.
std::vector<std::string> multi_text(const Hive& hive, Hive::Number node, const std::string& key);
/// Windows' time, 100 ns since 1601, as seconds since 1970.
std::int64_t unix_seconds(std::uint64_t windows_time);

}  // namespace vmcraft::inspect::report
