// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "file/region.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

/// What kind of data a region holds, as file -zb says it.
std::string describe(const Region& region);
/// The same for a path; what is no regular file is named by its type and not opened.
std::string describe(const mount::GuestRoot& root, const std::string& path);
/// What the data of a compressed region is.
std::string describe_compressed(const Region& region, const std::string& method);

}  // namespace vmcraft::file
