// SPDX-License-Identifier: LGPL-3.0-or-later
// Copying and moving within the guest.
#pragma once

#include <string>

#include "file/progress.h"
#include "file/session.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

/// A regular file and its mode; links are followed, and a directory at `to` is copied into.
void copy_file(const mount::GuestRoot& root, const std::string& from, const std::string& to,
               const Session& session, const Progress& progress);

enum class Keep {
  mode,  ///< permission bits only
  all,   ///< owners, times, extended attributes and hard links too
};
/// Anything with all below it; links are copied as links, and a directory at `to` is copied into.
void copy_tree(const mount::GuestRoot& root, const std::string& from, const std::string& to,
               Keep keep, const Progress& progress);

/// Renames, or copies and removes between file systems. A directory at `to` is moved into.
void move(const mount::GuestRoot& root, const std::string& from, const std::string& to,
          const Progress& progress);
void rename(const mount::GuestRoot& root, const std::string& from, const std::string& to);

}  // namespace vmcraft::file
