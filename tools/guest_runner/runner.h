// SPDX-License-Identifier: LGPL-3.0-or-later
// The pieces of vmcraft-guest-runner. What fails is told to the caller, and the process ends.
#pragma once

#include <string>
#include <vector>

namespace vmcraft::guest_runner {

struct Request {
  std::string root;       ///< the guest's root, in the mount namespace this was started in
  bool network = false;
  unsigned umask = 022;
  std::string context;    ///< of SELinux, for the program; empty: as it is
  std::vector<char*> argv;  ///< ends with a null pointer
};

/// Tells the caller "fail ERRNO OBJECT" and ends.
[[noreturn]] void fail(const char* object);
/// fail() where `result` is negative.
void require(int result, const char* object);
/// Tells the caller one line.
void report(const std::string& line);

/// Makes the guest's root the root of this process, with /proc, /sys and /dev of its own where the
/// guest has folders for them. Nothing is made on the guest's file systems.
void enter_guest(const Request& request);

/// A working loopback interface in a new network namespace.
void raise_loopback();

/// Gives up what a program of the guest must not have.
void drop_privileges();

/// Runs the program in place of this process.
[[noreturn]] void become_program(const Request& request);

}  // namespace vmcraft::guest_runner
