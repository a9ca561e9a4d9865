// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "inspect/os.h"

namespace vmcraft::inspect {

/// libosinfo's short id, such as "debian12"; "unknown" where the system has none.
std::string osinfo_id(const OperatingSystem& os);

}  // namespace vmcraft::inspect
