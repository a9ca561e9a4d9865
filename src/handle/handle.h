// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/trace.h"
#include "file/session.h"
#include "fs/btrfs_scrub.h"
#include "fs/swap.h"
#include "handle/devices.h"
#include "handle/events.h"
#include "handle/local_mount.h"
#include "handle/metrics.h"
#include "handle/remote.h"
#include "handle/settings.h"
#include "image/drive_spec.h"
#include "inspect/os.h"
#include "libvirt/credentials.h"
#include "mount/table.h"
#include "run/session.h"

namespace vmcraft::handle {

struct Opened;

enum class Phase { config, launched, closed };

/// One session: its drives, what they hold, what is mounted, and the engine that serves it.
class Handle {
 public:
  Handle();
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  std::recursive_mutex& mutex() noexcept { return mutex_; }
  Phase phase() const noexcept { return phase_; }
  void set_phase(Phase phase) noexcept { phase_ = phase; }

  /// What c_pointer tells of this session: the C interface names its own handle.
  const void* address = this;
  Settings settings;
  Events events;
  Metrics metrics;
  /// Drives as they were added; attached by launch.
  std::vector<image::DriveSpec> drive_specs;
  /// Files that images may name outside their own folder; what ends in a slash is a folder with all below it.
  std::vector<std::string> allowed_backing;
  /// Behind the scratch drives.
  std::vector<base::UniqueFd> scratch_files;
  /// What inspection found; nothing before it ran.
  std::optional<std::vector<inspect::OperatingSystem>> systems;
  /// What calls such as hivex_open keep open for the calls after them.
  std::unique_ptr<Opened> opened;
  /// What the file actions keep between calls.
  file::Session files;
  /// What libvirt wants to know, and who may be asked.
  libvirt::Session libvirt_session;
  /// How programs of the guest are started.
  run::Session programs;
  /// What swapon enabled in this kernel.
  fs::Swaps swaps;
  /// Scrubs of btrfs that may still run.
  fs::Scrubs scrubs;
  /// Set while the isolated engine serves this handle.
  std::unique_ptr<Remote> remote;
  /// The folder of mount_local; calls about it come while another call serves it, hence a mutex of its own.
  std::shared_ptr<LocalMount> local_mount;
  std::mutex local_mount_mutex;

  /// Disks, partitions and volumes by their guest names.
  Devices& devices() noexcept { return devices_; }
  mount::Table& mounts();
  /// A second table, for looking at file systems without touching the caller's mounts.
  mount::Table& looking_mounts();
  bool has_mounts() const noexcept { return mounts_ != nullptr; }
  /// The guest's root, for everything by path; throws where nothing is mounted.
  const mount::GuestRoot& root();

  /// Tells listeners how far a long action is; cheap enough to call for every block.
  void progress(std::uint64_t position, std::uint64_t total);
  /// Throws Error{cancelled, EINTR} after user_cancel.
  void check_cancelled();
  void cancel() noexcept { cancelled_ = true; }
  void clear_cancel() noexcept { cancelled_ = false; }
  bool cancelled() const noexcept { return cancelled_ || (caller_ != nullptr && caller_->cancelled()); }
  /// This handle does work for another, whose cancelling counts and which lives longer.
  void work_for(const Handle& caller) noexcept { caller_ = &caller; }
  /// Where progress() and check_cancelled() go instead, in the agent.
  std::function<void(std::uint64_t, std::uint64_t)> forward_progress;
  std::function<bool()> poll_cancel;

  /// Unmounts, deactivates, flushes and detaches; throws for the first failure after doing it all.
  void shutdown();

  const base::TraceSink& library_sink() const noexcept { return library_sink_; }

 private:
  void end_local_mount();

  std::recursive_mutex mutex_;
  Phase phase_ = Phase::config;
  std::atomic<bool> cancelled_ = false;
  const Handle* caller_ = nullptr;
  base::TraceSink library_sink_;
  Devices devices_;
  std::unique_ptr<mount::Table> mounts_;
  std::unique_ptr<mount::Table> looking_mounts_;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace vmcraft::handle
