// SPDX-License-Identifier: LGPL-3.0-or-later
// Bulk bytes between regions and streams, by the kernel's own means where both ends have them.
#pragma once

#include <cstdint>
#include <optional>

#include "base/stream.h"
#include "file/progress.h"
#include "file/region.h"
#include "file/session.h"

namespace vmcraft::file {

/// Sends up to `length` bytes from `position`, fewer where the region ends before. Returns how
/// many.
std::uint64_t send(const Region& from, std::uint64_t position, std::uint64_t length,
                   base::ByteSink& to, const Progress& progress);
/// Takes everything the source has to `position` of the region. The holes of a local file stay
/// holes where `onto_holes` says that the region reads as zeroes from there on.
void receive(base::ByteSource& from, const Region& to, std::uint64_t position, bool onto_holes,
             const Progress& progress);

struct CopySpec {
  std::uint64_t from_position = 0;
  std::uint64_t to_position = 0;
  std::optional<std::uint64_t> length{};  ///< up to the end of the source where not given
  bool sparse = false;                    ///< blocks of zeroes are left out
  bool onto_holes = false;                ///< the destination reads as zeroes already
};
/// Copies between regions. A source that is shorter than the length is an error; a file grows.
void copy(const Region& from, const Region& to, const CopySpec& spec, const Progress& progress);

/// Reads up to `length` bytes at `position`.
std::string read_part(const Region& region, std::int64_t length, std::int64_t position);
/// Writes as much of `data` as the region takes and returns how much that was.
int write_part(const Region& region, std::string_view data, std::int64_t position);

bool is_zero(const Region& region, const Progress& progress);
/// Makes `length` bytes from the start read as zeroes, writing only what is not zero.
void make_zero(const Region& region, std::uint64_t length, const Progress& progress);

/// A regular file to write bulk data to: created with 0666 less the umask where it is missing.
/// Truncating refuses the file that `source` is read from.
enum class Existing { keep, truncate };
Region target_region(const mount::GuestRoot& root, const std::string& path, const Session& session,
                     Existing existing, const Region* source = nullptr);

/// The value of an offset or length that a caller gave; EINVAL where it is negative.
std::uint64_t not_negative(std::int64_t value, const char* name);

}  // namespace vmcraft::file
