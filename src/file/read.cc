// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/read.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>

#include "base/error.h"
#include "file/lines.h"

namespace vmcraft::file {
namespace {

std::string_view as_text(std::span<const std::byte> data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

// Where the last `count` lines begin.
std::uint64_t start_of_last(const Region& region, std::uint64_t count) {
  const Block block;
  std::uint64_t end = region.size_bytes;
  std::uint64_t newlines = 0;
  while (end > 0) {
    const std::uint64_t start = end - std::min<std::uint64_t>(end, Block::kBytes);
    const std::size_t n = read_at(region, block.span().first(end - start), start);
    const std::string_view text = as_text(block.span().first(n));
    for (std::size_t i = n; i-- > 0;) {
      // A newline at the very end closes the last line.
      if (text[i] == '\n' && start + i + 1 != region.size_bytes && ++newlines == count)
        return start + i + 1;
    }
    end = start;
  }
  return 0;
}

// Lines from a position on.
std::vector<std::string> lines_from(const Region& region, std::uint64_t position,
                                    std::uint64_t skip) {
  const Region part{region.name, region.fd, region.offset_bytes + position,
                    region.size_bytes - position};
  RegionSource source(part);
  LineReader reader(source, region.name);
  LineList lines(region.name);
  while (const auto line = reader.next())
    if (skip > 0) --skip;
    else lines.add(*line);
  return lines.take();
}

}  // namespace

std::string read_all(const Region& region) {
  if (region.size_bytes > answer_limit_bytes()) base::throw_errno(region.name, EFBIG);
  std::string data;
  // One more than there should be: a file may grow while it is read.
  std::uint64_t wanted = region.size_bytes + 1;
  for (;;) {
    const std::size_t room = std::max<std::uint64_t>(wanted - data.size(), 1);
    const std::size_t old = data.size();
    data.resize(old + room);
    const std::size_t n =
        read_at(region, std::as_writable_bytes(std::span(data.data() + old, room)), old);
    data.resize(old + n);
    if (n < room) return data;
    wanted = std::max<std::uint64_t>(wanted, data.size() + 4096);
    if (wanted > answer_limit_bytes()) base::throw_errno(region.name, EFBIG);
  }
}

std::vector<std::string> read_lines(const Region& region) {
  std::vector<std::string> lines = lines_from(region, 0, 0);
  for (std::string& line : lines)
    if (line.ends_with('\r')) line.pop_back();
  return lines;
}

std::vector<std::string> head(const Region& region, int count) {
  RegionSource source(region);
  LineReader reader(source, region.name);
  LineList lines(region.name);
  if (count >= 0) {
    for (int i = 0; i < count; ++i) {
      const auto line = reader.next();
      if (!line) break;
      lines.add(*line);
    }
    return lines.take();
  }
  const auto kept_back = static_cast<std::size_t>(-static_cast<std::int64_t>(count));
  std::deque<std::string> waiting;
  while (const auto line = reader.next()) {
    waiting.emplace_back(*line);
    if (waiting.size() <= kept_back) continue;
    lines.add(waiting.front());
    waiting.pop_front();
  }
  return lines.take();
}

std::vector<std::string> tail(const Region& region, int count) {
  if (count == 0) return {};
  if (count > 0)
    return lines_from(region, start_of_last(region, static_cast<std::uint64_t>(count)), 0);
  return lines_from(region, 0, static_cast<std::uint64_t>(-static_cast<std::int64_t>(count)) - 1);
}

Counts count_text(const Region& region, const Progress& progress) {
  Counts counts;
  bool in_word = false;
  for_each_block(region, 0, region.size_bytes, [&](std::span<const std::byte> data) {
    progress.stop_if_cancelled();
    for (const char c : as_text(data)) {
      if (c == '\n') ++counts.lines;
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        in_word = false;
      } else if (!in_word && (static_cast<unsigned char>(c) > 0x7f || (c > ' ' && c < 0x7f))) {
        in_word = true;
        ++counts.words;
      }
    }
    return true;
  });
  return counts;
}

int as_int(std::uint64_t count, const std::string& object) {
  if (count > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
    base::throw_errno(object, EOVERFLOW);
  return static_cast<int>(count);
}

bool equal(const Region& a, const Region& b, const Progress& progress) {
  if (a.size_bytes != b.size_bytes) return false;
  BulkReader of_a(a, 0, a.size_bytes);
  BulkReader of_b(b, 0, b.size_bytes);
  std::span<const std::byte> ahead_a;
  std::span<const std::byte> ahead_b;
  for (std::uint64_t position = 0; position < a.size_bytes;) {
    progress.stop_if_cancelled();
    if (ahead_a.empty()) ahead_a = of_a.read(position, a.size_bytes - position);
    if (ahead_b.empty()) ahead_b = of_b.read(position, b.size_bytes - position);
    const std::size_t length = std::min(ahead_a.size(), ahead_b.size());
    if (length == 0) return false;  // one of them became shorter
    if (std::memcmp(ahead_a.data(), ahead_b.data(), length) != 0) return false;
    ahead_a = ahead_a.subspan(length);
    ahead_b = ahead_b.subspan(length);
    position += length;
  }
  return true;
}

}  // namespace vmcraft::file
