// SPDX-License-Identifier: LGPL-3.0-or-later
// Ctrl-C: cancels the running call, so that everything is put away before the shell ends.
#pragma once

#include "vmcraft/guestfs.h"

namespace vmcraft::shell::interrupt {

/// Takes SIGINT, SIGTERM and SIGHUP. A second one, while the first has not had its effect, ends
/// the process at once. SIGPIPE is ignored: writes report it.
void install();

/// The signal that came since the last clear(), 0 for none.
int pending() noexcept;
void clear() noexcept;

/// While it lives, an interrupt cancels this handle's running call.
class Scope {
 public:
  explicit Scope(GuestFS& guest) noexcept;
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
};

}  // namespace vmcraft::shell::interrupt
