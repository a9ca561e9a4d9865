// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/events.h"

#include <cstdio>
#include <vector>

namespace vmcraft::handle {

int Events::add(std::uint32_t mask, EventCallback callback) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace(next_, Listener{mask, std::move(callback)});
  mask_ |= mask;
  return next_++;
}

void Events::remove(int number) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(number);
  std::uint32_t mask = 0;
  for (const auto& [key, listener] : listeners_) mask |= listener.mask;
  mask_ = mask;
}

void Events::send(const Event& event) const {
  if (!wanted(event.type)) return speak(event);
  // A listener may add or remove listeners: it runs without the lock.
  std::vector<EventCallback> callbacks;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, listener] : listeners_)
      if ((listener.mask & static_cast<std::uint32_t>(event.type)) != 0)
        callbacks.push_back(listener.callback);
  }
  for (const EventCallback& callback : callbacks) callback(event);
}

// One write a line: other threads speak too.
void Events::speak(const Event& event) const {
  constexpr auto kSpoken = static_cast<std::uint32_t>(EventType::trace) | static_cast<std::uint32_t>(EventType::library) |
                           static_cast<std::uint32_t>(EventType::appliance) |
                           static_cast<std::uint32_t>(EventType::warning);
  if ((static_cast<std::uint32_t>(event.type) & kSpoken) == 0) return;
  std::string line = event.type == EventType::trace     ? speaker + ": trace: "
                     : event.type == EventType::warning ? speaker + ": warning: "
                                                        : std::string();
  line += event.text;
  if (!line.ends_with('\n')) line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace vmcraft::handle
