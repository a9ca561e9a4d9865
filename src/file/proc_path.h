// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::file {

/// A path of our own /proc that leads to exactly the file a descriptor stands for: for calls that
/// take no O_PATH descriptor. A symbolic link opened with O_NOFOLLOW is not followed.
inline std::string proc_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace vmcraft::file
