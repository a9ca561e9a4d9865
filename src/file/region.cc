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
#include "base/io_ring.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kAlignment = 4096;

}  // namespace

off_t to_offset(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
    base::throw_errno("offset", EOVERFLOW);
  return static_cast<off_t>(value);
}

Block::Block(std::size_t size_bytes)
    : size_bytes_(size_bytes), bytes_(static_cast<std::byte*>(std::aligned_alloc(kAlignment, size_bytes))) {
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

namespace {

// Where calls are dear the kernel is itself a guest of one whose cache holds the file as well: past
// its own cache a large file comes twice as fast, and leaves that to files that are small.
base::UniqueFd open_around_cache(const Region& region, std::uint64_t length) {
  constexpr std::uint64_t kLeastBytes = std::uint64_t{4} << 20U;
  if (length < kLeastBytes || !base::calls_are_dear()) return {};
  const std::string path = "/proc/self/fd/" + std::to_string(region.fd);
  return base::UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
}

}  // namespace

BulkReader::BulkReader(const Region& region, std::uint64_t position, std::uint64_t end)
    : region_(region),
      direct_(open_around_cache(region, end - std::min(position, end))),
      block_(direct_ ? std::size_t{1} << 20U : Block::kBytes) {
  ::posix_fadvise(region.fd, to_offset(region.offset_bytes + position), 0, POSIX_FADV_SEQUENTIAL);
}

std::span<const std::byte> BulkReader::read(std::uint64_t position, std::uint64_t most) {
  if (direct_) {
    if (const auto data = read_around_cache(position, most); !data.empty()) return data;
  }
  const auto room = block_.span().first(std::min<std::uint64_t>(block_.span().size(), most));
  return room.first(read_at(region_, room, position));
}

// Whole aligned pieces only; nothing where that is not possible, which plain reading then sorts out.
std::span<const std::byte> BulkReader::read_around_cache(std::uint64_t position,
                                                         std::uint64_t most) {
  const std::uint64_t start = region_.offset_bytes + position;
  if (start % kAlignment != 0 || most < kAlignment) return {};
  const auto room = block_.span().first(std::min<std::uint64_t>(block_.span().size(), most) /
                                        kAlignment * kAlignment);
  const ssize_t n = ::pread(direct_.get(), room.data(), room.size(), to_offset(start));
  return room.first(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
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
  BulkReader reader(region, position, end);
  while (position < end) {
    const std::span<const std::byte> data = reader.read(position, end - position);
    if (data.empty() || !work(data)) return;
    position += data.size();
  }
}

std::size_t RegionSource::read(std::span<std::byte> buffer) {
  const std::size_t n = read_at(region_, buffer, position_);
  position_ += n;
  return n;
}

}  // namespace vmcraft::file
