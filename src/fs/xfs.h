// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

/// What xfs_info(8) prints, as "section.field" and value; the word that a section begins with is
/// the value of the section's own name.
HashTable parse_xfs_info(const std::string& text);
/// The same for a mounted file system, from the kernel. `device` is the name to show.
HashTable mounted_xfs_info(int directory, const std::string& object, const std::string& device);

/// One number of the table; throws Error{corrupt} where it is missing.
std::uint64_t xfs_number(const HashTable& info, const std::string& key, const std::string& object);
/// The table in the form of the older call; what is missing is -1 or empty.
Xfsinfo xfs_struct(const HashTable& info);

std::vector<std::string> xfs_admin_command(const XfsAdminOptions& options);
/// Without the log and realtime devices.
std::vector<std::string> xfs_repair_command(const XfsRepairOptions& options);

/// Grows what the options name; all of the data section where they name nothing.
/// `device_size_bytes` is the room there is.
void grow_xfs(int directory, const std::string& object, std::uint64_t device_size_bytes,
              const XfsGrowfsOptions& options);

}  // namespace vmcraft::fs
