// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace vmcraft::mount {

/// A thread that lives in a mount namespace of its own. The caller's namespace sees none of its
/// mounts, and the kernel takes them all down when the process ends, however it ends.
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
  void loop();
  void enter();

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  bool stop_ = false;
  std::string folder_;
  std::string guest_root_;
  std::thread thread_;
};

}  // namespace vmcraft::mount
