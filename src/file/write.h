// SPDX-License-Identifier: LGPL-3.0-or-later
// The content of regular files: made, emptied, filled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "file/progress.h"
#include "file/session.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

void touch(const mount::GuestRoot& root, const std::string& path, const Session& session);
void truncate(const mount::GuestRoot& root, const std::string& path, std::int64_t size_bytes);
void allocate(const mount::GuestRoot& root, const std::string& path, std::int64_t size_bytes,
              const Session& session);
void write_content(const mount::GuestRoot& root, const std::string& path, std::string_view data,
                   const Session& session);
void append_content(const mount::GuestRoot& root, const std::string& path, std::string_view data,
                    const Session& session);
/// The first `size` bytes of the text; all of it for 0.
std::string_view text_prefix(std::string_view text, int size);
/// Fills a new file with the pattern, again and again.
void fill(const mount::GuestRoot& root, const std::string& path, std::string_view pattern,
          std::int64_t length, const Session& session, const Progress& progress);
/// A pattern of one byte; EINVAL outside 0 to 255.
std::string byte_pattern(int value);
void fill_directory(const mount::GuestRoot& root, const std::string& path, int count,
                    const Session& session);

}  // namespace vmcraft::file
