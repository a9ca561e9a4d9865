// SPDX-License-Identifier: LGPL-3.0-or-later
// Devices, sizes and the layout of a mounted btrfs. `fd` is an open directory of it; paths of
// devices are those of the kernel at hand.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

/// Throws where `fd` is on no btrfs.
struct BtrfsFacts {
  std::string fsid;  ///< 16 bytes
  std::vector<std::uint64_t> device_ids;
};
BtrfsFacts btrfs_facts(int fd, const std::string& object);

/// How many devices the btrfs has that begins at `offset_bytes` of an open device.
std::uint64_t btrfs_device_count(int fd, std::uint64_t offset_bytes);
/// Lets the kernel forget a device it was told of and that is not mounted; what it does not know is
/// fine.
void forget_btrfs_device(const std::string& path);

void add_device(int fd, const std::string& object, const std::string& path);
void delete_device(int fd, const std::string& object, const std::string& path);
/// Waits until all is copied.
void replace_device(int fd, const std::string& object, const std::string& source,
                    const std::string& target);
/// To the device's size without a size.
void resize_btrfs(int fd, const std::string& object, std::optional<std::uint64_t> size_bytes);
void sync_btrfs(int fd, const std::string& object);

struct DefragmentSpec {
  bool flush = false;
  std::string compress;  ///< empty, zlib, lzo or zstd
};
/// One regular file, or a directory's own entries.
void defragment(int fd, bool directory, const std::string& object, const DefragmentSpec& spec);

/// Waits until it is done.
void balance(int fd, const std::string& object);
void pause_balance(int fd, const std::string& object);
void cancel_balance(int fd, const std::string& object);
void resume_balance(int fd, const std::string& object);
Btrfsbalance balance_status(int fd, const std::string& object);

}  // namespace vmcraft::fs
