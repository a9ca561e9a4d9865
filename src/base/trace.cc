// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/trace.h"

namespace vmcraft::base {
namespace {
thread_local const TraceSink* sink = nullptr;
}

TraceScope::TraceScope(const TraceSink* next) noexcept : previous_(sink) { sink = next; }
TraceScope::~TraceScope() { sink = previous_; }

const TraceSink* current_trace() noexcept { return sink; }

void trace_text(std::string_view text) noexcept {
  if (sink == nullptr || !*sink) return;
  try {
    (*sink)(text);
  } catch (...) {  // a broken sink must not break the work it watches
  }
}

}  // namespace vmcraft::base
