// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "inspect/os.h"

namespace vmcraft::inspect {

struct IconWish {
  bool favicon = true;
  bool high_quality = false;
};

/// A PNG out of the guest, or nothing: an empty string.
std::string find_icon(const mount::GuestRoot& root, const OperatingSystem& os, const IconWish& wish);

}  // namespace vmcraft::inspect
