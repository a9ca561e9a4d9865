// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "handle/handle.h"

namespace vmcraft::handle {

/// One subcommand of debug; throws Error{invalid_argument} for one that is not there.
std::string debug(Handle& handle, const std::string& subcommand, const std::vector<std::string>& words);

}  // namespace vmcraft::handle
