// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::test {

/// The bytes of a registry hive that has nothing but its root key.
std::string empty_hive();

/// Makes a hive at `path` by hivexsh, from the commands.
void make_hive(const std::string& path, const std::string& commands);

}  // namespace vmcraft::test
