// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

struct io_uring_sqe;

namespace vmcraft::base {

/// Whether a system call costs microseconds here, as inside User-Mode-Linux; measured once, unless
/// the environment's VMCRAFT_IO_RING says "always" or "never".
bool calls_are_dear() noexcept;

/// Runs many operations with one system call.
///
/// Worth it where a system call is dear, as inside User-Mode-Linux: there a file's status costs half
/// of what fstatat does, and a small file's content a seventh of open, read and close. On a usual
/// kernel plain calls are cheaper.
class IoRing {
 public:
  static constexpr std::size_t kMost = 64;

  /// The ring of this thread; nothing where calls are cheap, or the kernel or
  /// liburing has none.
  static IoRing* of_thread() noexcept;

  IoRing();
  ~IoRing();
  IoRing(const IoRing&) = delete;
  IoRing& operator=(const IoRing&) = delete;

  /// Fills one operation in, by liburing's io_uring_prep_*.
  using Prepare = std::function<void(io_uring_sqe*, std::size_t number)>;
  /// Runs `count` operations, at most kMost, side by side; returns their results in order, each as
  /// the system call's or a negative errno.
  const std::vector<int>& run(std::size_t count, const Prepare& prepare);

 private:
  struct Ring;
  std::unique_ptr<Ring> ring_;
  std::vector<int> results_;
};

}  // namespace vmcraft::base
