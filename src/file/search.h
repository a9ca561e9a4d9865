// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "file/progress.h"
#include "file/region.h"

namespace vmcraft::file {

struct SearchSpec {
  bool extended = false;     ///< POSIX extended expression, else basic
  bool fixed = false;        ///< plain text; not together with extended
  bool insensitive = false;  ///< case of ASCII letters does not matter
  bool compressed = false;   ///< the content is decompressed first
};

/// Lines that match one of the patterns, which newlines separate.
std::vector<std::string> search(const Region& region, const std::string& patterns,
                                const SearchSpec& spec, const Progress& progress);

}  // namespace vmcraft::file
