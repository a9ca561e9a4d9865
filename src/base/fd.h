// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace vmcraft::base {

/// Owns a file descriptor; a moved-from object owns none.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// open(2) with O_CLOEXEC; throws naming the path.
UniqueFd open_file(const std::string& path, int flags, mode_t mode = 0);
/// dup with O_CLOEXEC.
UniqueFd duplicate(int fd);
/// pipe2(O_CLOEXEC): {read end, write end}.
std::pair<UniqueFd, UniqueFd> make_pipe();

/// Reads until `buffer` is full or the end of file; returns the number of bytes read.
std::size_t read_full(int fd, std::span<std::byte> buffer);
std::size_t pread_full(int fd, std::span<std::byte> buffer, std::uint64_t offset);
void write_full(int fd, std::span<const std::byte> buffer);
void pwrite_full(int fd, std::span<const std::byte> buffer, std::uint64_t offset);
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The whole of a small host file; throws Error where it is larger than `limit_bytes`.
std::string read_text_file(const std::string& path, std::size_t limit_bytes = 16U << 20U);
std::string read_text_fd(int fd, std::string_view object, std::size_t limit_bytes = 16U << 20U);

/// Size of a regular file or block device.
std::uint64_t size_of(int fd);

}  // namespace vmcraft::base
