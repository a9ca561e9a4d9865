// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "file/session.h"
#include "file/status.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

void change_mode(const mount::GuestRoot& root, const std::string& path, int mode);
/// -1 leaves a number as it is.
void change_owner(const mount::GuestRoot& root, const std::string& path, int owner, int group,
                  Links links);

/// One argument pair of utimens: -1 nanoseconds mean now, -2 leave the time.
timespec time_argument(std::int64_t seconds, std::int64_t nanoseconds);
void change_times(const mount::GuestRoot& root, const std::string& path, timespec access,
                  timespec modification, Links links);

/// Sets the mask and returns the one before; EINVAL outside 0 to 0777.
int change_umask(Session& session, int mask);

struct AttributeSet {
  bool mode = false;
  bool owner = false;
  bool xattrs = false;
};
void copy_attributes(const mount::GuestRoot& root, const std::string& from, const std::string& to,
                     const AttributeSet& which);

// By any descriptor; 0, or errno.

int set_mode(int file, mode_t mode) noexcept;
int set_owner(int file, uid_t owner, gid_t group) noexcept;
int set_times(int file, timespec access, timespec modification) noexcept;

}  // namespace vmcraft::file
