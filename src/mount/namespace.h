// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"

namespace vmcraft::mount {

/// A thread that lives in a mount namespace of its own. The caller's namespace sees none of its
/// mounts, and the kernel takes them all down when the process ends, however it ends. A fork of the
/// process goes on with the same mounts, by a thread of its own.
class Namespace {
 public:
  /// Throws where the process may not unshare (CAP_SYS_ADMIN).
  Namespace();
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  /// Runs `work` on the thread and waits for it; rethrows what it throws.
  void run(const std::function<void()>& work);
  /// Where the guest's root is mounted, as the thread sees it.
  const std::string& guest_root() const noexcept { return guest_root_; }
  /// A folder of the thread's alone.
  const std::string& folder() const noexcept { return folder_; }

 private:
  class Lane;

  void enter();
  /// The thread of this process.
  Lane& lane();

  base::UniqueFd namespace_;
  std::string folder_;
  std::string guest_root_;
  pid_t process_ = 0;
  std::unique_ptr<Lane> lane_;
};

}  // namespace vmcraft::mount
