// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/stream.h"
#include "file/progress.h"
#include "mount/guest_root.h"
#include "vmcraft/types.h"

namespace vmcraft::file {

/// Names of a directory without "." and "..", sorted by bytes.
std::vector<std::string> list_names(const mount::GuestRoot& root, const std::string& path);
/// The same, each with a NUL behind it.
void list_names(const mount::GuestRoot& root, const std::string& path, base::ByteSink& out);

/// As `ls -la` shows a directory, or with a column of SELinux labels.
enum class Labels { hide, show };
std::string long_listing(const mount::GuestRoot& root, const std::string& path, Labels labels);

std::vector<Dirent> directory_entries(const mount::GuestRoot& root, const std::string& path,
                                      const Progress& progress);

/// Paths of everything below a directory, relative to it, sorted by bytes.
std::vector<std::string> find(const mount::GuestRoot& root, const std::string& path,
                              const Progress& progress);
/// The same in the order of the walk, each with a NUL behind it.
void find(const mount::GuestRoot& root, const std::string& path, base::ByteSink& out,
          const Progress& progress);

/// Files and links with a modification time at or after an ISO 8601 date; absolute paths, sorted.
std::vector<std::string> find_modified_since(const mount::GuestRoot& root, const std::string& date,
                                             const Progress& progress);
/// Seconds and nanoseconds since the epoch; EINVAL for what is no date.
timespec parse_date(const std::string& text);

/// Existing paths that match a shell pattern, sorted.
std::vector<std::string> expand_pattern(const mount::GuestRoot& root, const std::string& pattern,
                                        bool directory_slash);

}  // namespace vmcraft::file
