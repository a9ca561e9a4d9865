// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dirent.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <exception>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::uml {
namespace {

constexpr std::size_t kTailBytes = 8192;
constexpr int kStorageLimitMs = 60000;   // asked to stop: a slow disk may flush that long
constexpr int kAbandonedLimitMs = 2500;  // nobody waits any more

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

base::UniqueFd listen_at(const std::string& path) {
  base::UniqueFd fd(base::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) base::throw_errno(path, ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  base::check(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), path);
  base::check(::listen(fd.get(), 1), path);
  return fd;
}

// Children of this process that are not ours to name: what a dead kernel or daemon left.
std::vector<pid_t> adopted_children() {
  std::vector<pid_t> result;
  const std::string self = std::to_string(::getpid());
  try {
    const std::string text = base::read_text_file("/proc/self/task/" + self + "/children");
    for (const std::string& field : base::split_blanks(text))
      if (const auto pid = base::parse_number<pid_t>(field)) result.push_back(*pid);
  } catch (const std::exception&) {  // a kernel without that file
  }
  return result;
}

std::string with_folder(std::string text, const std::string& folder) {
  for (std::size_t at = text.find(kFolderToken); at != std::string::npos;
       at = text.find(kFolderToken, at + folder.size()))
    text.replace(at, kFolderToken.size(), folder);
  return text;
}

// What the kernel inherits at its start; put back afterwards.
class KernelSurroundings {
 public:
  KernelSurroundings() {
    // With its heap at a random distance the kernel describes, page by page, a hole of up to 1 GiB.
    personality_ = ::personality(0xFFFFFFFF);
    if (personality_ >= 0)
      ::personality(static_cast<unsigned long>(personality_) | ADDR_NO_RANDOMIZE);
    // Each system call inside is two switches between two processes of the host, which costs a
    // fifth where they need not wake a sleeping processor. This process was just forked, so the
    // scheduler has put it where there is room.
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<unsigned>(std::max(::sched_getcpu(), 0)), &here);
    pinned_ = ::sched_getaffinity(0, sizeof processors_, &processors_) == 0 &&
              ::sched_setaffinity(0, sizeof here, &here) == 0;
  }
  ~KernelSurroundings() {
    if (pinned_) ::sched_setaffinity(0, sizeof processors_, &processors_);
    if (personality_ >= 0) ::personality(static_cast<unsigned long>(personality_));
  }
  KernelSurroundings(const KernelSurroundings&) = delete;
  KernelSurroundings& operator=(const KernelSurroundings&) = delete;

 private:
  int personality_ = -1;
  cpu_set_t processors_{};
  bool pinned_ = false;
};

}  // namespace

