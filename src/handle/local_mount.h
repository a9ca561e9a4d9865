// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

namespace vmcraft::handle {

/// The guest's files under a folder of this machine.
class LocalMount {
 public:
  virtual ~LocalMount() = default;
  /// Answers the kernel until it is unmounted; throws Error{cancelled} after user_cancel, unmounted
  /// too.
  virtual void run() = 0;
  /// Unmounts; throws EBUSY where it is in use, after some seconds of trying where `retry` is set.
  virtual void unmount(bool retry) = 0;
};

}  // namespace vmcraft::handle
