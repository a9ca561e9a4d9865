// SPDX-License-Identifier: LGPL-3.0-or-later
// ext2, ext3 and ext4.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

std::vector<std::string> tune2fs_command(const Tune2fsOptions& options);
/// What `tune2fs -l` prints, as name and value.
HashTable parse_superblock(const std::string& text);

/// The directory that e2fsck moves lost files to, with room for their names made beforehand.
void make_lost_and_found(int top, const std::string& object);
/// Grows or shrinks a mounted file system.
void resize_mounted(int directory, const std::string& object, std::uint64_t size_bytes);

/// Attributes as letters: see chattr(1).
std::string get_attributes(int fd, const std::string& object);
/// Sets, or with `clear` clears, those named; leaves others alone.
void change_attributes(int fd, const std::string& object, const std::string& letters, bool clear);
std::int64_t get_generation(int fd, const std::string& object);
void set_generation(int fd, const std::string& object, std::int64_t generation);

}  // namespace vmcraft::fs
