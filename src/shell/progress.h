// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vmcraft::shell {

/// A bar on the terminal for calls that take longer than two seconds.
class ProgressBar {
 public:
  /// A command begins.
  void start() noexcept;
  void update(std::uint64_t position, std::uint64_t total);
  /// The command ended: the bar's line is ended as well.
  void finish();

 private:
  std::chrono::steady_clock::time_point begin_;
  bool running_ = false;
  bool shown_ = false;
};

/// The bar's text: "[#####     ]  50% 00:07", the time being what is still to wait.
std::string progress_text(std::uint64_t position, std::uint64_t total, double seconds);

}  // namespace vmcraft::shell
