// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "vmcraft/vmcraft.h"

namespace vmcraft::fs {

/// The scrubs of one handle: each reads all of a mounted btrfs in a thread of its own. `fd` is an
/// open directory of the file system, `object` its name for errors.
class Scrubs {
 public:
  Scrubs();
  Scrubs(const Scrubs&) = delete;
  Scrubs& operator=(const Scrubs&) = delete;
  /// Stops what still runs.
  ~Scrubs();

  /// Throws Error EINPROGRESS where one runs there.
  void start(int fd, const std::string& object, bool readonly);
  /// From where a scrub that was cancelled had come; throws where there is none.
  void resume(int fd, const std::string& object);
  /// Throws Error ENOTCONN where none runs there.
  void cancel(int fd, const std::string& object);
  /// Waits for the end; `waiting` is called some times a second, and where it throws the scrub is
  /// cancelled. Throws where the scrub failed, or found what it could not correct.
  void wait(int fd, const std::string& object, const std::function<void()>& waiting);
  /// Sums over the devices of the scrub that runs or ran last; zeroes where there was none.
  Btrfsscrub status(int fd, const std::string& object);
  void stop_all() noexcept;

 private:
  class Job;
  Job& job_of(int fd, const std::string& object);

  std::map<std::string, std::unique_ptr<Job>> jobs_;  // by the UUID of the file system
};

}  // namespace vmcraft::fs
