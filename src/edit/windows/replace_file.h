// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "mount/guest_root.h"

namespace vmcraft::edit {

/// Makes a file, or gives one another content, at once: what `fill` writes goes to a new file of the same
/// folder, which is synced and takes the name. After a crash there is the old file or the new one. Owner,
/// mode and Windows' rights stay those of the old file. The folder must exist.
void replace_file(const mount::GuestRoot& root, const std::string& path, const std::function<void(int fd)>& fill,
                  mode_t mode = 0644);
void replace_file(const mount::GuestRoot& root, const std::string& path, std::string_view content);
/// Copies a file to another name in the same way.
void copy_file(const mount::GuestRoot& root, const std::string& from, const std::string& to);

/// The path with what exists as the guest spells it, and the rest as it was asked for.
std::string spelled(const mount::GuestRoot& root, const std::string& path);
/// Makes the folder and those above it that are missing; returns it as the guest spells it.
std::string make_folder(const mount::GuestRoot& root, const std::string& path);

/// Copies the bytes of one descriptor, from its start, to where the other stands.
void copy_bytes(int from, int to);

}  // namespace vmcraft::edit
