// SPDX-License-Identifier: LGPL-3.0-or-later
// Parts of regions: read, written, and made or found zero.
#include <algorithm>
#include <limits>
#include <vector>

#include "base/error.h"
#include "file/transfer.h"

namespace vmcraft::file {

std::string read_part(const Region& region, std::int64_t length, std::int64_t position) {
  const std::uint64_t start = not_negative(position, "offset");
  const std::uint64_t wanted = not_negative(length, "count");
  if (start >= region.size_bytes) return {};
  std::string data(std::min(wanted, region.size_bytes - start), '\0');
  data.resize(read_at(region, std::as_writable_bytes(std::span(data.data(), data.size())), start));
  return data;
}

int write_part(const Region& region, std::string_view data, std::int64_t position) {
  const std::uint64_t start = not_negative(position, "offset");
  std::uint64_t length = std::min<std::uint64_t>(
      data.size(), static_cast<std::uint64_t>(std::numeric_limits<int>::max()));
  if (region.device) {
    if (start > region.size_bytes) base::throw_invalid(region.name, "offset is behind its end");
    length = std::min(length, region.size_bytes - start);
  }
  write_at(region, base::as_bytes(data.substr(0, length)), start);
  return static_cast<int>(length);
}

bool is_zero(const Region& region, const Progress& progress) {
  bool zero = true;
  std::uint64_t position = 0;
  while (const auto run = next_run(region, position, region.size_bytes)) {
    position = run->position + run->length;
    if (!run->data) continue;
    for_each_block(region, run->position, position, [&](std::span<const std::byte> data) {
      progress.stop_if_cancelled();
      zero = all_zero(data);
      return zero;
    });
    if (!zero) return false;
  }
  return zero;
}

void make_zero(const Region& region, std::uint64_t length, const Progress& progress) {
  const std::uint64_t end = std::min(length, region.size_bytes);
  const Block block;
  const std::vector<std::byte> zeroes(Block::kBytes);
  std::uint64_t position = 0;
  while (position < end) {
    const auto room = block.span().first(std::min<std::uint64_t>(Block::kBytes, end - position));
    const std::size_t n = read_at(region, room, position);
    if (n == 0) break;
    if (!all_zero(room.first(n))) write_at(region, std::span(zeroes).first(n), position);
    position += n;
    progress.step(position, end);
  }
}

}  // namespace vmcraft::file
