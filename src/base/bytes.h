// SPDX-License-Identifier: LGPL-3.0-or-later
// Integers of on-disk structures, in a fixed byte order and without alignment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace vmcraft::base {

enum class ByteOrder { little, big };

template <typename T, ByteOrder Order>
class Ordered {
  static_assert(std::is_unsigned_v<T>);

 public:
  Ordered() = default;
  Ordered(T value) noexcept {  // NOLINT(google-explicit-constructor): stands for the integer
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes_[index(i)] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  operator T() const noexcept {  // NOLINT(google-explicit-constructor)
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes_[index(i)]) << (8 * i)));
    return value;
  }

 private:
  static constexpr std::size_t index(std::size_t i) {
    return Order == ByteOrder::little ? i : sizeof(T) - 1 - i;
  }
  std::array<std::uint8_t, sizeof(T)> bytes_{};
};

using Le16 = Ordered<std::uint16_t, ByteOrder::little>;
using Le32 = Ordered<std::uint32_t, ByteOrder::little>;
using Le64 = Ordered<std::uint64_t, ByteOrder::little>;
using Be16 = Ordered<std::uint16_t, ByteOrder::big>;
using Be32 = Ordered<std::uint32_t, ByteOrder::big>;
using Be64 = Ordered<std::uint64_t, ByteOrder::big>;

}  // namespace vmcraft::base
