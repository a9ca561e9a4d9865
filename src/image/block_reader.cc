// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/block_reader.h"

#include <algorithm>

#include "base/fd.h"

namespace vmcraft::image {
namespace {

// How much of `wanted` bytes at `offset` lies inside `size_bytes`.
std::size_t inside(std::size_t wanted, std::uint64_t offset, std::uint64_t size_bytes) {
  if (offset >= size_bytes) return 0;
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size_bytes - offset));
}

}  // namespace

std::optional<std::string> BlockReader::read(std::uint64_t offset, std::size_t size) const {
  if (inside(size, offset, size_bytes()) != size) return std::nullopt;
  std::string bytes(size, '\0');
  if (pread(std::as_writable_bytes(std::span(bytes.data(), size)), offset) != size)
    return std::nullopt;
  return bytes;
}

FdReader::FdReader(int fd) : fd_(fd), size_bytes_(base::size_of(fd)) {}

std::size_t FdReader::pread(std::span<std::byte> buffer, std::uint64_t offset) const {
  const std::size_t n = inside(buffer.size(), offset, size_bytes_);
  return base::pread_full(fd_, buffer.first(n), offset_ + offset);
}

std::size_t MemoryReader::pread(std::span<std::byte> buffer, std::uint64_t offset) const {
  const std::size_t n = inside(buffer.size(), offset, data_.size());
  if (n > 0) std::memcpy(buffer.data(), data_.data() + offset, n);
  return n;
}

std::size_t SliceReader::pread(std::span<std::byte> buffer, std::uint64_t offset) const {
  const std::size_t n = inside(buffer.size(), offset, size_bytes_);
  return whole_.pread(buffer.first(n), offset_ + offset);
}

}  // namespace vmcraft::image
