// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fcntl.h>
#include <mntent.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/secret.h"
#include "base/trace.h"
#include "uml/agent.h"
#include "uml/agent_stream.h"

namespace vmcraft::uml {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kIdle{1000};

AgentHooks hooks_of(AgentCall& call) {
  AgentHooks hooks;
  hooks.cancelled = [&call] { return call.cancelled(); };
  hooks.progress = [&call](std::uint64_t position, std::uint64_t total) {
    SharedState& state = call.channel.state();
    const std::uint64_t version = state.progress_version.load(std::memory_order_relaxed);
    state.progress_version.store(version + 1, std::memory_order_seq_cst);
    state.progress_position.store(position, std::memory_order_seq_cst);
    state.progress_total.store(total, std::memory_order_seq_cst);
    state.progress_version.store(version + 2, std::memory_order_seq_cst);
  };
  return hooks;
}

std::string run(AgentCall& call, const RequestHandler& handler, std::string_view request) {
  AgentSource in(call);
  AgentSink out(call);
  const base::TraceSink lines = [&call](std::string_view line) {
    call.channel.send(MessageType::trace, line);
  };
  const base::TraceScope scope((call.flags & kWantsTrace) != 0 ? &lines : nullptr);
  std::string reply = handler(request, in, out, hooks_of(call));
  return reply;
}

void answer(AgentCall& call, const RequestHandler& handler, std::string_view request) {
  try {
    const std::string reply = run(call, handler, request);
    call.channel.send_long(MessageType::reply_part, MessageType::reply, reply, call.number);
  } catch (...) {
    const std::string error = pack_error(std::current_exception());
    call.channel.send_long(MessageType::reply_part, MessageType::error, error, call.number);
  }
}

// Children of programs that ended before them became ours. One that an object here still waits for
// looks the same, so only those seen dead for a while are taken.
void reap_orphans() {
  static pid_t seen = 0;
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) {
    seen = 0;
    return;
  }
  if (info.si_pid == seen) ::waitpid(seen, nullptr, WNOHANG);
  seen = info.si_pid == seen ? 0 : info.si_pid;
}

Message next_message(Channel& channel) {
  while (true) {
    if (const std::optional<Message> message = channel.peek()) return *message;
    channel.wait(kIdle);
    if (!channel.peek() && ::getpid() == 1) reap_orphans();
  }
}

// Everything that has a file system behind it that can hold unwritten data.
void sync_all() {
  ::sync();
  std::FILE* table = ::setmntent("/proc/self/mounts", "re");
  if (table == nullptr) return;
  const auto close_table = [](std::FILE* file) { ::endmntent(file); };
  const std::unique_ptr<std::FILE, decltype(close_table)> closer(table, close_table);
  for (const mntent* entry = ::getmntent(table); entry != nullptr; entry = ::getmntent(table)) {
    if (entry->mnt_fsname[0] != '/' || ::hasmntopt(entry, "ro") != nullptr) continue;
    const base::UniqueFd folder(::open(entry->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) base::check(::syncfs(folder.get()), entry->mnt_dir);
  }
}

void say_goodbye(Channel& channel, const std::function<void()>& finish) {
  try {
    if (finish) finish();
    sync_all();
    channel.send(MessageType::shutdown);
  } catch (...) {
    channel.send(MessageType::error, pack_error(std::current_exception()));
  }
}

}  // namespace

void serve(Channel& channel, const RequestHandler& handler, const std::function<void()>& finish) {
  std::string request;
  while (true) {
    const Message message = next_message(channel);
    if (message.type == MessageType::request_part || message.type == MessageType::request)
      request.append(as_text(message.payload));
    channel.release();
    if (message.type == MessageType::shutdown) return say_goodbye(channel, finish);
    if (message.type != MessageType::request) continue;  // input that its call did not read
    AgentCall call{channel, message.first, message.second};
    answer(call, handler, request);
    base::wipe(request);  // there may be a key in it
  }
}

void serve(AgentChannel& agent, const RequestHandler& handler, const std::function<void()>& finish) {
  agent.ready();
  serve(agent.channel(), handler, finish);
  while (::getpid() == 1) ::pause();  // the end of process 1 would be a panic
}

}  // namespace vmcraft::uml
