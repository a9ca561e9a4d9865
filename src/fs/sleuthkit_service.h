// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/worker_server.h"

namespace vmcraft::fs {

/// Reads a file system without mounting it, by libtsk: a service for a process of its own.
///
/// Each call brings the descriptor of a device, and first among its arguments the device's name.
class SleuthkitService : public base::Service {
 public:
  void prepare() override;
  void serve(const std::string& operation, Call& call) override;
};

}  // namespace vmcraft::fs
