// SPDX-License-Identifier: LGPL-3.0-or-later
// The agent: process 1 of the engine's kernel, which serves the library's calls.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/stream.h"
#include "uml/channel.h"
#include "uml/wire.h"

namespace vmcraft::uml {

/// What a handler may tell and ask while it works; both cost no system call.
struct AgentHooks {
  std::function<void(std::uint64_t position, std::uint64_t total)> progress;
  std::function<bool()> cancelled;
};

/// Serves one request: returns the reply or throws. Once the call is cancelled, reading `in` and
/// writing `out` throw Error{cancelled, EINTR}. base::trace() reaches the caller's trace sink.
using RequestHandler = std::function<std::string(std::string_view request, base::ByteSource& in,
                                                 base::ByteSink& out, const AgentHooks& hooks)>;

/// The agent's end of the channel.
class AgentChannel {
 public:
  /// Opens vec0 and /dev/mmapper, and waits for the library's first message.
  AgentChannel();
  AgentChannel(const AgentChannel&) = delete;
  AgentChannel& operator=(const AgentChannel&) = delete;
  ~AgentChannel();

  Channel& channel() noexcept { return *channel_; }
  const Hello& hello() const noexcept { return hello_; }
  /// Tells the library that calls can come.
  void ready();
  /// Tells it instead why not: the exception that is being handled.
  void refuse();

 private:
  std::byte* memory_ = nullptr;
  std::unique_ptr<Doorbell> doorbell_;
  std::unique_ptr<Channel> channel_;
  Hello hello_;
};

/// Makes the system usable for process 1: file systems, channel, modules the disks need,
/// environment. Throws where that fails, which ends the kernel with the reason as its last words.
std::unique_ptr<AgentChannel> agent_init();

/// The device node of each disk, in the order of EngineOptions::disks.
std::vector<std::string> agent_disks();

/// Where the kernel asks for a module: runs `agent -q -- NAME`. True where argv is such a request;
/// `status` is then the exit status.
bool serve_module_request(int argc, char** argv, int& status);

/// Serves calls until the library says shutdown; then calls `finish`, syncs all file systems and says so.
void serve(AgentChannel& agent, const RequestHandler& handler, const std::function<void()>& finish);

/// The same over any channel: for tests, and for an agent that is not process 1.
void serve(Channel& channel, const RequestHandler& handler, const std::function<void()>& finish = {});

}  // namespace vmcraft::uml
