// SPDX-License-Identifier: LGPL-3.0-or-later
#include "capi/handle.h"

#include <cstdio>
#include <cstdlib>
#include <set>
#include <shared_mutex>

#include "capi/call.h"
#include "handle/handle.h"

namespace {

void print_error(guestfs_h*, void*, const char* message) {
  std::fprintf(stderr, "libguestfs: error: %s\n", message);
}

[[noreturn]] void abort_now() { std::abort(); }

struct OpenHandles {
  std::shared_mutex mutex;
  std::set<const guestfs_h*> all;
  std::set<guestfs_h*> close_on_exit;
};

// Never destroyed: handles are closed while the process ends.
OpenHandles& open_handles() {
  static auto* handles = new OpenHandles;
  return *handles;
}

void close_all() {
  for (;;) {
    guestfs_h* g = nullptr;
    {
      const std::shared_lock lock(open_handles().mutex);
      if (open_handles().close_on_exit.empty()) return;
      g = *open_handles().close_on_exit.begin();
    }
    guestfs_close(g);
  }
}

void remember(guestfs_h* g) {
  const std::lock_guard lock(open_handles().mutex);
  static const int registered = std::atexit(close_all);
  (void)registered;
  open_handles().all.insert(g);
  if (g->close_on_exit) open_handles().close_on_exit.insert(g);
}

bool forget(guestfs_h* g) {
  const std::lock_guard lock(open_handles().mutex);
  open_handles().close_on_exit.erase(g);
  return open_handles().all.erase(g) > 0;
}

}  // namespace

bool vmcraft::capi::is_open(const guestfs_h* g) {
  const std::shared_lock lock(open_handles().mutex);
  return open_handles().all.contains(g);
}

guestfs_h::guestfs_h(unsigned flags)
    : close_on_exit((flags & GUESTFS_CREATE_NO_CLOSE_ON_EXIT) == 0),
      error_handler{print_error, nullptr},
      first_error_handler(error_handler),
      out_of_memory(abort_now) {
  vmcraft::internal_handle(guest).address = this;
  vmcraft::internal_handle(guest).events.speaker = "libguestfs";
  if ((flags & GUESTFS_CREATE_NO_ENVIRONMENT) != 0) vmcraft::capi::forget_environment(guest);
}

extern "C" {

guestfs_h* guestfs_create() { return guestfs_create_flags(0); }

guestfs_h* guestfs_create_flags(unsigned flags, ...) {
  try {
    auto* g = new guestfs_h(flags);
    remember(g);
    return g;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "libguestfs: error: %s\n", failure.what());
    return nullptr;
  }
}

void guestfs_close(guestfs_h* g) {
  if (!forget(g)) return;
  delete g;
}

}  // extern "C"
