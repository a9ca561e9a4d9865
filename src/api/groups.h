// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace vmcraft::api {

/// Feature groups of all declared actions, sorted; generated.
std::vector<std::string> declared_groups();

}  // namespace vmcraft::api
