// SPDX-License-Identifier: LGPL-3.0-or-later
#include "capi/handle.h"

#include <cerrno>

using vmcraft::capi::ErrorHandler;
using vmcraft::capi::Failure;

extern "C" {

const char* guestfs_last_error(guestfs_h* g) {
  if (!vmcraft::capi::is_open(g)) return nullptr;
  const std::lock_guard lock(g->mutex);
  const Failure& failure = g->failures[std::this_thread::get_id()];
  return failure.set ? failure.text.c_str() : nullptr;
}

int guestfs_last_errno(guestfs_h* g) {
  if (!vmcraft::capi::is_open(g)) return errno;
  const std::lock_guard lock(g->mutex);
  return g->failures[std::this_thread::get_id()].errno_value;
}

void guestfs_set_error_handler(guestfs_h* g, guestfs_error_handler_cb cb, void* opaque) {
  const std::lock_guard lock(g->mutex);
  g->error_handler = {cb, opaque};
}

guestfs_error_handler_cb guestfs_get_error_handler(guestfs_h* g, void** opaque_rtn) {
  const std::lock_guard lock(g->mutex);
  if (opaque_rtn != nullptr) *opaque_rtn = g->error_handler.opaque;
  return g->error_handler.call;
}

void guestfs_push_error_handler(guestfs_h* g, guestfs_error_handler_cb cb, void* opaque) {
  const std::lock_guard lock(g->mutex);
  g->pushed_error_handlers.push_back(g->error_handler);
  g->error_handler = {cb, opaque};
}

void guestfs_pop_error_handler(guestfs_h* g) {
  const std::lock_guard lock(g->mutex);
  if (g->pushed_error_handlers.empty()) {
    g->error_handler = g->first_error_handler;
    return;
  }
  g->error_handler = g->pushed_error_handlers.back();
  g->pushed_error_handlers.pop_back();
}

void guestfs_set_out_of_memory_handler(guestfs_h* g, guestfs_abort_cb cb) { g->out_of_memory = cb; }

guestfs_abort_cb guestfs_get_out_of_memory_handler(guestfs_h* g) { return g->out_of_memory; }

}  // extern "C"
