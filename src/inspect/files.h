// SPDX-License-Identifier: LGPL-3.0-or-later
// Small looks into a guest: whatever is missing, too large or unreadable is simply not there.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::inspect {

using mount::GuestRoot;

bool is_directory(const GuestRoot& root, const std::string& path);
bool is_file(const GuestRoot& root, const std::string& path);
bool exists(const GuestRoot& root, const std::string& path);
/// Names in a directory, without "." and ".."; none where it is no directory.
std::vector<std::string> names_in(const GuestRoot& root, const std::string& folder);
/// Target of a symbolic link; empty where it is none.
std::string link_target(const GuestRoot& root, const std::string& path);
/// Content of a regular file of up to 4 MiB.
std::optional<std::string> content(const GuestRoot& root, const std::string& path);
/// Its first line without blanks around it.
std::optional<std::string> first_line(const GuestRoot& root, const std::string& path);
/// The path with each component as the guest spells it, whatever case was asked for.
std::optional<std::string> any_case(const GuestRoot& root, const std::string& path);

/// KEY=value lines as a shell reads them: quotes removed, comments passed over.
std::vector<std::pair<std::string, std::string>> shell_variables(std::string_view text);
/// The value of a variable; empty where it is not set.
std::string variable(const std::vector<std::pair<std::string, std::string>>& all,
                     std::string_view name);

/// Architecture of the first of the programs that exists: "x86_64", "i386", "aarch64" ...
std::optional<std::string> elf_architecture(const GuestRoot& root,
                                            const std::vector<std::string>& programs);
std::optional<std::string> elf_architecture(std::string_view header);
std::optional<std::string> pe_architecture(const GuestRoot& root, const std::string& path);
std::optional<std::string> pe_architecture(std::string_view head);

}  // namespace vmcraft::inspect
