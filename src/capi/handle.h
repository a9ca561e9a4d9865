// SPDX-License-Identifier: LGPL-3.0-or-later
// What stands behind a guestfs_h.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "guestfs.h"
#include "vmcraft/guestfs.h"

namespace vmcraft::capi {

/// The last failure of one thread on one handle.
struct Failure {
  std::string text;
  int errno_value = 0;
  bool set = false;
};

struct ErrorHandler {
  guestfs_error_handler_cb call = nullptr;
  void* opaque = nullptr;
};

/// What a callback was given when it was set; forgotten with it.
struct EventListener {
  guestfs_event_callback call = nullptr;
  void* opaque = nullptr;
  int number = -1;
};

/// False for NULL and for what was closed.
bool is_open(const guestfs_h* g);

}  // namespace vmcraft::capi

struct guestfs_h {
  explicit guestfs_h(unsigned flags);

  vmcraft::GuestFS guest;
  bool close_on_exit;

  std::mutex mutex;  ///< of all that follows
  std::map<std::thread::id, vmcraft::capi::Failure> failures;
  vmcraft::capi::ErrorHandler error_handler;
  vmcraft::capi::ErrorHandler first_error_handler;  ///< what popping more than was pushed comes back to
  std::vector<vmcraft::capi::ErrorHandler> pushed_error_handlers;
  guestfs_abort_cb out_of_memory;
  std::map<std::string, std::string> kept;  ///< strings that belong to the handle, by action
  std::map<std::string, void*> private_data;
  std::string private_position;  ///< of guestfs_next_private
  std::map<std::string, int> old_callbacks;  ///< the one of each superseded kind
};
