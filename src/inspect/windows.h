// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/os.h"

namespace vmcraft::inspect {

/// The folder of Windows as the guest spells it, "/Windows"; empty where there is none.
std::string windows_systemroot(const mount::GuestRoot& root);

/// Fills version, product, host name, drive letters and so on from the registry below the Windows
/// folder. What the registry does not say, or says wrong, is left as it was.
void read_windows_registry(const mount::GuestRoot& root, OperatingSystem& os);

/// The partition that a value of MountedDevices means; nothing where it is none of a disk.
std::optional<DriveLetter> parse_mounted_device(std::string_view key, std::string_view data);

}  // namespace vmcraft::inspect
