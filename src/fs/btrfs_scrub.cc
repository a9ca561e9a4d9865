// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/btrfs_scrub.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "fs/btrfs_device.h"

namespace vmcraft::fs {
namespace {

void add(Btrfsscrub& sum, const btrfs_scrub_progress& one) {
  sum.btrfsscrub_data_extents_scrubbed += one.data_extents_scrubbed;
  sum.btrfsscrub_tree_extents_scrubbed += one.tree_extents_scrubbed;
  sum.btrfsscrub_data_bytes_scrubbed += one.data_bytes_scrubbed;
  sum.btrfsscrub_tree_bytes_scrubbed += one.tree_bytes_scrubbed;
  sum.btrfsscrub_read_errors += one.read_errors;
  sum.btrfsscrub_csum_errors += one.csum_errors;
  sum.btrfsscrub_verify_errors += one.verify_errors;
  sum.btrfsscrub_no_csum += one.no_csum;
  sum.btrfsscrub_csum_discards += one.csum_discards;
  sum.btrfsscrub_super_errors += one.super_errors;
  sum.btrfsscrub_malloc_errors += one.malloc_errors;
  sum.btrfsscrub_uncorrectable_errors += one.uncorrectable_errors;
  sum.btrfsscrub_unverified_errors += one.unverified_errors;
  sum.btrfsscrub_corrected_errors += one.corrected_errors;
  sum.btrfsscrub_last_physical =
      std::max<std::uint64_t>(sum.btrfsscrub_last_physical, one.last_physical);
}

struct DeviceScrub {
  std::uint64_t id = 0;
  std::uint64_t start = 0;  ///< physical position
  bool done = false;
  btrfs_scrub_progress progress{};
};

}  // namespace

// The descriptor keeps the file system mounted, so it goes when the thread is done.
class Scrubs::Job {
 public:
  Job(base::UniqueFd fd, std::vector<DeviceScrub> devices, bool readonly)
      : fd_(std::move(fd)),
        devices_(std::move(devices)),
        readonly_(readonly),
        thread_([this] { run(); }) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    stop();
    thread_.join();
  }

  bool running() {
    const std::lock_guard lock(mutex_);
    return running_;
  }
  bool wait_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, time, [this] { return !running_; });
  }
  // Again and again: the kernel cannot cancel what is just about to begin.
  void stop() {
    do {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      if (fd_) ::ioctl(fd_.get(), BTRFS_IOC_SCRUB_CANCEL);
    } while (!wait_for(std::chrono::milliseconds(20)));
  }
  int failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }
  bool readonly() const { return readonly_; }

  std::vector<DeviceScrub> devices() {
    const std::lock_guard lock(mutex_);
    std::vector<DeviceScrub> list = devices_;
    for (DeviceScrub& device : list) {
      btrfs_ioctl_scrub_args arguments{};
      arguments.devid = device.id;
      if (fd_ && !device.done && ::ioctl(fd_.get(), BTRFS_IOC_SCRUB_PROGRESS, &arguments) == 0)
        device.progress = arguments.progress;
    }
    return list;
  }

 private:
  void run() {
    for (DeviceScrub& device : devices_) {
      if (device.done) continue;
      if (!scrub(device)) break;
    }
    const std::lock_guard lock(mutex_);
    fd_.reset();
    running_ = false;
    ended_.notify_all();
  }

  bool scrub(DeviceScrub& device) {
    btrfs_ioctl_scrub_args arguments{};
    arguments.devid = device.id;
    arguments.start = device.start;
    arguments.end = ~std::uint64_t{0};
    arguments.flags = readonly_ ? BTRFS_SCRUB_READONLY : 0;
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_) failure_ = ECANCELED;
      if (cancelled_) return false;
    }
    const int result = ::ioctl(fd_.get(), BTRFS_IOC_SCRUB, &arguments);
    const int error = result < 0 ? errno : 0;
    const std::lock_guard lock(mutex_);
    device.progress = arguments.progress;
    device.done = result == 0;
    failure_ = error;
    return result == 0;
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  base::UniqueFd fd_;
  std::vector<DeviceScrub> devices_;
  const bool readonly_;
  bool running_ = true;
  bool cancelled_ = false;
  int failure_ = 0;
  std::thread thread_;  // last: it uses all above
};

Scrubs::Scrubs() = default;
Scrubs::~Scrubs() { stop_all(); }
void Scrubs::stop_all() noexcept { jobs_.clear(); }

namespace {

base::UniqueFd reopened(int fd, const std::string& object) {
  return base::UniqueFd(base::check(::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), object));
}

}  // namespace

void Scrubs::start(int fd, const std::string& object, bool readonly) {
  const BtrfsFacts facts = btrfs_facts(fd, object);
  std::unique_ptr<Job>& job = jobs_[facts.fsid];
  if (job && job->running())
    throw Error(ErrorCode::system, EINPROGRESS, object + ": a scrub is running already");
  std::vector<DeviceScrub> devices;
  for (const std::uint64_t id : facts.device_ids) devices.push_back({.id = id});
  job.reset();
  job = std::make_unique<Job>(reopened(fd, object), std::move(devices), readonly);
}

Scrubs::Job& Scrubs::job_of(int fd, const std::string& object) {
  const auto job = jobs_.find(btrfs_facts(fd, object).fsid);
  if (job == jobs_.end() || !job->second)
    throw Error(ErrorCode::system, ENOTCONN, object + ": no scrub was started here");
  return *job->second;
}

void Scrubs::resume(int fd, const std::string& object) {
  Job& before = job_of(fd, object);
  if (before.running())
    throw Error(ErrorCode::system, EINPROGRESS, object + ": a scrub is running already");
  if (before.failure() != ECANCELED) base::throw_invalid(object, "no scrub was cancelled here");
  std::vector<DeviceScrub> devices = before.devices();
  for (DeviceScrub& device : devices)
    if (!device.done) device.start = device.progress.last_physical;
  const bool readonly = before.readonly();
  jobs_[btrfs_facts(fd, object).fsid] =
      std::make_unique<Job>(reopened(fd, object), std::move(devices), readonly);
}

void Scrubs::cancel(int fd, const std::string& object) {
  Job& job = job_of(fd, object);
  if (!job.running()) throw Error(ErrorCode::system, ENOTCONN, object + ": no scrub is running");
  job.stop();
}

void Scrubs::wait(int fd, const std::string& object, const std::function<void()>& waiting) {
  Job& job = job_of(fd, object);
  try {
    while (!job.wait_for(std::chrono::milliseconds(50))) waiting();
  } catch (...) {
    job.stop();
    throw;
  }
  if (job.failure() != 0) base::throw_errno(object, job.failure());
  const Btrfsscrub found = status(fd, object);
  // Where nothing may be corrected, kernels do not tell what could be.
  const std::uint64_t bad = job.readonly()
                                ? found.btrfsscrub_read_errors + found.btrfsscrub_csum_errors +
                                      found.btrfsscrub_verify_errors + found.btrfsscrub_super_errors
                                : found.btrfsscrub_uncorrectable_errors;
  if (bad != 0)
    base::throw_corrupt(object, fmt::format("{} errors were found and not corrected", bad));
}

Btrfsscrub Scrubs::status(int fd, const std::string& object) {
  Btrfsscrub sum;
  const auto job = jobs_.find(btrfs_facts(fd, object).fsid);
  if (job == jobs_.end() || !job->second) return sum;
  for (const DeviceScrub& device : job->second->devices()) add(sum, device.progress);
  return sum;
}

}  // namespace vmcraft::fs
