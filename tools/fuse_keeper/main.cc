// SPDX-License-Identifier: LGPL-3.0-or-later
// vmcraft-fuse-keeper PROGRAM ARGUMENT...: keeps a FUSE program that puts itself into the background in
// the foreground. It ends when the last process of the program has, and they all end when it is killed:
// they are in a process namespace whose first process dies with this one.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace {

int fail(const char* what) {
  std::perror(what);
  return 127;
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// Reaps all that is in the namespace; the result is that of the program.
int serve(char** argv) {
  const pid_t program = ::fork();
  if (program < 0) return fail("fork");
  if (program == 0) {
    ::execvp(argv[0], argv);
    ::_exit(fail(argv[0]));
  }
  int result = 0;
  for (;;) {
    int status = 0;
    const pid_t ended = ::wait(&status);
    if (ended == program) result = exit_code(status);
    if (ended < 0 && errno != EINTR) return result;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  int alive[2];
  if (::pipe2(alive, O_CLOEXEC) < 0) return fail("pipe");
  if (::unshare(CLONE_NEWPID) < 0) return fail("unshare");
  const pid_t first = ::fork();
  if (first < 0) return fail("fork");
  if (first == 0) {
    ::close(alive[1]);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Where this has ended before it could be told, its end of the pipe is closed.
    pollfd watched{alive[0], POLLIN, 0};
    if (::poll(&watched, 1, 0) != 0) return 127;
    return serve(argv + 1);
  }
  int status = 0;
  while (::waitpid(first, &status, 0) < 0 && errno == EINTR) continue;
  return exit_code(status);
}
