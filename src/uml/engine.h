// SPDX-License-Identifier: LGPL-3.0-or-later
// The isolated engine: a User-Mode-Linux kernel with the caller's disks, and the agent in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/stream.h"

namespace vmcraft::uml {

/// One disk of the engine. Either `raw_path` or `blockdevs` and `node`.
struct Disk {
  /// JSON objects as qemu-storage-daemon's --blockdev takes them, lowest layer first.
  std::vector<std::string> blockdevs;
  std::string node;      ///< node-name of the layer the guest sees
  std::string raw_path;  ///< a raw local file or block device
  bool readonly = false;
  std::uint32_t sector_bytes = 512;  ///< logical sector size: 512 or 4096
  std::string label;                 ///< for traces
};

struct EngineOptions {
  std::vector<Disk> disks;
  /// Files that `blockdevs` of the disks call /proc/self/fd/N, N counting up from kFirstPatchFd.
  std::vector<std::shared_ptr<base::UniqueFd>> patches;
  unsigned memory_mib = 192;
  bool raid6 = false;       ///< RAID6 sets are on the disks: the boot takes 0.9 s longer
  bool outlives_parent = false;  ///< the caller goes on in a fork, and the process that launches ends
  std::string temp_dir;     ///< preferred place of what needs a named file; none where possible
  std::string modules_dir;  ///< empty: the kernel release's usual folder
  std::vector<std::string> agent_environment;  ///< NAME=VALUE
  // Programs; empty: beside the library, then in PATH.
  std::string agent_path;
  std::string keeper_path;
  std::string kernel_path;
  std::string storage_daemon_path;
};

/// What one call may do besides its request and reply.
struct CallHooks {
  std::function<void(std::uint64_t position, std::uint64_t total)> progress;
  std::function<bool()> cancelled;       ///< polled every 50 ms
  std::chrono::milliseconds timeout{0};  ///< the engine is ended where a call takes longer; 0: none
};

/// A running engine. Calls come one at a time; a second thread waits. Where the engine's kernel or
/// one of its processes ends, calls throw Error{engine, EIO} with its last words.
class Engine {
 public:
  /// Boots; returns when the agent is ready. Throws Error{not_supported} where this machine lacks
  /// a program or room, Error{engine} where a process ended, naming it.
  explicit Engine(const EngineOptions& options);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  /// Ends everything at once: what the guest has not written stays unwritten.
  ~Engine();

  /// One request to the agent. `in` is read when the agent asks for it, `out` gets its data; both
  /// may be null. Rethrows the agent's error; where `in` or `out` throws, the agent's work is
  /// cancelled first and the engine stays usable.
  std::string call(std::string_view request, base::ByteSource* in = nullptr,
                   base::ByteSink* out = nullptr, const CallHooks& hooks = {});

  /// Syncs the guest's file systems, flushes the disks, ends the engine. Throws where data may not
  /// have reached the disks, so also where the engine died before. May be repeated.
  void shutdown();

  /// Whether calls can still succeed.
  bool alive() const noexcept;
  /// Process id of the keeper, the first of the engine's processes.
  int pid() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vmcraft::uml
