// SPDX-License-Identifier: LGPL-3.0-or-later
// Bytes at a place in a descriptor: the content of a file, or a device.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/stream.h"
#include "file/progress.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

struct Region {
  std::string name;  ///< as the guest calls it
  int fd = -1;
  std::uint64_t offset_bytes = 0;  ///< where it begins in the descriptor
  std::uint64_t size_bytes = 0;
  bool device = false;     ///< has no holes to look for and cannot grow
  base::UniqueFd owned{};  ///< the descriptor, where it is the region's to close
};

/// The content of a regular file, for reading.
Region file_region(const mount::GuestRoot& root, const std::string& path);
/// A region over an open regular file.
Region file_region(base::UniqueFd file, const std::string& name);

/// A buffer for bulk data, not cleared, aligned to pages.
class Block {
 public:
  static constexpr std::size_t kBytes = std::size_t{128} << 10U;
  explicit Block(std::size_t size_bytes = kBytes);
  std::span<std::byte> span() const noexcept { return {bytes_.get(), size_bytes_}; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept { std::free(bytes); }
  };
  std::size_t size_bytes_;
  std::unique_ptr<std::byte, Free> bytes_;
};

bool all_zero(std::span<const std::byte> data) noexcept;

/// Reads at a position of the region; fewer bytes only at its end.
std::size_t read_at(const Region& region, std::span<std::byte> buffer, std::uint64_t position);
/// Writes at a position of the region; ENOSPC behind the end of a device.
void write_at(const Region& region, std::span<const std::byte> data, std::uint64_t position);

/// Data or a hole.
struct Run {
  std::uint64_t position;
  std::uint64_t length;
  bool data;
};
/// The run that begins at `position`; nothing at or behind `end`. What cannot tell is all data.
std::optional<Run> next_run(const Region& region, std::uint64_t position, std::uint64_t end);

/// Reads much of a region, front to back.
class BulkReader {
 public:
  /// `end`: what will be read at most.
  BulkReader(const Region& region, std::uint64_t position, std::uint64_t end);
  /// The bytes at `position`, at most `most` of them, valid until the next call; none at the end.
  std::span<const std::byte> read(std::uint64_t position, std::uint64_t most);

 private:
  std::span<const std::byte> read_around_cache(std::uint64_t position, std::uint64_t most);

  const Region& region_;
  base::UniqueFd direct_;  ///< the same file with O_DIRECT, where that pays
  Block block_;
};

/// Calls `work` with the bytes from `position` to `end` in large pieces, holes included as zeroes;
/// stops where it returns false.
void for_each_block(const Region& region, std::uint64_t position, std::uint64_t end,
                    const std::function<bool(std::span<const std::byte>)>& work);

/// A region as a stream.
class RegionSource : public base::ByteSource {
 public:
  explicit RegionSource(const Region& region) : region_(region) {}
  std::size_t read(std::span<std::byte> buffer) override;
  std::optional<std::uint64_t> remaining() const override {
    return region_.size_bytes - std::min(position_, region_.size_bytes);
  }

 private:
  const Region& region_;
  std::uint64_t position_ = 0;
};

off_t to_offset(std::uint64_t value);

}  // namespace vmcraft::file
