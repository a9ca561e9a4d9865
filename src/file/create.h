// SPDX-License-Identifier: LGPL-3.0-or-later
// New files, directories and nodes. Their modes follow the session's umask, never the process's.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "file/session.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

/// Opens a regular file for writing, and creates it with `mode` less the umask where it is missing.
base::UniqueFd open_or_create(const mount::GuestRoot& root, const std::string& path, int flags,
                              const Session& session, mode_t mode = 0666);
/// Gives a new file the bits of `wanted` that the umask of the process took.
void restore_mode(int file, mode_t wanted, const std::string& object);

void make_directory(const mount::GuestRoot& root, const std::string& path, int mode,
                    const Session& session);
void make_directories(const mount::GuestRoot& root, const std::string& path,
                      const Session& session);
std::string make_unique_directory(const mount::GuestRoot& root, const std::string& pattern);
std::string make_unique_file(const mount::GuestRoot& root, const std::string& pattern,
                             const std::string& suffix);
/// `type` is one of the S_IF values; `mode` may carry the same type.
void make_node(const mount::GuestRoot& root, const std::string& path, mode_t type, int mode,
               int major, int minor, const Session& session);

enum class Replace { no, yes };
/// A link at the path; in it, under the target's last name, where the path is a directory.
void make_link(const mount::GuestRoot& root, const std::string& target, const std::string& path,
               Replace replace);
void make_symlink(const mount::GuestRoot& root, const std::string& target, const std::string& path,
                  Replace replace);

/// Throws EINVAL where a mode is outside 0 to `limit`.
mode_t checked_mode(int mode, int limit = 07777);

}  // namespace vmcraft::file
