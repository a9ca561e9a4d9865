// SPDX-License-Identifier: LGPL-3.0-or-later
#include "mount/namespace.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/trace.h"

namespace vmcraft::mount {
namespace {

// A folder every system has and no driver needs; hidden in our namespace only.
std::string private_folder() {
  for (const char* folder : {"/mnt", "/media", "/srv"})
    if (::access(folder, F_OK) == 0) return folder;
  base::throw_errno("/mnt", ENOENT);
}

}  // namespace

/// A thread that does one thing after another.
class Namespace::Lane {
 public:
  Lane() {
    // The thread must not take signals meant for the program's own threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { loop(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  ~Lane() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void run(const std::function<void()>& work);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  bool stop_ = false;
  std::thread thread_;
};

void Namespace::Lane::run(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return work_ == nullptr; });
  std::exception_ptr failure;
  const base::TraceSink* sink = base::current_trace();
  const std::function<void()> traced = [&] {
    const base::TraceScope scope(sink);
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  };
  work_ = &traced;
  changed_.notify_all();
  changed_.wait(lock, [this, &traced] { return work_ != &traced; });
  lock.unlock();
  if (failure) std::rethrow_exception(failure);
}

void Namespace::Lane::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || work_ != nullptr; });
    if (work_ == nullptr) return;
    const std::function<void()>* work = work_;
    lock.unlock();
    (*work)();
    lock.lock();
    work_ = nullptr;
    changed_.notify_all();
  }
}

Namespace::Namespace() : process_(::getpid()), lane_(std::make_unique<Lane>()) {
  lane_->run([this] { enter(); });
}

Namespace::~Namespace() {
  if (process_ != ::getpid()) static_cast<void>(lane_.release());
}

void Namespace::enter() {
  if (::unshare(CLONE_FS | CLONE_NEWNS) < 0)
    throw Error(ErrorCode::system, errno,
                "private mount namespace: " + base::errno_text(errno) +
                    "; run as root, or choose the uml engine");
  base::check(::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "mount: /: slave");
  folder_ = private_folder();
  base::check(::mount("vmcraft", folder_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m"),
              folder_);
  guest_root_ = folder_ + "/root";
  base::check(::mkdir(guest_root_.c_str(), 0755), guest_root_);
  namespace_ = base::UniqueFd(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
  base::check(namespace_.get(), "/proc/thread-self/ns/mnt");
}

Namespace::Lane& Namespace::lane() {
  if (process_ == ::getpid()) return *lane_;
  // After a fork: the thread is the parent's, and so is the state of what it waits on.
  static_cast<void>(lane_.release());
  lane_ = std::make_unique<Lane>();
  process_ = ::getpid();
  lane_->run([this] {
    base::check(::unshare(CLONE_FS), "unshare");
    base::check(::setns(namespace_.get(), CLONE_NEWNS), "setns");
  });
  return *lane_;
}

void Namespace::run(const std::function<void()>& work) { lane().run(work); }

}  // namespace vmcraft::mount
