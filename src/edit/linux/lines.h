// SPDX-License-Identifier: LGPL-3.0-or-later
// Small changes of files that customizing a guest knows.
#pragma once

#include <string>
#include <string_view>

#include "mount/guest_root.h"

namespace vmcraft::edit {

/// The text with a line more, whose end, and the one its last line may lack, is that of the first line.
std::string with_line(std::string_view text, std::string_view line);
void append_line(const mount::GuestRoot& root, const std::string& path, const std::string& line);

/// Empties all regular files below a folder; links are not followed.
void truncate_recursive(const mount::GuestRoot& root, const std::string& path);

}  // namespace vmcraft::edit
