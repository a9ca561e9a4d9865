// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/stream.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::base {

void ByteSink::write_zeroes(std::uint64_t count) {
  static const std::array<std::byte, 65536> zeroes{};
  while (count > 0) {
    const std::size_t n = std::min<std::uint64_t>(count, zeroes.size());
    write(std::span(zeroes).first(n));
    count -= n;
  }
}

namespace {

// The descriptor that the name stands for, as a shell's redirection has it: opened again, a file would
// be emptied, or written from its beginning.
std::optional<int> descriptor_named(std::string_view path) {
  if (path == "/dev/stdin") return STDIN_FILENO;
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"})
    if (path.starts_with(folder)) return parse_number<int>(path.substr(folder.size()));
  return std::nullopt;
}

UniqueFd open_source(const std::string& path) {
  const auto open_already = path == "-" ? std::optional(STDIN_FILENO) : descriptor_named(path);
  return open_already ? duplicate(*open_already) : open_file(path, O_RDONLY);
}

}  // namespace

FileSource::FileSource(const std::string& path) : fd_(open_source(path)) {}

std::size_t FileSource::read(std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t n = ::read(fd_.get(), buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) throw_errno("read");
  }
}

std::optional<std::uint64_t> FileSource::remaining() const {
  struct stat st {};
  if (::fstat(fd_.get(), &st) < 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  const off_t here = ::lseek(fd_.get(), 0, SEEK_CUR);
  return static_cast<std::uint64_t>(std::max<off_t>(0, st.st_size - std::max<off_t>(0, here)));
}

FileSink::FileSink(const std::string& path) {
  if (const auto open_already = path == "-" ? std::optional(STDOUT_FILENO) : descriptor_named(path)) {
    fd_ = duplicate(*open_already);
    return;
  }
  fd_ = open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0666);
  struct stat st {};
  seekable_ = ::fstat(fd_.get(), &st) == 0 && S_ISREG(st.st_mode);
}

// Where it was not finished, what was promised and did not come is given back.
FileSink::~FileSink() {
  if (reserved_to_ == 0) return;
  const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
  if (reserved_to_ > end && end >= 0 && ::ftruncate(fd_.get(), end) < 0) return;
}

void FileSink::write(std::span<const std::byte> data) { write_full(fd_.get(), data); }

void FileSink::write_zeroes(std::uint64_t count) {
  if (!seekable_) return ByteSink::write_zeroes(count);
  check(::lseek(fd_.get(), static_cast<off_t>(count), SEEK_CUR), "seek");
}

// ext4 writes into blocks that it has a quarter faster than where it must count each one first. A
// failure means nothing.
void FileSink::expect(std::uint64_t count) {
  constexpr std::uint64_t kLeastBytes = std::uint64_t{1} << 20U;
  constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30U;  // a guest may promise anything
  struct statfs fs {};
  if (!seekable_ || count < kLeastBytes || ::fstatfs(fd_.get(), &fs) < 0 ||
      fs.f_type != EXT4_SUPER_MAGIC)
    return;
  const off_t here = ::lseek(fd_.get(), 0, SEEK_CUR);
  const auto length = static_cast<off_t>(std::min(count, kMostBytes));
  if (here >= 0 && ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, here, length) == 0)
    reserved_to_ = std::max(reserved_to_, here + length);
}

void FileSink::finish() {
  if (!seekable_) return;
  // A file that ends in a hole gets its length here.
  const off_t end = check(::lseek(fd_.get(), 0, SEEK_CUR), "seek");
  struct stat st {};
  check(::fstat(fd_.get(), &st), "fstat");
  if (st.st_size < end || reserved_to_ > end) check(::ftruncate(fd_.get(), end), "truncate");
  reserved_to_ = 0;
}

std::size_t MemorySource::read(std::span<std::byte> buffer) {
  const std::size_t n = std::min(buffer.size(), data_.size());
  std::memcpy(buffer.data(), data_.data(), n);
  data_.remove_prefix(n);
  return n;
}

}  // namespace vmcraft::base
