// SPDX-License-Identifier: LGPL-3.0-or-later
// Making free space zero, or giving it back to what is below.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace vmcraft::fs {

/// Gives back all blocks of a device: what it held is lost.
void discard_device(int fd, const std::string& object, std::uint64_t size_bytes);
/// What the kernel says of discarded blocks: whether they read as zeroes for certain.
bool discarded_reads_zero(int fd, const std::string& object);

struct TrimRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = ~std::uint64_t{0};
  std::uint64_t smallest_extent_bytes = 0;
};
/// Gives back the free blocks of a mounted file system; returns how many bytes these were.
std::uint64_t trim(int directory, const std::string& object, const TrimRange& range);

/// ext4 keeps some clusters for its own needs that no file gets; while this lives, files get them
/// on the file system that the directory is on. Does nothing where that cannot be done.
class ReserveLifted {
 public:
  explicit ReserveLifted(int directory);
  ReserveLifted(const ReserveLifted&) = delete;
  ReserveLifted& operator=(const ReserveLifted&) = delete;
  ~ReserveLifted();

 private:
  std::string setting_;
  std::string before_;
};

/// Fills the free space below a directory with zeroes by files that are gone in the end.
/// `progress` is called for each block and may throw to stop it.
void zero_free_space(int directory, const std::string& object,
                     const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);

}  // namespace vmcraft::fs
