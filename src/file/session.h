// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/types.h>

namespace vmcraft::file {

/// What file actions keep between calls of one handle.
struct Session {
  mode_t umask = 022;  ///< permission bits that new files do not get
};

}  // namespace vmcraft::file
