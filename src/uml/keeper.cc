// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/keeper.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "uml/supervisor.h"

namespace vmcraft::uml {
namespace {

KeeperSpec receive_spec(int control) {
  const ssize_t size =
      base::check(::recv(control, nullptr, 0, MSG_PEEK | MSG_TRUNC), "control socket");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const ssize_t got = base::check(::recv(control, bytes.data(), bytes.size(), 0), "control socket");
  bytes.resize(static_cast<std::size_t>(got));
  return KeeperSpec::unpack(bytes);
}

// An ordinary user needs a user namespace for the others. Root does not, and would lose its rights
// on other users' files in one.
void confine() {
  if (::geteuid() != 0) enter_user_namespace();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const rlimit no_core{0, 0};  // a panic would write the guest's memory to the host's disk
  ::setrlimit(RLIMIT_CORE, &no_core);
}

void close_on_exec(const KeeperSpec& spec) {
  for (const int fd : {kControlFd, kChannelFd, kSharedFd}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  for (int i = 0; i < static_cast<int>(spec.raw_disk_count); ++i)
    ::fcntl(kFirstDiskFd + i, F_SETFD, FD_CLOEXEC);
  for (int i = 0; i < static_cast<int>(spec.patch_count); ++i)
    ::fcntl(kFirstPatchFd + i, F_SETFD, FD_CLOEXEC);
}

void refuse(int control, const std::string& reason) {
  const std::string packet = KeeperReport{KeeperReport::Kind::refused, {}, 0, reason}.pack();
  ::send(control, packet.data(), packet.size(), MSG_NOSIGNAL);
}

void close_all_but(int kept) {
  ::syscall(SYS_close_range, 0U, static_cast<unsigned>(kept) - 1, 0U);
  ::syscall(SYS_close_range, static_cast<unsigned>(kept) + 1, ~0U, 0U);
}

// What is left of the group where the inner process was killed: its children came to us.
void end_adopted_children() {
  const std::string list = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  while (true) {
    std::ifstream children(list);
    for (pid_t pid = 0; children >> pid;) ::kill(pid, SIGKILL);
    if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
  }
}

int supervise(KeeperSpec spec, base::UniqueFd outer, base::UniqueFd library,
              PrivateFolder& folder) {
  Lifelines lifelines{base::UniqueFd(kControlFd), std::move(library), std::move(outer)};
  Supervisor(std::move(spec), std::move(lifelines), folder).run();
  return 0;
}

// Two processes, so that the end of either, by SIGKILL too, is noticed by the other.
int keep(const KeeperSpec& spec, base::UniqueFd library) {
  confine();
  PrivateFolder folder(spec.temp_dir, spec.room_bytes);
  // The next child is the new namespace's first process, and its end that of all others. Without
  // it they are found by their sessions and as adopted children.
  ::unshare(CLONE_NEWPID);
  auto [read_end, write_end] = base::make_pipe();
  const pid_t inner = base::check(::fork(), "fork");
  if (inner == 0) {
    write_end.reset();
    ::_exit(supervise(spec, std::move(read_end), std::move(library), folder));
  }
  close_all_but(write_end.get());
  int status = 0;
  while (::waitpid(inner, &status, 0) < 0 && errno == EINTR) continue;
  end_adopted_children();
  folder.remove();
  return status == 0 ? 0 : 1;
}

}  // namespace

int keeper_main() {
  try {
    base::UniqueFd library(static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0)));
    const KeeperSpec spec = receive_spec(kControlFd);
    close_on_exec(spec);
    if (spec.outlives_parent) library.reset();
    return keep(spec, std::move(library));
  } catch (const std::exception& failure) {
    refuse(kControlFd, failure.what());
    return 1;
  }
}

}  // namespace vmcraft::uml