Supervisor::Supervisor(KeeperSpec spec, Lifelines lifelines, PrivateFolder& folder)
    : spec_(std::move(spec)), lifelines_(std::move(lifelines)), folder_(folder) {
  const sigset_t set = watched_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_.reset(base::check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
  for (auto* argv : {&spec_.kernel_argv, &spec_.storage_argv})
    for (std::string& argument : *argv) argument = with_folder(argument, folder_.path());
}

base::SpawnSpec Supervisor::kernel_spec() const {
  base::SpawnSpec spec;
  spec.argv = spec_.kernel_argv;
  spec.environment = {"TMPDIR=" + folder_.path(), "HOME=" + folder_.path()};
  spec.descriptors = {{kChannelFd, kChannelFd}, {kSharedFd, kSharedFd}};
  if (!folder_.named()) spec.descriptors.emplace_back(folder_.fd(), kFolderFd);
  for (int i = 0; i < static_cast<int>(spec_.raw_disk_count); ++i)
    spec.descriptors.emplace_back(kFirstDiskFd + i, kFirstDiskFd + i);
  return spec;
}

base::SpawnSpec Supervisor::storage_spec() {
  base::SpawnSpec spec;
  spec.argv = spec_.storage_argv;
  for (int i = 0; i < static_cast<int>(spec_.export_count); ++i) {
    sockets_.push_back(listen_at(folder_.path() + "/d" + std::to_string(i)));
    spec.descriptors.emplace_back(sockets_.back().get(), kFirstExportFd + i);
  }
  for (int i = 0; i < static_cast<int>(spec_.patch_count); ++i)
    spec.descriptors.emplace_back(kFirstPatchFd + i, kFirstPatchFd + i);
  return spec;
}

void Supervisor::start(Member& member, base::SpawnSpec spec) {
  auto [read_end, write_end] = base::make_pipe();
  spec.descriptors.emplace_back(write_end.get(), 1);
  spec.descriptors.emplace_back(write_end.get(), 2);
  spec.die_with_parent = true;
  spec.new_session = true;
  member.process = base::ChildProcess(spec);
  member.words = std::move(read_end);
  ::fcntl(member.words.get(), F_SETFL, O_NONBLOCK);
}

void Supervisor::start_all() {
  if (!spec_.storage_argv.empty()) start(storage_, storage_spec());
  sockets_.clear();
  const KernelSurroundings surroundings;
  start(kernel_, kernel_spec());
}

void Supervisor::run() {
  try {
    start_all();
    report({KeeperReport::Kind::started, {}, 0, folder_.path()});
    while (step()) continue;
    if (kernel_.ended || storage_.ended) report_end();
    stop();
  } catch (const std::exception& failure) {
    kill_all();
    report({KeeperReport::Kind::refused, {}, 0, failure.what()});
  }
  folder_.remove();
}

// Waits for one thing to happen; false when it is over.
bool Supervisor::step() {
  std::array<pollfd, 6> watched{{{lifelines_.control.get(), POLLIN, 0},
                                 {lifelines_.library.get(), POLLIN, 0},
                                 {lifelines_.outer.get(), POLLIN, 0},
                                 {signals_.get(), POLLIN, 0},
                                 {kernel_.words.get(), POLLIN, 0},
                                 {storage_.words.get(), POLLIN, 0}}};
  if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) base::throw_errno("poll");
  hear(kernel_);
  hear(storage_);
  if (watched[0].revents != 0 || watched[1].revents != 0 || watched[2].revents != 0) return false;
  if (watched[3].revents != 0 && stop_asked()) return false;
  return !kernel_.ended && !storage_.ended;
}

void Supervisor::hear(Member& member) const {
  std::array<char, 4096> buffer{};
  while (member.words) {
    const ssize_t n = ::read(member.words.get(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return member.words.reset();
    member.tail.append(buffer.data(), static_cast<std::size_t>(n));
    if (member.tail.size() > kTailBytes) member.tail.erase(0, member.tail.size() - kTailBytes);
  }
}

bool Supervisor::stop_asked() {
  bool asked = false;
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info)
    asked = asked || info.ssi_signo != static_cast<unsigned>(SIGCHLD);
  reap();
  return asked;
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG))
    for (Member* member : {&kernel_, &storage_})
      if (member->process.pid() == pid) {
        member->process.release();
        member->ended = true;
        member->status = status;
        hear(*member);
      }
}

// The kernel first, so that nothing writes any more; then the daemon, which flushes what it holds.
void Supervisor::stop() {
  std::array<char, 8> word{};
  const bool asked = ::recv(lifelines_.control.get(), word.data(), word.size(), MSG_DONTWAIT) > 0;
  if (kernel_.process) ::kill(-kernel_.process.pid(), SIGKILL);
  if (storage_.process && spec_.storage_writes) {
    storage_.process.signal(SIGTERM);
    wait_for(storage_, asked ? kStorageLimitMs : kAbandonedLimitMs);
  }
  kill_all();
  if (asked) report({KeeperReport::Kind::stopped, {}, storage_.status, storage_.tail});
}

bool Supervisor::wait_for(Member& member, int limit_ms) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
  while (!member.ended && std::chrono::steady_clock::now() < limit) {
    pollfd watched{signals_.get(), POLLIN, 0};
    ::poll(&watched, 1, 100);
    stop_asked();
    hear(member);
  }
  return member.ended;
}

void Supervisor::kill_all() {
  for (const Member* member : {&kernel_, &storage_})
    if (member->process) ::kill(-member->process.pid(), SIGKILL);
  if (::getpid() == 1) ::kill(-1, SIGKILL);
  while (true) {
    for (const pid_t pid : adopted_children()) ::kill(pid, SIGKILL);
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    if (pid < 0 && errno == ECHILD) break;
    for (Member* member : {&kernel_, &storage_})
      if (member->process.pid() == pid) member->process.release();
  }
}

void Supervisor::report_end() {
  const Member& first = storage_.ended && !kernel_.ended ? storage_ : kernel_;
  report({KeeperReport::Kind::ended, first.name, first.status, first.tail});
}

void Supervisor::report(const KeeperReport& report) const {
  const std::string packet = report.pack();
  ::send(lifelines_.control.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace vmcraft::uml
