// SPDX-License-Identifier: LGPL-3.0-or-later
// Numbers and texts in a flat buffer: what the library says to its keeper and its agent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::uml {

class Packer {
 public:
  Packer& number(std::uint64_t value);
  Packer& text(std::string_view value);
  Packer& texts(const std::vector<std::string>& values);
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

/// Throws Error{corrupt} where the buffer ends too early.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number();
  std::string text();
  std::vector<std::string> texts();

 private:
  std::string_view take(std::uint64_t count);
  std::string_view rest_;
};

}  // namespace vmcraft::uml
