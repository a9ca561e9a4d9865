// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "vmcraft/guestfs.h"

namespace vmcraft::handle {

/// The listeners of a handle.
class Events {
 public:
  int add(std::uint32_t mask, EventCallback callback);
  void remove(int number);
  /// True where somebody listens to the type: asked before a message is built.
  bool wanted(EventType type) const noexcept {
    return (mask_.load(std::memory_order_relaxed) & static_cast<std::uint32_t>(type)) != 0;
  }
  /// To the listeners. What nobody listens to goes to standard error if it is meant for people.
  void send(const Event& event) const;

  std::string speaker = "vmcraft";  ///< in front of what goes to standard error

 private:
  void speak(const Event& event) const;

  struct Listener {
    std::uint32_t mask;
    EventCallback callback;
  };
  mutable std::mutex mutex_;
  std::map<int, Listener> listeners_;
  std::atomic<std::uint32_t> mask_ = 0;
  int next_ = 0;
};

}  // namespace vmcraft::handle
