// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace vmcraft::image {

/// Random reads over a file, memory, or a fuzzer's bytes: all that a parser of guest bytes sees.
class BlockReader {
 public:
  virtual ~BlockReader() = default;
  virtual std::uint64_t size_bytes() const = 0;
  /// Fills the buffer as far as there are bytes; returns how many. Throws where reading fails.
  virtual std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const = 0;

  /// The bytes at offset, or nothing where the device ends before.
  std::optional<std::string> read(std::uint64_t offset, std::size_t size) const;

  /// An on-disk structure at offset, or nothing where the device ends before.
  template <typename T>
  std::optional<T> read_struct(std::uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    const auto bytes = std::as_writable_bytes(std::span(&value, 1));
    if (pread(bytes, offset) != bytes.size()) return std::nullopt;
    return value;
  }
};

/// Over a descriptor that somebody else owns: a regular file or a block device.
class FdReader : public BlockReader {
 public:
  explicit FdReader(int fd);
  FdReader(int fd, std::uint64_t offset, std::uint64_t size_bytes)
      : fd_(fd), offset_(offset), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const override;

 private:
  int fd_;
  std::uint64_t offset_ = 0;
  std::uint64_t size_bytes_;
};

class MemoryReader : public BlockReader {
 public:
  explicit MemoryReader(std::string_view data) : data_(data) {}
  std::uint64_t size_bytes() const override { return data_.size(); }
  std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const override;

 private:
  std::string_view data_;
};

/// A range of another reader.
class SliceReader : public BlockReader {
 public:
  SliceReader(const BlockReader& whole, std::uint64_t offset, std::uint64_t size_bytes)
      : whole_(whole), offset_(offset), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const override;

 private:
  const BlockReader& whole_;
  std::uint64_t offset_;
  std::uint64_t size_bytes_;
};

}  // namespace vmcraft::image
