// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace vmcraft::handle {

/// Seconds by phase, in the order the phases first ran.
class Metrics {
 public:
  /// Adds the time until its end to a phase.
  class Timer {
   public:
    Timer(Metrics& metrics, std::string phase)
        : metrics_(metrics), phase_(std::move(phase)), start_(std::chrono::steady_clock::now()) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { metrics_.add(phase_, std::chrono::steady_clock::now() - start_); }

   private:
    Metrics& metrics_;
    std::string phase_;
    std::chrono::steady_clock::time_point start_;
  };

  void add(const std::string& phase, std::chrono::duration<double> seconds);
  const std::vector<std::pair<std::string, double>>& seconds() const noexcept { return seconds_; }

 private:
  std::vector<std::pair<std::string, double>> seconds_;
};

}  // namespace vmcraft::handle
