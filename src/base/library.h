// SPDX-License-Identifier: LGPL-3.0-or-later
// Shared libraries that are loaded with their first call, and what to say where one is missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::base {

/// A library that some actions need and that may not be installed.
struct KnownLibrary {
  const char* soname;
  const char* package;
  const char* needed_for;
  const char* group = "";  ///< feature group that is not there without it
};
const std::vector<KnownLibrary>& known_libraries();

/// Whether the loader finds it.
bool library_available(const char* soname);

/// "libhivex.so.0: REASON; it is in the package libhivex0", as far as that is known.
std::string missing_library_text(std::string_view soname, std::string_view reason);

}  // namespace vmcraft::base
