// SPDX-License-Identifier: LGPL-3.0-or-later
// One call as the library makes it: request out, data both ways, reply in.
#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <string_view>

#include "uml/channel.h"
#include "uml/engine.h"

namespace vmcraft::uml {

class HostCall {
 public:
  HostCall(Channel& channel, std::uint64_t number, base::ByteSource* in, base::ByteSink* out,
           const CallHooks& hooks);
  /// Returns the reply, or throws: what `in` or `out` threw, else the agent's error. Error{engine,
  /// ETIMEDOUT} where the time is over.
  std::string run(std::string_view request);
  /// Whether the agent's last word was heard: only then can the next call follow.
  bool answered() const noexcept { return !open_; }

 private:
  void handle(const Message& message);
  void poll_hooks();
  void take_data(const Message& message);
  bool feed();
  bool may_feed() const;
  void stop_input();
  void cancel();
  void watch();
  void show_progress();
  void rest(bool worked);
  void keep_local_failure();

  Channel& channel_;
  const std::uint64_t number_;
  base::ByteSource* in_;
  base::ByteSink* out_;
  const CallHooks& hooks_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point next_watch_;
  std::exception_ptr local_failure_;
  std::string reply_;
  std::uint64_t progress_seen_ = 0;
  unsigned brisk_ = 0;
  bool open_ = true;
  bool input_wanted_ = false;
  bool input_over_ = false;
  bool stop_pending_ = false;
  bool cancelled_ = false;
  bool failed_ = false;
};

}  // namespace vmcraft::uml
