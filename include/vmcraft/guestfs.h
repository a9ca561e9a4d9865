// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vmcraft/error.h"
#include "vmcraft/export.h"
#include "vmcraft/types.h"

namespace vmcraft {

namespace handle {
class Handle;
}

/// What a handle tells its listeners while it works.
enum class EventType : std::uint32_t {
  close = 1,            ///< the handle is about to be closed
  subprocess_quit = 2,  ///< the isolated engine ended
  launch_done = 4,      ///< launch has finished
  progress = 8,         ///< position and total of a long action
  appliance = 16,       ///< console output of the isolated engine
  library = 32,         ///< what the library does; only when verbose
  trace = 64,           ///< each call with its arguments and its result; only when tracing
  enter = 128,          ///< an action begins
  libvirt_auth = 256,   ///< libvirt wants credentials; the text is the URI
  warning = 512,        ///< something the caller should know
};

struct Event {
  EventType type;
  std::string_view text;         ///< the message, or the action's name
  std::uint64_t position = 0;    ///< progress only
  std::uint64_t total = 0;       ///< progress only; 0 where it is not known
};

using EventCallback = std::function<void(const Event&)>;

class GuestFS;
/// For the library's own tests; not exported.
handle::Handle& internal_handle(GuestFS& g);

/// One session over a set of disk images: add drives, launch, mount, work, close.
///
/// Names and meanings are those of guestfs where guestfs has the action. Every method may throw
/// Error. One call at a time runs on a handle; others wait. user_cancel may be called any time.
class VMCRAFT_API GuestFS {
 public:
  /// A handle without drives: add_drive, launch and the rest are up to the caller.
  GuestFS();
  /// Adds `path` as the only drive and launches. The format is found out from the content.
  explicit GuestFS(const std::string& path, bool readonly = true);
  GuestFS(GuestFS&& other) noexcept;
  GuestFS& operator=(GuestFS&& other) noexcept;
  GuestFS(const GuestFS&) = delete;
  GuestFS& operator=(const GuestFS&) = delete;
  /// Closes the session. Failures are traced; call shutdown() where they matter.
  ~GuestFS();

  /// Calls `callback` for each event whose type is in `mask` (EventType values or'ed together).
  /// Returns a number for delete_event.
  int on_event(std::uint32_t mask, EventCallback callback);
  void delete_event(int number);

#include "vmcraft/methods.inc"

 private:
  friend handle::Handle& internal_handle(GuestFS& g);
  std::unique_ptr<handle::Handle> handle_;
};

}  // namespace vmcraft
