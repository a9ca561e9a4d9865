// SPDX-License-Identifier: LGPL-3.0-or-later
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "capi/call.h"
#include "capi/give.h"

using vmcraft::Event;
using vmcraft::EventType;
using vmcraft::capi::EventListener;

namespace {

constexpr const char* kNames[] = {"close",   "subprocess_quit", "launch_done", "progress",     "appliance",
                                  "library", "trace",           "enter",       "libvirt_auth", "warning"};

void forward(guestfs_h* g, const EventListener& listener, const Event& event) {
  // The procedure and serial number of a protocol that is not there.
  const std::array<std::uint64_t, 4> numbers = {0, 0, event.position, event.total};
  const bool progress = event.type == EventType::progress;
  listener.call(g, listener.opaque, static_cast<std::uint64_t>(event.type), listener.number, 0,
                event.text.data(), event.text.size(), progress ? numbers.data() : nullptr,
                progress ? numbers.size() : 0);
}

int listen(guestfs_h* g, guestfs_event_callback cb, std::uint64_t mask, void* opaque) {
  auto listener = std::make_shared<EventListener>(EventListener{cb, opaque});
  listener->number = g->guest.on_event(static_cast<std::uint32_t>(mask), [g, listener](const Event& event) {
    forward(g, *listener, event);
  });
  return listener->number;
}

// One callback of a superseded kind.
template <typename Call>
void listen_once(guestfs_h* g, const char* kind, std::uint32_t mask, bool wanted, Call call) {
  const auto old = g->old_callbacks.find(kind);
  if (old != g->old_callbacks.end()) {
    g->guest.delete_event(old->second);
    g->old_callbacks.erase(old);
  }
  if (wanted) g->old_callbacks[kind] = g->guest.on_event(mask, call);
}

}  // namespace

extern "C" {

int guestfs_set_event_callback(guestfs_h* g, guestfs_event_callback cb, uint64_t event_bitmask, int flags,
                               void* opaque) {
  if (flags != 0) {
    vmcraft::capi::report(g, "guestfs_set_event_callback: flags parameter should be passed as 0 to this function", EINVAL);
    return -1;
  }
  return vmcraft::capi::call<int>(g, "set_event_callback", -1, [&](vmcraft::GuestFS&) {
    return listen(g, cb, event_bitmask, opaque);
  });
}

void guestfs_delete_event_callback(guestfs_h* g, int event_handle) { g->guest.delete_event(event_handle); }

char* guestfs_event_to_string(uint64_t event) {
  std::string text;
  for (unsigned i = 0; i < std::size(kNames); ++i)
    if ((event >> i & 1U) != 0) text += (text.empty() ? "" : ",") + std::string(kNames[i]);
  return ::strdup(text.c_str());
}

void guestfs_set_log_message_callback(guestfs_h* g, guestfs_log_message_cb cb, void* opaque) {
  listen_once(g, "log", GUESTFS_EVENT_APPLIANCE | GUESTFS_EVENT_LIBRARY, cb != nullptr, [=](const Event& event) {
    std::string text(event.text);
    cb(g, opaque, text.data(), static_cast<int>(text.size()));
  });
}

void guestfs_set_subprocess_quit_callback(guestfs_h* g, guestfs_subprocess_quit_cb cb, void* opaque) {
  listen_once(g, "quit", GUESTFS_EVENT_SUBPROCESS_QUIT, cb != nullptr, [=](const Event&) { cb(g, opaque); });
}

void guestfs_set_launch_done_callback(guestfs_h* g, guestfs_launch_done_cb cb, void* opaque) {
  listen_once(g, "launch", GUESTFS_EVENT_LAUNCH_DONE, cb != nullptr, [=](const Event&) { cb(g, opaque); });
}

void guestfs_set_close_callback(guestfs_h* g, guestfs_close_cb cb, void* opaque) {
  listen_once(g, "close", GUESTFS_EVENT_CLOSE, cb != nullptr, [=](const Event&) { cb(g, opaque); });
}

void guestfs_set_progress_callback(guestfs_h* g, guestfs_progress_cb cb, void* opaque) {
  listen_once(g, "progress", GUESTFS_EVENT_PROGRESS, cb != nullptr,
              [=](const Event& event) { cb(g, opaque, 0, 0, event.position, event.total); });
}

}  // extern "C"
