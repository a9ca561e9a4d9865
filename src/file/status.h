// SPDX-License-Identifier: LGPL-3.0-or-later
// What the file system says of files, without opening them.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "file/progress.h"
#include "mount/guest_root.h"
#include "vmcraft/types.h"

namespace vmcraft::file {

enum class Links { keep, follow };

Stat to_stat(const mount::GuestRoot& root, const struct stat& st);
Statns to_statns(const mount::GuestRoot& root, const struct stat& st);

/// Throws ENOENT where there is nothing.
struct stat facts(const mount::GuestRoot& root, const std::string& path, Links links);
/// lstat of names of a directory; nothing where one does not exist.
std::vector<std::optional<struct stat>> facts_of_names(const mount::GuestRoot& root,
                                                       const std::string& directory,
                                                       const std::vector<std::string>& names);
std::vector<Stat> stat_list(const mount::GuestRoot& root, const std::string& directory,
                            const std::vector<std::string>& names);
std::vector<Statns> statns_list(const mount::GuestRoot& root, const std::string& directory,
                                const std::vector<std::string>& names);
Statvfs file_system_facts(const mount::GuestRoot& root, const std::string& path);

bool exists(const mount::GuestRoot& root, const std::string& path) noexcept;
/// True where the path is of the type, one of S_IF*.
bool is_type(const mount::GuestRoot& root, const std::string& path, mode_t type, Links links);

/// KiB on the disk, with everything below.
std::int64_t disk_usage(const mount::GuestRoot& root, const std::string& path,
                        const Progress& progress);

struct MountedOn {
  std::string device;
  std::string path;
};
enum class Units { kibibytes, readable };
/// A table of the space of file systems, for people.
std::string space_table(const mount::GuestRoot& root, const std::vector<MountedOn>& mounts,
                        Units units);

}  // namespace vmcraft::file
