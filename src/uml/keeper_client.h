// SPDX-License-Identifier: LGPL-3.0-or-later
// The library's hold on its keeper.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/process.h"
#include "uml/keeper.h"

namespace vmcraft::uml {

class KeeperClient {
 public:
  /// What the keeper gets besides its control socket: {ours, its number}.
  using Descriptors = std::vector<std::pair<int, int>>;
  KeeperClient(const std::string& program, const KeeperSpec& spec, const Descriptors& given);
  KeeperClient(const KeeperClient&) = delete;
  KeeperClient& operator=(const KeeperClient&) = delete;
  ~KeeperClient();

  /// Readable when check() has something to see.
  int fd() const noexcept { return control_.get(); }
  /// Throws Error{engine} where the engine has ended; the same one each time from then on.
  void check();
  /// Ends the engine; throws where the storage daemon did not end well.
  void stop();
  /// Ends the engine without a word.
  void abandon() noexcept;
  bool running() const noexcept { return static_cast<bool>(process_); }
  int pid() const noexcept { return process_.pid(); }

 private:
  bool receive(int flags, KeeperReport& report);
  void judge(const KeeperReport& report);
  void wait_for_end() noexcept;

  base::UniqueFd control_;
  base::ChildProcess process_;
  std::string reason_;  ///< why the engine has ended
};

/// The line of a console that tells why it ended.
std::string last_words(const std::string& console);

}  // namespace vmcraft::uml
