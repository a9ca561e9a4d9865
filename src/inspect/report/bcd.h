// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "inspect/report/reader.h"

namespace vmcraft::inspect::report {

/// The boot configuration data of Windows: default, timeout, and the entries with what each starts.
/// Throws Error where the file is no hive.
Json parse_bcd(const mount::GuestRoot& root, const std::string& path);

}  // namespace vmcraft::inspect::report
