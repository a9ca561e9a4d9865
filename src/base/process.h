// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/stream.h"

namespace vmcraft::base {

/// A device node of a private /dev: its name below it, and the device's number.
struct DeviceEntry {
  std::string name;
  dev_t number = 0;
};

/// How to start a program. The child gets exactly these descriptors and nothing else of ours.
struct SpawnSpec {
  std::vector<std::string> argv;                ///< argv[0] is looked up in PATH
  std::vector<std::string> environment;         ///< NAME=VALUE added to ours
  std::vector<std::pair<int, int>> descriptors;  ///< {ours, the child's number}; 0-2 default to null
  bool die_with_parent = false;                 ///< PR_SET_PDEATHSIG SIGKILL
  bool new_session = false;                     ///< setsid(2)
  bool socket_activation = false;               ///< LISTEN_PID and LISTEN_FDS=1 for descriptor 3
  /// If not empty, the child has a mount namespace of its own whose /dev holds these block devices,
  /// the usual harmless nodes, and nothing else of the machine's; its /run is empty.
  std::vector<DeviceEntry> private_dev = {};
};

/// Owns a running child; ends it with SIGKILL and reaps it if nobody waited.
class ChildProcess {
 public:
  ChildProcess() noexcept = default;
  explicit ChildProcess(const SpawnSpec& spec);
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { kill_and_reap(); }

  pid_t pid() const noexcept { return pid_; }
  explicit operator bool() const noexcept { return pid_ > 0; }
  /// Waits for the end; returns the wait status.
  int wait();
  /// The wait status if the child has ended.
  std::optional<int> try_wait();
  void signal(int number) const noexcept;
  /// Lets the child go on alone; somebody else reaps it.
  void release() noexcept { pid_ = -1; }

 private:
  void kill_and_reap() noexcept;
  pid_t pid_ = -1;
};

struct CommandResult {
  int status = 0;  ///< wait status
  std::string out;
  std::string err;
  bool ok() const noexcept { return status == 0; }
};

struct Command {
  std::vector<std::string> argv;
  std::string input;
  std::vector<std::string> environment;
  std::vector<std::pair<int, int>> descriptors = {};  ///< {ours, the child's number}, above 2
  std::vector<DeviceEntry> private_dev = {};          ///< see SpawnSpec
  std::size_t output_limit_bytes = 64U << 20U;
  std::function<void()> while_running = {};           ///< called some times a second; may throw to end it
  ByteSource* source = nullptr;  ///< bulk data for its standard input, in place of `input`
  ByteSink* sink = nullptr;      ///< takes its standard output, in place of CommandResult::out
  std::size_t errors_kept_bytes = 0;  ///< of its standard error at least, the last; 0: all, up to the limit
  int end_signal = 0;  ///< where it is given up: it ends by this, and is waited for; 0: SIGKILL
};

/// Runs helper programs; tests replace it by one that replays.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  virtual CommandResult run(const Command& command) = 0;
};

/// Runs for real.
CommandRunner& system_runner();

/// Throws CommandError with the end of its standard error unless the program succeeded.
void require_success(const Command& command, const CommandResult& result);

/// Runs a program and returns its standard output; throws CommandError where it fails.
std::string run_or_throw(CommandRunner& runner, const Command& command);

/// "exited with status 2" or "killed by signal 9".
std::string describe_status(int status);

/// Full path of a program of PATH (with the sbin directories), or nothing.
std::optional<std::string> find_program(std::string_view name);

}  // namespace vmcraft::base
