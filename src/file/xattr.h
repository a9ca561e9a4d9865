// SPDX-License-Identifier: LGPL-3.0-or-later
// Extended attributes, POSIX ACLs and capabilities.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "file/status.h"
#include "mount/guest_root.h"
#include "vmcraft/types.h"

namespace vmcraft::file {

// By any descriptor, O_PATH ones of links and devices among them.

/// Nothing where there is no such attribute or the file system has none.
std::optional<std::string> get_xattr(int file, const std::string& name);
std::vector<std::string> xattr_names(int file);
/// 0, or errno.
int set_xattr(int file, const std::string& name, std::string_view value) noexcept;
/// Copies what the other file system takes.
void copy_xattrs(int from, int to);

std::string get_xattr(const mount::GuestRoot& root, const std::string& path,
                      const std::string& name, Links links);
std::vector<Xattr> get_xattrs(const mount::GuestRoot& root, const std::string& path, Links links);
void set_xattr(const mount::GuestRoot& root, const std::string& path, const std::string& name,
               const std::string& value, int length, Links links);
void remove_xattr(const mount::GuestRoot& root, const std::string& path, const std::string& name,
                  Links links);
/// For each name an element without name that holds the number of attributes, or nothing where
/// they cannot be read, and then the attributes.
std::vector<Xattr> xattr_list(const mount::GuestRoot& root, const std::string& directory,
                              const std::vector<std::string>& names);

/// Long text form with numbers for owners. `type` is "access" or "default".
std::string get_acl(const mount::GuestRoot& root, const std::string& path, const std::string& type);
void set_acl(const mount::GuestRoot& root, const std::string& path, const std::string& type,
             const std::string& text);
void delete_default_acl(const mount::GuestRoot& root, const std::string& path);
/// Sets an ACL by descriptor; false where the text is none or the file system takes none.
bool set_acl(int file, bool is_default, const std::string& text);
std::optional<std::string> get_acl(int file, bool is_default);
/// True where the file has more than its permission bits say.
bool has_extended_acl(int file);

std::string get_capabilities(const mount::GuestRoot& root, const std::string& path);
void set_capabilities(const mount::GuestRoot& root, const std::string& path,
                      const std::string& text);

}  // namespace vmcraft::file
