// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/io_ring.h"

#include <liburing.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/trace.h"

namespace vmcraft::base {
namespace {

using Clock = std::chrono::steady_clock;

// The quickest of some: an interruption makes a call slow, nothing makes it fast.
bool measure_calls() {
  if (const char* decided = std::getenv("VMCRAFT_IO_RING")) return std::string_view(decided) == "always";
  constexpr std::chrono::microseconds kDear{4};
  Clock::duration least = Clock::duration::max();
  for (int i = 0; i < 16; ++i) {
    const auto start = Clock::now();
    ::syscall(SYS_getppid);
    least = std::min(least, Clock::now() - start);
  }
  return least > kDear;
}

std::unique_ptr<IoRing> make_ring() noexcept {
  if (!calls_are_dear()) return nullptr;
  try {
    return std::make_unique<IoRing>();
  } catch (const std::exception& failure) {
    trace("io_uring: {}; files are read one by one", failure.what());
    return nullptr;
  }
}

}  // namespace

bool calls_are_dear() noexcept {
  static const bool dear = measure_calls();
  return dear;
}

struct IoRing::Ring : io_uring {};

IoRing* IoRing::of_thread() noexcept {
  thread_local const std::unique_ptr<IoRing> ring = make_ring();
  return ring.get();
}

IoRing::IoRing() : ring_(std::make_unique<Ring>()) {
  const int failure = ::io_uring_queue_init(kMost, ring_.get(), 0);
  if (failure < 0) throw_errno("io_uring", -failure);
}

IoRing::~IoRing() { ::io_uring_queue_exit(ring_.get()); }

const std::vector<int>& IoRing::run(std::size_t count, const Prepare& prepare) {
  results_.assign(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    io_uring_sqe* entry = ::io_uring_get_sqe(ring_.get());
    prepare(entry, i);
    entry->user_data = i;
  }
  for (std::size_t done = 0; done < count;) {
    const int submitted = ::io_uring_submit_and_wait(ring_.get(), static_cast<unsigned>(count - done));
    if (submitted < 0 && submitted != -EINTR && submitted != -EAGAIN && submitted != -EBUSY)
      throw_errno("io_uring", -submitted);
    io_uring_cqe* completed = nullptr;
    while (::io_uring_peek_cqe(ring_.get(), &completed) == 0) {
      results_.at(completed->user_data) = completed->res;
      ::io_uring_cqe_seen(ring_.get(), completed);
      ++done;
    }
  }
  return results_;
}

}  // namespace vmcraft::base
