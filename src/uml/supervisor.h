// SPDX-License-Identifier: LGPL-3.0-or-later
// The keeper's inner process: starts the engine's processes, watches them, ends them together.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/process.h"
#include "uml/keeper.h"
#include "uml/private_folder.h"

namespace vmcraft::uml {

/// What ends the supervisor when it becomes readable or hangs up.
struct Lifelines {
  base::UniqueFd control;  ///< to the library
  base::UniqueFd library;  ///< pidfd of the process that started the keeper
  base::UniqueFd outer;    ///< pipe from the keeper's outer process
};

class Supervisor {
 public:
  Supervisor(KeeperSpec spec, Lifelines lifelines, PrivateFolder& folder);
  /// Runs until all is over.
  void run();

 private:
  struct Member {
    const char* name;
    base::ChildProcess process;
    base::UniqueFd words;  ///< what it prints
    std::string tail;
    int status = 0;
    bool ended = false;
  };

  base::SpawnSpec kernel_spec() const;
  base::SpawnSpec storage_spec();
  void start(Member& member, base::SpawnSpec spec);
  void start_all();
  bool step();
  void hear(Member& member) const;
  void reap();
  bool stop_asked();
  void stop();
  bool wait_for(Member& member, int limit_ms);
  void kill_all();
  void report(const KeeperReport& report) const;
  void report_end();

  KeeperSpec spec_;
  Lifelines lifelines_;
  PrivateFolder& folder_;
  base::UniqueFd signals_;
  std::vector<base::UniqueFd> sockets_;
  Member kernel_{"kernel", {}, {}, {}};
  Member storage_{"qemu-storage-daemon", {}, {}, {}};
};

}  // namespace vmcraft::uml
