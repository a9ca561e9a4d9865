// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/process.h"
#include "base/rpc.h"
#include "base/stream.h"

namespace vmcraft::base {

/// What goes beside the arguments of a call to a worker.
struct WorkerCall {
  int fd = -1;                             ///< sent along
  ByteSink* sink = nullptr;                ///< takes bulk data
  std::function<void()> while_waiting = {};  ///< called some times a second; may throw to end the worker
};

/// A process of its own for a library that reads a guest's bytes and may crash, hang or follow links
/// on them: the program vmcraft-guest-reader with one service in it. It keeps its state between calls,
/// has no file of the machine in sight, and ends with this object or this process.
class Worker {
 public:
  /// Starts the process; its library is loaded with the first call.
  explicit Worker(std::string service, const std::vector<std::string>& arguments = {});

  /// Calls an operation of the service and returns what it answers. Throws what it throws, and
  /// Error{corrupt} where the process ends on it.
  template <typename Result = void, typename... Arguments>
  Result call(const WorkerCall& beside, std::string_view operation, const Arguments&... arguments) {
    rpc::Writer request;
    request.put(operation);
    (request.put(arguments), ...);
    const std::string reply = exchange(request.take(), beside);
    if constexpr (!std::is_void_v<Result>) return rpc::Reader(reply).get<Result>();
  }

 private:
  std::string exchange(std::string_view request, const WorkerCall& beside);
  std::string receive(const WorkerCall& beside, bool& answered);
  void wait_readable(const WorkerCall& beside);
  void stop() noexcept;
  [[noreturn]] void ended();

  std::string service_;
  UniqueFd socket_;
  ChildProcess process_;
};

}  // namespace vmcraft::base
