// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace vmcraft::file {

/// How long work tells its caller where it is, and learns that it should stop.
struct Progress {
  std::function<void(std::uint64_t position, std::uint64_t total)> report{};
  std::function<void()> check{};  ///< throws where the caller has cancelled

  void step(std::uint64_t position, std::uint64_t total) const {
    stop_if_cancelled();
    if (report) report(position, total);
  }
  void stop_if_cancelled() const {
    if (check) check();
  }
};

}  // namespace vmcraft::file
