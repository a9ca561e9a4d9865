// SPDX-License-Identifier: LGPL-3.0-or-later
// Disks of a fuzzer's bytes, and what seals them: a mutation never guesses a checksum.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "image/block_reader.h"

namespace vmcraft::fuzz {

/// Some bytes somewhere on a disk of zeroes.
class Disk : public image::BlockReader {
 public:
  static constexpr std::uint64_t kSizeBytes = 64U << 20U;

  explicit Disk(std::string bytes, std::uint64_t offset = 0) : bytes_(std::move(bytes)), offset_(offset) {}
  std::uint64_t size_bytes() const override { return kSizeBytes; }
  std::size_t pread(std::span<std::byte> buffer, std::uint64_t offset) const override {
    if (offset >= kSizeBytes) return 0;
    buffer = buffer.first(std::min<std::uint64_t>(buffer.size(), kSizeBytes - offset));
    std::fill(buffer.begin(), buffer.end(), std::byte{0});
    const std::uint64_t begin = std::max(offset, offset_);
    const std::uint64_t end = std::min(offset + buffer.size(), offset_ + bytes_.size());
    if (begin < end) std::memcpy(buffer.data() + (begin - offset), bytes_.data() + (begin - offset_), end - begin);
    return buffer.size();
  }

 private:
  std::string bytes_;
  std::uint64_t offset_;
};

/// A little-endian number in the bytes; 0 where they end before.
template <typename T>
T get(std::string_view bytes, std::uint64_t offset) {
  T value{};
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof value)
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <typename T>
void put(std::string& bytes, std::uint64_t offset, T value) {
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof value)
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace vmcraft::fuzz
