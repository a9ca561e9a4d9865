// SPDX-License-Identifier: LGPL-3.0-or-later
// Bulk data in and out of an action: a local file on the host engine, the channel on the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"

namespace vmcraft::base {

/// Where an action reads bulk data from (guestfs' FileIn).
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads up to buffer.size() bytes; 0 is the end.
  virtual std::size_t read(std::span<std::byte> buffer) = 0;
  /// A descriptor with the same bytes at its current offset, where there is one.
  virtual int fd() const noexcept { return -1; }
  /// How many bytes are still to come, where that is known.
  virtual std::optional<std::uint64_t> remaining() const { return std::nullopt; }
};

/// Where an action writes bulk data to (guestfs' FileOut).
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::span<const std::byte> data) = 0;
  /// A run of zero bytes; a sink that can makes a hole of it.
  virtual void write_zeroes(std::uint64_t count);
  /// So many bytes will follow, perhaps: room may be made for them at once.
  virtual void expect(std::uint64_t) {}
  /// A descriptor that takes the same bytes at its current offset, where there is one.
  virtual int fd() const noexcept { return -1; }
  /// Called once after the last byte; throws where the data did not arrive.
  virtual void finish() {}
};

/// A local file; "-" is standard input.
class FileSource : public ByteSource {
 public:
  explicit FileSource(const std::string& path);
  explicit FileSource(UniqueFd fd) : fd_(std::move(fd)) {}
  std::size_t read(std::span<std::byte> buffer) override;
  int fd() const noexcept override { return fd_.get(); }
  std::optional<std::uint64_t> remaining() const override;

 private:
  UniqueFd fd_;
};

/// A local file, created or emptied; "-" is standard output, and /dev/stdout, /dev/fd/N and the like are the
/// open descriptor itself, written from where it stands.
class FileSink : public ByteSink {
 public:
  explicit FileSink(const std::string& path);
  explicit FileSink(UniqueFd fd) : fd_(std::move(fd)) {}
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  void write(std::span<const std::byte> data) override;
  void write_zeroes(std::uint64_t count) override;
  void expect(std::uint64_t count) override;
  int fd() const noexcept override { return fd_.get(); }
  void finish() override;

 private:
  UniqueFd fd_;
  bool seekable_ = false;
  std::int64_t reserved_to_ = 0;  ///< end of the blocks that expect() got
};

/// Bytes in memory.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view data) : data_(data) {}
  std::size_t read(std::span<std::byte> buffer) override;
  std::optional<std::uint64_t> remaining() const override { return data_.size(); }

 private:
  std::string_view data_;
};

class MemorySink : public ByteSink {
 public:
  void write(std::span<const std::byte> data) override {
    data_.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  std::string take() { return std::move(data_); }

 private:
  std::string data_;
};

}  // namespace vmcraft::base
