// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::test {

/// A row of the table of what was run and what came out, which is printed after all tests.
void report(const std::string& row);

}  // namespace vmcraft::test
