// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "inspect/os.h"

namespace vmcraft::inspect {

/// Fills distribution, version and product name from the guest's release files: os-release, then
/// lsb-release, then each distribution's own. Leaves "unknown" where none says anything.
void read_release(const mount::GuestRoot& root, OperatingSystem& os);
/// The same from the text of an os-release file alone. False where it names no known system.
bool read_os_release(std::string_view text, OperatingSystem& os);
/// Package format and manager follow from distribution and version.
void set_packages(const mount::GuestRoot& root, OperatingSystem& os);

}  // namespace vmcraft::inspect
