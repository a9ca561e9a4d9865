// SPDX-License-Identifier: LGPL-3.0-or-later
// Programs of the guest, inside the guest's root and namespaces of their own.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/stream.h"
#include "mount/table.h"

namespace vmcraft::run {

/// What the calls that return a program's output as one string take of it, in MiB.
inline constexpr std::size_t kOutputLimitMib = 64;

struct Program {
  std::vector<std::string> argv;
  bool network = false;  ///< it sees this machine's network, and its name servers
  mode_t umask = 022;
  std::string context;   ///< of SELinux; empty: that of this process
  std::function<void()> while_running;  ///< called some times a second; may throw to end it
};

/// Runs the program and returns what it printed. Throws CommandError with its status and its standard
/// error where it fails, EFBIG where it prints more than kOutputLimitMib.
std::string run_program(mount::Table& mounts, const Program& program);
/// The same for output of any size.
void run_program(mount::Table& mounts, const Program& program, base::ByteSink& output);

/// Names of the guest's files for a program of the machine that is started where the guest is mounted.
class GuestPaths {
 public:
  GuestPaths(const mount::GuestRoot& guest, std::string root) : guest_(guest), root_(std::move(root)) {}
  const std::string& root() const noexcept { return root_; }
  /// The path without links of what a guest path leads to; throws where that is nothing.
  std::string find(const std::string& path) const;
  /// The same where the last component may be a link, which stays one, or nothing yet.
  std::string find_entry(const std::string& path) const;

 private:
  std::string name_of(int fd, const std::string& path) const;
  const mount::GuestRoot& guest_;
  std::string root_;
};

/// Runs a program of the machine where the guest's mounts are to be seen.
base::CommandResult run_beside_guest(
    mount::Table& mounts, const std::function<base::Command(const GuestPaths& paths)>& command);

}  // namespace vmcraft::run
