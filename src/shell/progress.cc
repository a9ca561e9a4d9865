// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace vmcraft::shell {
namespace {

constexpr std::size_t kWidth = 50;
constexpr double kQuietSeconds = 2;

}  // namespace

std::string progress_text(std::uint64_t position, std::uint64_t total, double seconds) {
  if (total == 0) return fmt::format("[{:-^{}}] {}", "", kWidth, position);
  const double share = static_cast<double>(std::min(position, total)) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(kWidth));
  const auto left =
      share > 0 ? static_cast<std::uint64_t>(seconds / share - seconds) : std::uint64_t{0};
  return fmt::format("[{:#<{}}{: <{}}] {:3.0f}% {:02}:{:02}", "", filled, "", kWidth - filled,
                     share * 100, left / 60, left % 60);
}

void ProgressBar::start() noexcept {
  begin_ = std::chrono::steady_clock::now();
  running_ = true;
  shown_ = false;
}

void ProgressBar::update(std::uint64_t position, std::uint64_t total) {
  if (!running_) return;  // a call of the shell's own, such as one that completes a path
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
  if (!shown_ && passed.count() < kQuietSeconds) return;
  shown_ = true;
  const std::string text = "\r" + progress_text(position, total, passed.count());
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void ProgressBar::finish() {
  if (shown_) std::fputc('\n', stderr);
  running_ = false;
  shown_ = false;
}

}  // namespace vmcraft::shell
