// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/mount_task.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "shell/interrupt.h"
#include "shell/open.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

// The background process, which tells the first one with a byte that the folder is ready.
class Background {
 public:
  /// Forks; the first process waits here and ends with the status of the start.
  void enter() {
    auto [read_end, write_end] = base::make_pipe();
    const pid_t child = base::check(::fork(), "fork");
    if (child != 0) {
      write_end.reset();
      char ready = 0;
      ::_exit(::read(read_end.get(), &ready, 1) == 1 ? 0 : 1);
    }
    ready_ = std::move(write_end);
    ::setsid();
  }
  /// Lets the first process go; nothing is said to the terminal from now on.
  void ready() {
    if (!ready_) return;
    base::check(::chdir("/"), "/");
    const base::UniqueFd null_fd = base::open_file("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2}) ::dup2(null_fd.get(), standard);
    base::write_full(ready_.get(), base::as_bytes("r"));
    ready_.reset();
  }

 private:
  base::UniqueFd ready_;
};

void write_pid_file(const std::string& path) {
  if (path.empty()) return;
  const base::UniqueFd file = base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  base::write_full(file.get(), base::as_bytes(std::to_string(::getpid()) + "\n"));
}

void serve(Session& session, CommandLine& line, Background& background) {
  open_guest(session, line);
  GuestFS& g = session.guest();
  MountLocalOptions options;
  options.readonly = session.settings().readonly;
  if (!line.mount.options.empty()) options.options = base::join(line.mount.options, ",");
  options.cachetimeout = line.mount.cache_seconds;
  options.debugcalls = session.settings().trace;
  g.mount_local(line.words[0], options);
  const interrupt::Scope scope(g);
  if (interrupt::pending() != 0) return;
  write_pid_file(line.mount.pid_file);
  background.ready();
  try {
    g.mount_local_run();
  } catch (const Error& failure) {
    // A signal is the way to end it from outside.
    if (failure.code() != ErrorCode::cancelled) throw;
  }
  if (!line.mount.pid_file.empty()) ::unlink(line.mount.pid_file.c_str());
}

}  // namespace

bool asks_for_mount(int argc, char** argv) {
  return argc > 1 && std::strcmp(argv[1], "mount") == 0;
}

void take_mount_task(CommandLine& line, bool asked) {
  const MountTask& mount = line.mount;
  if (!asked && (!mount.options.empty() || !mount.pid_file.empty() || mount.foreground ||
                 mount.cache_seconds))
    throw UsageError(
        "--option, --pid-file, --no-fork and --dir-cache-timeout belong to 'vmcraft mount'");
  if (!asked) return;
  line.words.erase(line.words.begin());
  if (line.words.size() != 1) throw UsageError("mount: name one folder, behind the options");
  if (line.drives.empty() && line.domain.empty()) throw UsageError("mount: add a disk with -a");
  if (line.mounts.empty() && !line.inspect)
    throw UsageError("mount: say with -m what is mounted, or let -i find it");
  line.task = CommandLine::Task::mount;
}

int run_mount(CommandLine& line) {
  Background background;
  // Before there is any thread or helper.
  if (!line.mount.foreground) background.enter();
  interrupt::install();
  Session session(line.settings);
  bool good = false;
  try {
    serve(session, line, background);
    good = true;
  } catch (const std::exception& failure) {
    session.report(failure.what());
  }
  return session.close() && good ? 0 : 1;
}

}  // namespace vmcraft::shell
