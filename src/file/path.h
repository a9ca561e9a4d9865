// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mount/guest_root.h"

namespace vmcraft::file {

/// The text of a symbolic link; nothing where the name is none.
std::optional<std::string> read_link_at(int directory, const char* name);
/// Throws EINVAL where the path is no symbolic link.
std::string read_link(const mount::GuestRoot& root, const std::string& path);
/// Texts of the links of a directory; empty where a name is no link.
std::vector<std::string> read_links(const mount::GuestRoot& root, const std::string& directory,
                                    const std::vector<std::string>& names);
/// The absolute path with links, "." and ".." resolved; ELOOP after 40 links.
std::string real_path(const mount::GuestRoot& root, const std::string& path);
/// The path in the spelling of the disk; only its last component may be missing.
std::string case_sensitive_path(const mount::GuestRoot& root, const std::string& path);

/// The last component of a path: "b" of "/a/b/"; empty for the root.
std::string last_component(const std::string& path);
/// Throws ENOTDIR where the path has a slash at its end and names something that is no directory.
void refuse_slash(const mount::GuestRoot& root, const std::string& path);
/// Where something goes that is copied, moved or linked to `to`: into it where it is a directory.
std::string destination(const mount::GuestRoot& root, const std::string& from, const std::string& to);

}  // namespace vmcraft::file
