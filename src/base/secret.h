// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

namespace vmcraft::base {

/// Overwrites the bytes of a key where a compiler cannot leave it out.
void wipe(std::string& secret) noexcept;

/// Wipes a key when the scope ends.
class WipedAtEnd {
 public:
  explicit WipedAtEnd(std::string& secret) : secret_(secret) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { wipe(secret_); }

 private:
  std::string& secret_;
};

}  // namespace vmcraft::base
