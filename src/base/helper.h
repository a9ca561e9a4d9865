// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace vmcraft::base {

/// Full path of one of our helper programs: in $VMCRAFT_LIBEXEC, beside this program or library, or
/// where they were installed; nothing where it is in none of these.
std::optional<std::string> find_own_program(const std::string& name);

/// The same; throws Error{not_supported} naming the places.
std::string own_program(const std::string& name);

/// Full path of one of our libraries that is not where the system looks for them.
std::optional<std::string> find_own_library(const std::string& name);

}  // namespace vmcraft::base
