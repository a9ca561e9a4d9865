// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/metrics.h"

namespace vmcraft::handle {

void Metrics::add(const std::string& phase, std::chrono::duration<double> seconds) {
  for (auto& [name, total] : seconds_) {
    if (name != phase) continue;
    total += seconds.count();
    return;
  }
  seconds_.emplace_back(phase, seconds.count());
}

}  // namespace vmcraft::handle
