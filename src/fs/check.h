// SPDX-License-Identifier: LGPL-3.0-or-later
// Checking file systems, and how small they could be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

/// The program that checks a type and repairs what is safe; the device comes last.
std::vector<std::string> check_command(const std::string& type);
/// For e2fsck; throws where more than one of the options is set.
std::vector<std::string> e2fsck_command(const E2fsckOptions& options);

/// Block size, from what tune2fs -l says.
std::int64_t ext_block_size_bytes(const HashTable& superblock, const std::string& object);
/// From what `resize2fs -P` prints: a number of blocks.
std::int64_t ext_minimum_bytes(const std::string& text, std::int64_t block_size_bytes,
                               const std::string& object);
/// From what `btrfs inspect-internal min-dev-size` prints.
std::int64_t btrfs_minimum_bytes(const std::string& text, const std::string& object);
/// From what `ntfsresize --info` prints.
std::int64_t ntfs_minimum_bytes(const std::string& text, const std::string& object);

}  // namespace vmcraft::fs
