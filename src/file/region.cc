// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/region.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "base/error.h"

namespace vmcraft::file {

off_t to_offset(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
    base::throw_errno("offset", EOVERFLOW);
  return static_cast<off_t>(value);
}

Block::Block() : bytes_(static_cast<std::byte*>(std::aligned_alloc(4096, kBytes))) {
  if (!bytes_) throw std::bad_alloc();
}

Region file_region(base::UniqueFd file, const std::string& name) {
  struct stat st {};
  base::check(::fstat(file.get(), &st), name);
  const int fd = file.get();
  return {name, fd, 0, static_cast<std::uint64_t>(st.st_size), false, std::move(file)};
}

Region file_region(const mount::GuestRoot& root, const std::string& path) {
  return file_region(root.open_regular(path, O_RDONLY), path);
}

bool all_zero(std::span<const std::byte> data) noexcept {
  if (data.empty()) return true;
  return data[0] == std::byte{0} && std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

std::size_t read_at(const Region& region, std::span<std::byte> buffer, std::uint64_t position) {
  if (region.device) {
    if (position >= region.size_bytes) return 0;
    buffer = buffer.first(std::min<std::uint64_t>(buffer.size(), region.size_bytes - position));
  }
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n = ::pread(region.fd, buffer.data() + done, buffer.size() - done,
                              to_offset(region.offset_bytes + position + done));
    if (n < 0 && errno == EINTR) continue;
    if (base::check(n, region.name) == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void write_at(const Region& region, std::span<const std::byte> data, std::uint64_t position) {
  if (region.device && (position > region.size_bytes || data.size() > region.size_bytes - position))
    base::throw_errno(region.name, ENOSPC);
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = ::pwrite(region.fd, data.data() + done, data.size() - done,
                               to_offset(region.offset_bytes + position + done));
    if (n < 0 && errno == EINTR) continue;
    done += static_cast<std::size_t>(base::check(n, region.name));
  }
}

std::optional<Run> next_run(const Region& region, std::uint64_t position, std::uint64_t end) {
  if (position >= end) return std::nullopt;
  if (region.device) return Run{position, end - position, true};
  const off_t data = ::lseek(region.fd, to_offset(position), SEEK_DATA);
  if (data < 0 && errno == ENXIO) return Run{position, end - position, false};
  if (data < 0) return Run{position, end - position, true};
  const auto start = static_cast<std::uint64_t>(data);
  if (start > position) return Run{position, std::min(start, end) - position, false};
  const off_t hole = ::lseek(region.fd, data, SEEK_HOLE);
  const std::uint64_t stop = hole <= data ? end : static_cast<std::uint64_t>(hole);
  return Run{position, std::min(stop, end) - position, true};
}

void for_each_block(const Region& region, std::uint64_t position, std::uint64_t end,
                    const std::function<bool(std::span<const std::byte>)>& work) {
  ::posix_fadvise(region.fd, to_offset(region.offset_bytes + position), 0, POSIX_FADV_SEQUENTIAL);
  const Block block;
  while (position < end) {
    const std::span<std::byte> room =
        block.span().first(std::min<std::uint64_t>(Block::kBytes, end - position));
    const std::size_t n = read_at(region, room, position);
    if (n == 0 || !work(room.first(n))) return;
    position += n;
  }
}

std::size_t RegionSource::read(std::span<std::byte> buffer) {
  const std::size_t n = read_at(region_, buffer, position_);
  position_ += n;
  return n;
}

}  // namespace vmcraft::file
