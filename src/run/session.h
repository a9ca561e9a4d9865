// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::run {

/// What programs of the guest are started with, kept between calls of one handle.
struct Session {
  std::string context;  ///< SELinux; empty: that of this process
};

}  // namespace vmcraft::run
