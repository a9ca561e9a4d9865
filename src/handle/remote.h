// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/stream.h"

namespace vmcraft::handle {

/// What a call tells its caller on the way.
struct CallHooks {
  std::function<void(std::uint64_t position, std::uint64_t total)> progress;
  std::function<bool()> cancelled;
};

/// The far side of a handle whose disks are in another kernel.
class Remote {
 public:
  virtual ~Remote() = default;
  /// Sends an encoded call, moves its bulk data, and returns the encoded result. Throws the
  /// action's own Error, or Error{engine} where the engine died.
  virtual std::string call(std::string_view request, base::ByteSource* in, base::ByteSink* out,
                           const CallHooks& hooks) = 0;
  /// Ends the engine after everything is durable; throws where it is not.
  virtual void shutdown() = 0;
  /// Process id of the engine.
  virtual int pid() const = 0;
};

}  // namespace vmcraft::handle
