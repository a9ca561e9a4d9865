// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "file/progress.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

enum class Missing { is_error, is_fine };
void remove_file(const mount::GuestRoot& root, const std::string& path, Missing missing);
void remove_directory(const mount::GuestRoot& root, const std::string& path);
/// Removes whatever is there with all below it; nothing there is fine.
void remove_tree(const mount::GuestRoot& root, const std::string& path, const Progress& progress);

}  // namespace vmcraft::file
