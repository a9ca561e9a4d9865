// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

struct MakeSpec {
  std::string type;  ///< as mount(8) names it
  std::optional<int> block_size_bytes = {};
  std::optional<int> inode_size_bytes = {};
  std::optional<int> sector_size_bytes = {};
  std::optional<std::string> features = {};
  std::optional<std::string> label = {};
};

/// The program that makes the file system, with its words; the device comes after them. Throws
/// Error for what the type does not take.
std::vector<std::string> make_command(const MakeSpec& spec);

/// The same for mke2fs, whose device stands before `blocks_count`.
struct Mke2fsCommand {
  std::vector<std::string> argv;
  std::optional<std::string> blocks_count;
};
/// `journal_device` is the name the program sees.
Mke2fsCommand mke2fs_command(const Mke2fsOptions& options, const std::string& journal_device);

std::vector<std::string> mkfs_btrfs_command(const MkfsBtrfsOptions& options);

}  // namespace vmcraft::fs
