// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "vmcraft/error.h"
#include "vmcraft/guestfs.h"
#include "vmcraft/types.h"

namespace vmcraft {

/// "0.1.0"
VMCRAFT_API const char* library_version() noexcept;

/// The whole API as JSON: each action with its group, arguments, result and engine.
VMCRAFT_API std::string_view api_json() noexcept;

/// What each engine can do on this machine and what is missing, as JSON.
VMCRAFT_API std::string doctor_report();

}  // namespace vmcraft
