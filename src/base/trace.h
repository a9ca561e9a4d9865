// SPDX-License-Identifier: LGPL-3.0-or-later
// The library never prints: it traces to whatever sink the current call installed on this thread.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string_view>

namespace vmcraft::base {

using TraceSink = std::function<void(std::string_view)>;

/// Installs `sink` on this thread for the lifetime of the object; null silences.
class TraceScope {
 public:
  explicit TraceScope(const TraceSink* sink) noexcept;
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;
  ~TraceScope();

 private:
  const TraceSink* previous_;
};

/// The sink of this thread, to be handed to a thread that works for the same call.
const TraceSink* current_trace() noexcept;
void trace_text(std::string_view text) noexcept;

template <typename... Args>
void trace(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (current_trace() == nullptr) return;
  try {
    trace_text(fmt::format(format, std::forward<Args>(args)...));
  } catch (...) {
    trace_text("trace: message could not be formatted");
  }
}

}  // namespace vmcraft::base
