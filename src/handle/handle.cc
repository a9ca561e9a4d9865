// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/handle.h"

#include "base/error.h"
#include "handle/opened.h"

namespace vmcraft::handle {

Handle::Handle()
    : opened(std::make_unique<Opened>()),
      library_sink_([this](std::string_view text) { events.send({EventType::library, text}); }) {}

Handle::~Handle() {
  const base::TraceScope scope(settings.verbose ? &library_sink_ : base::current_trace());
  events.send({EventType::close, ""});
  try {
    shutdown();
  } catch (const Error& failure) {
    base::trace("close: {}", failure.what());
  }
}

mount::Table& Handle::mounts() {
  if (!mounts_) mounts_ = std::make_unique<mount::Table>();
  return *mounts_;
}

mount::Table& Handle::looking_mounts() {
  if (!looking_mounts_) looking_mounts_ = std::make_unique<mount::Table>();
  return *looking_mounts_;
}

const mount::GuestRoot& Handle::root() {
  if (!mounts_)
    throw Error(ErrorCode::state, EINVAL, "nothing is mounted: mount the root file system first");
  return mounts_->root();
}

void Handle::progress(std::uint64_t position, std::uint64_t total) {
  if (forward_progress) return forward_progress(position, total);
  if (!events.wanted(EventType::progress)) return;
  // Five a second are enough for a person; the last one always counts.
  const auto now = std::chrono::steady_clock::now();
  if (position != total && now - last_progress_ < std::chrono::milliseconds(200)) return;
  last_progress_ = now;
  events.send({EventType::progress, "", position, total});
}

void Handle::check_cancelled() {
  if (!cancelled() && !(poll_cancel && poll_cancel())) return;
  throw Error(ErrorCode::cancelled, EINTR, "cancelled by the user");
}

// Another thread may serve it, which ends by that; the last that holds it unmounts in any case.
void Handle::end_local_mount() {
  std::shared_ptr<LocalMount> mount;
  {
    const std::lock_guard lock(local_mount_mutex);
    mount = std::move(local_mount);
  }
  if (mount.use_count() > 1) mount->unmount(true);
}

void Handle::shutdown() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  std::exception_ptr first;
  const auto attempt = [&first](const std::function<void()>& step) {
    try {
      step();
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  };
  attempt([this] { end_local_mount(); });
  if (remote) {
    attempt([this] { remote->shutdown(); });
    remote.reset();
  }
  *opened = {};
  attempt([this] { swaps.disable_all(); });
  scrubs.stop_all();
  looking_mounts_.reset();
  if (mounts_) {
    attempt([this] { mounts_->umount_all(); });
    mounts_.reset();
  }
  attempt([this] { devices_.close(); });
  if (first) std::rethrow_exception(first);
}

}  // namespace vmcraft::handle
