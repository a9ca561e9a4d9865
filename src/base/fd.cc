// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/fd.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "base/error.h"

namespace vmcraft::base {
namespace {

// Repeats `step(pointer, length, done)` until all is transferred or it returns 0.
template <typename Byte, typename Step>
std::size_t transfer(std::span<Byte> buffer, std::string_view what, Step step) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n = step(buffer.data() + done, buffer.size() - done, done);
    if (n < 0 && errno == EINTR) continue;
    check(n, what);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

UniqueFd open_file(const std::string& path, int flags, mode_t mode) {
  return UniqueFd(check(::open(path.c_str(), flags | O_CLOEXEC, mode), path));
}

UniqueFd duplicate(int fd) { return UniqueFd(check(::fcntl(fd, F_DUPFD_CLOEXEC, 0), "dup")); }

std::pair<UniqueFd, UniqueFd> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::size_t read_full(int fd, std::span<std::byte> buffer) {
  return transfer(buffer, "read", [fd](std::byte* p, std::size_t n, std::size_t) {
    return ::read(fd, p, n);
  });
}

std::size_t pread_full(int fd, std::span<std::byte> buffer, std::uint64_t offset) {
  return transfer(buffer, "pread", [fd, offset](std::byte* p, std::size_t n, std::size_t done) {
    return ::pread(fd, p, n, static_cast<off_t>(offset + done));
  });
}

void write_full(int fd, std::span<const std::byte> buffer) {
  transfer(buffer, "write", [fd](const std::byte* p, std::size_t n, std::size_t) {
    return ::write(fd, p, n);
  });
}

void pwrite_full(int fd, std::span<const std::byte> buffer, std::uint64_t offset) {
  transfer(buffer, "pwrite", [fd, offset](const std::byte* p, std::size_t n, std::size_t done) {
    return ::pwrite(fd, p, n, static_cast<off_t>(offset + done));
  });
}

std::string read_text_fd(int fd, std::string_view object, std::size_t limit_bytes) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const std::size_t n = read_full(fd, std::as_writable_bytes(std::span(buffer)));
    text.append(buffer.data(), n);
    if (text.size() > limit_bytes) throw_errno(object, EFBIG);
    if (n < buffer.size()) return text;
  }
}

std::string read_text_file(const std::string& path, std::size_t limit_bytes) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  return read_text_fd(fd.get(), path, limit_bytes);
}

std::uint64_t size_of(int fd) {
  struct stat st {};
  check(::fstat(fd, &st), "fstat");
  if (!S_ISBLK(st.st_mode)) return static_cast<std::uint64_t>(st.st_size);
  std::uint64_t size_bytes = 0;
  check(::ioctl(fd, BLKGETSIZE64, &size_bytes), "BLKGETSIZE64");
  return size_bytes;
}

}  // namespace vmcraft::base
