// SPDX-License-Identifier: LGPL-3.0-or-later
// What is in a file: the whole, its lines, counts and dumps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "file/progress.h"
#include "file/region.h"

namespace vmcraft::file {

/// The whole content; EFBIG where it is more than a quarter of this machine's memory.
std::string read_all(const Region& region);
/// Lines without LF or CR LF.
std::vector<std::string> read_lines(const Region& region);

/// The first `count` lines; all but the last -count where it is negative.
std::vector<std::string> head(const Region& region, int count);
/// The last `count` lines; from line -count on where it is negative.
std::vector<std::string> tail(const Region& region, int count);

struct Counts {
  std::uint64_t lines = 0;
  std::uint64_t words = 0;
};
Counts count_text(const Region& region, const Progress& progress);
/// A count as the API returns it; EOVERFLOW where it does not fit.
int as_int(std::uint64_t count, const std::string& object);

bool equal(const Region& a, const Region& b, const Progress& progress);

/// As hexdump -C.
std::string hexdump(const Region& region);

/// Runs of four or more printable characters. Encodings as strings(1): s S b l B L.
std::vector<std::string> printable_strings(const Region& region, const std::string& encoding);

}  // namespace vmcraft::file
