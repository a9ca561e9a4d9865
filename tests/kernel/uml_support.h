// SPDX-License-Identifier: LGPL-3.0-or-later
// Images for the engine's tests, and what they count afterwards.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/temp.h"
#include "uml/engine.h"

namespace vmcraft::uml::test {

/// Why the engine cannot run on this machine, or nothing.
std::string missing();

/// A folder other users can read, with a raw and a qcow2 image of the same `size_bytes` pattern.
class Images {
 public:
  explicit Images(std::size_t size_bytes = 8U << 20U);
  const std::string& content() const noexcept { return content_; }
  std::string folder() const { return folder_.path(); }
  Disk raw(bool readonly = true) const;
  Disk qcow2(bool readonly = true, const std::string& name = "t.qcow2") const;

 private:
  base::TempDir folder_;
  std::string content_;
};

EngineOptions options(std::vector<Disk> disks = {});

/// Runs `body` in a forked child as uid and gid nobody without privileges; its failures and text
/// are this process's failures. `chrooted` also takes user namespaces away.
void run_as_nobody(const std::function<void()>& body, bool chrooted = false);

/// Processes that have NAME=VALUE in their environment.
std::vector<pid_t> processes_with(const std::string& entry);
/// Names of vmcraft's temporary files in the usual places and in `folder`.
std::vector<std::string> temporary_files(const std::string& folder);
/// Polls `condition` for at most five seconds.
bool within_five_seconds(const std::function<bool()>& condition);

}  // namespace vmcraft::uml::test
