// SPDX-License-Identifier: LGPL-3.0-or-later
// Maps of sparse members, as GNU's old format and its format 1.0 put them outside extended headers.
#include <algorithm>

#include "file/tar_reader.h"

namespace vmcraft::file {
namespace {

constexpr std::size_t kRunLimit = std::size_t{1} << 21U;

// GNU's old map: pairs of twelve bytes.
constexpr std::size_t kSparseFieldBytes = 12;
struct SparseExtensionDisk {
  std::array<std::array<char, kSparseFieldBytes>, 42> numbers;
  char more;
  std::array<char, 7> padding;
};
static_assert(sizeof(SparseExtensionDisk) == kTarBlockBytes);

}  // namespace

void TarReader::add_run(TarEntry& entry, std::uint64_t position, std::uint64_t length) const {
  if (entry.runs.size() >= kRunLimit) fail("a sparse map is too large");
  if (length > 0) entry.runs.push_back({position, length});
}

void TarReader::read_old_sparse_map(const TarHeaderDisk& header, TarEntry& entry) {
  constexpr std::size_t kMapStart = 386;
  constexpr std::size_t kMore = 482;
  constexpr std::size_t kRealSize = 483;
  const auto* bytes = reinterpret_cast<const char*>(&header);
  const auto field_at = [&](const char* at) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number({at, kSparseFieldBytes})));
  };
  for (std::size_t i = 0; i < 4; ++i) {
    const char* at = bytes + kMapStart + i * 2 * kSparseFieldBytes;
    add_run(entry, field_at(at), field_at(at + kSparseFieldBytes));
  }
  real_size_ = field_at(bytes + kRealSize);
  bool more = bytes[kMore] != '\0';
  while (more) {
    SparseExtensionDisk extension{};
    read_exactly(std::as_writable_bytes(std::span(&extension, 1)));
    for (std::size_t i = 0; i + 1 < extension.numbers.size(); i += 2)
      add_run(entry, field_at(extension.numbers[i].data()),
              field_at(extension.numbers[i + 1].data()));
    more = extension.more != '\0';
  }
}

std::uint64_t TarReader::read_map_number() {
  std::string text;
  for (;;) {
    if (stored_ == 0) fail("a sparse map is cut off");
    const auto byte = take(1);
    if (byte.empty()) fail("unexpected end");
    --stored_;
    if (byte[0] == std::byte{'\n'}) return decimal(text);
    text += static_cast<char>(byte[0]);
    if (text.size() > 20) fail("a sparse map is not valid");
  }
}

void TarReader::read_sparse_map(TarEntry& entry) {
  const std::uint64_t before = stored_;
  entry.runs.clear();
  const std::uint64_t count = read_map_number();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t position = read_map_number();
    add_run(entry, position, read_map_number());
  }
  const std::uint64_t used = before - stored_;
  const std::uint64_t rest = (kTarBlockBytes - used % kTarBlockBytes) % kTarBlockBytes;
  if (rest > stored_) fail("a sparse map is cut off");
  skip(rest);
  stored_ -= rest;
}

}  // namespace vmcraft::file
