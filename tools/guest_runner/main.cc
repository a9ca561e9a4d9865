// SPDX-License-Identifier: LGPL-3.0-or-later
// vmcraft-guest-runner ROOT NETWORK UMASK CONTEXT PROGRAM ARGUMENT...: runs a program of a guest inside the
// guest's root, in namespaces of its own. Descriptor 3 takes one line of how it ended: "status WAITSTATUS",
// "fail ERRNO OBJECT", or "arch MACHINE CLASS DATA" for a program of another machine.
//
// This process is outside; its child is the first process of the namespaces, reaps all others and ends
// when the program does, which ends what the program left running. SIGTERM ends them all, and this process
// after them.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "runner.h"

namespace vmcraft::guest_runner {
namespace {

constexpr int kReport = 3;
volatile sig_atomic_t first_process = 0;

extern "C" void end_all(int) {
  if (first_process > 0) ::kill(first_process, SIGKILL);
  else ::_exit(127);
}

void change_mask(int how) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ::sigprocmask(how, &term, nullptr);
}

// Holds SIGTERM back until there is a process to end.
void hold_signals() {
  struct sigaction action {};
  action.sa_handler = end_all;
  ::sigaction(SIGTERM, &action, nullptr);
  change_mask(SIG_BLOCK);
}

// Reaps all until the program has ended.
int wait_for_program(pid_t program) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::wait(&status);
    if (ended == program) return status;
    if (ended < 0 && errno != EINTR) fail("wait");
  }
}

void set_context(const Request& request) {
  if (request.context.empty()) return;
  const int file = ::open("/proc/thread-self/attr/exec", O_WRONLY | O_CLOEXEC);
  const auto length = static_cast<ssize_t>(request.context.size());
  if (file < 0 || ::write(file, request.context.data(), request.context.size()) != length)
    fail(request.context.c_str());
}

void run_inside(const Request& request) {
  ::prctl(PR_SET_DUMPABLE, 0);  // the guest must not look into this process
  if (!request.network) raise_loopback();
  constexpr char kName[] = "localhost";
  ::sethostname(kName, sizeof kName - 1);
  enter_guest(request);
  const pid_t program = ::fork();
  require(program, "fork");
  if (program == 0) {
    set_context(request);
    drop_privileges();
    become_program(request);
  }
  report("status " + std::to_string(wait_for_program(program)));
}

// The first process of the namespaces; it dies with this one.
int run_namespaces(const Request& request) {
  int alive[2];
  require(::pipe2(alive, O_CLOEXEC), "pipe");
  const int network = request.network ? 0 : CLONE_NEWNET;
  require(::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | network), "namespaces");
  ::unshare(CLONE_NEWCGROUP);
  const pid_t first = ::fork();
  require(first, "fork");
  if (first == 0) {
    ::close(alive[1]);
    ::signal(SIGTERM, SIG_DFL);
    change_mask(SIG_UNBLOCK);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Where this has ended before it could be told, its end of the pipe is closed.
    pollfd watched{alive[0], POLLIN, 0};
    if (::poll(&watched, 1, 0) != 0) ::_exit(127);
    ::close(alive[0]);
    run_inside(request);
    ::_exit(0);
  }
  first_process = first;
  change_mask(SIG_UNBLOCK);
  int status = 0;
  while (::waitpid(first, &status, 0) < 0 && errno == EINTR) continue;
  return 0;
}

}  // namespace

void report(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(kReport, text.data(), text.size()) < 0) ::_exit(126);
}

void fail(const char* object) {
  report("fail " + std::to_string(errno) + " " + object);
  ::_exit(127);
}

void require(int result, const char* object) {
  if (result < 0) fail(object);
}

}  // namespace vmcraft::guest_runner

int main(int argc, char** argv) {
  using namespace vmcraft::guest_runner;
  if (argc < 6) return 2;
  Request request;
  request.root = argv[1];
  request.network = std::strcmp(argv[2], "1") == 0;
  request.umask = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 8));
  request.context = argv[4];
  request.argv.assign(argv + 5, argv + argc + 1);
  ::fcntl(kReport, F_SETFD, FD_CLOEXEC);
  ::setsid();  // no terminal of the caller's
  hold_signals();
  return run_namespaces(request);
}
