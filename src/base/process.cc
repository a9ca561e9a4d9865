// SPDX-License-Identifier: LGPL-3.0-or-later
#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/private_dev.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::base {
namespace {

constexpr const char* kSystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<char*> environment_with(const std::vector<std::string>& added) {
  std::vector<char*> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const bool replaced = std::any_of(added.begin(), added.end(), [&](const std::string& text) {
      const std::size_t name_length = text.find('=') + 1;
      return std::strncmp(*entry, text.c_str(), name_length) == 0;
    });
    if (!replaced) result.push_back(*entry);
  }
  for (const std::string& text : added) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// All the child needs, prepared before vfork: between it and exec nothing may allocate.
struct Launch {
  std::string program;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<std::pair<int, int>> descriptors;
  int highest = 2;
  pid_t parent = 0;
  bool die_with_parent = false;
  bool new_session = false;
  std::optional<PrivateDev> private_dev;
  char* listen_pid = nullptr;  // ten digits to be filled in, in an entry of envp
  int failure = 0;  // written by the child, whose memory is ours until exec
};

// Puts each descriptor at its place by way of numbers above all of them, so that none is lost.
bool place_descriptors(Launch& launch) {
  for (auto& [ours, theirs] : launch.descriptors) {
    ours = ::fcntl(ours, F_DUPFD, launch.highest + 1);
    if (ours < 0) return false;
  }
  for (int fd = 3; fd <= launch.highest; ++fd) ::close(fd);
  for (const auto& [ours, theirs] : launch.descriptors)
    if (::dup2(ours, theirs) < 0) return false;
  ::syscall(SYS_close_range, static_cast<unsigned>(launch.highest + 1), ~0U, 0U);
  return true;
}

[[noreturn]] void become(Launch& launch) {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (launch.new_session) ::setsid();
  if (launch.die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != launch.parent) ::_exit(127);
  }
  if (launch.listen_pid != nullptr) {
    pid_t rest = ::getpid();
    for (int digit = 9; digit >= 0; --digit, rest /= 10)
      launch.listen_pid[digit] = static_cast<char>('0' + rest % 10);
  }
  if ((!launch.private_dev || launch.private_dev->enter()) && place_descriptors(launch))
    ::execve(launch.program.c_str(), launch.argv.data(), launch.envp.data());
  launch.failure = errno;
  ::_exit(127);
}

Launch prepare(const SpawnSpec& spec, int null_fd) {
  Launch launch;
  const std::optional<std::string> program = find_program(spec.argv.at(0));
  if (!program) throw_errno(spec.argv[0], ENOENT);
  launch.program = *program;
  launch.argv = pointers(spec.argv);
  launch.envp = environment_with(spec.environment);
  launch.descriptors = spec.descriptors;
  for (int standard = 0; standard <= 2; ++standard) {
    const bool given = std::any_of(spec.descriptors.begin(), spec.descriptors.end(),
                                   [standard](const auto& pair) { return pair.second == standard; });
    if (!given) launch.descriptors.emplace_back(null_fd, standard);
  }
  for (const auto& [ours, theirs] : launch.descriptors)
    launch.highest = std::max(launch.highest, theirs);
  launch.parent = ::getpid();
  launch.die_with_parent = spec.die_with_parent;
  launch.new_session = spec.new_session;
  if (!spec.private_dev.empty()) launch.private_dev.emplace(spec.private_dev);
  return launch;
}

// vfork: the page tables of a large caller are not copied, and a failed exec reports by memory.
pid_t start(Launch& launch) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::vfork();
  if (pid == 0) become(launch);
  const int failure = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) throw_errno(launch.program, failure);
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(pid, &status, 0);
  } while (ended < 0 && errno == EINTR);
  return ended == pid ? status : 0;
}

constexpr int kTickMs = 100;
constexpr std::size_t kBlock = 65536;

// Moves the bytes of one command: input out, output and errors in, until all pipes are closed.
class Exchange {
 public:
  Exchange(const Command& command, UniqueFd input, UniqueFd output, UniqueFd errors)
      : command_(command), input_(std::move(input)), output_(std::move(output)),
        errors_(std::move(errors)) {
    for (const UniqueFd* fd : {&input_, &output_, &errors_})
      if (*fd) ::fcntl(fd->get(), F_SETFL, O_NONBLOCK);
    if (command_.input.empty() && command_.source == nullptr) input_.reset();
  }

  void run(CommandResult& result) {
    while (input_ || output_ || errors_) {
      std::array<pollfd, 3> watched{{{input_.get(), POLLOUT, 0},
                                     {output_.get(), POLLIN, 0},
                                     {errors_.get(), POLLIN, 0}}};
      const int limit_ms = command_.while_running ? kTickMs : -1;
      if (::poll(watched.data(), watched.size(), limit_ms) < 0 && errno != EINTR)
        throw_errno("poll");
      if (command_.while_running) command_.while_running();
      if (watched[0].revents != 0) feed();
      if (watched[1].revents != 0) drain(output_, result.out);
      if (watched[2].revents != 0) drain(errors_, result.err);
    }
  }

 private:
  // What is to be written next; empty at the end.
  std::string_view pending() {
    if (command_.source == nullptr) return std::string_view(command_.input).substr(sent_);
    if (sent_ == block_.size()) {
      block_.resize(kBlock);
      block_.resize(command_.source->read(std::as_writable_bytes(std::span(block_))));
      sent_ = 0;
    }
    return std::string_view(block_).substr(sent_);
  }

  void feed() {
    const std::string_view bytes = pending();
    const ssize_t n = bytes.empty() ? 0 : ::write(input_.get(), bytes.data(), bytes.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return input_.reset();
    sent_ += static_cast<std::size_t>(n);
  }

  void drain(UniqueFd& fd, std::string& text) const {
    std::array<char, kBlock> buffer{};
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return fd.reset();
    if (&fd == &output_ && command_.sink != nullptr)
      return command_.sink->write(
          as_bytes(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
    text.append(buffer.data(), static_cast<std::size_t>(n));
    const std::size_t kept = command_.errors_kept_bytes;
    if (&fd == &errors_ && kept > 0) {
      if (text.size() > 2 * kept + kBlock) text.erase(0, text.size() - kept);
      return;
    }
    if (text.size() > command_.output_limit_bytes)
      throw_errno(command_.argv[0] + ": output", EFBIG);
  }

  const Command& command_;
  UniqueFd input_;
  UniqueFd output_;
  UniqueFd errors_;
  std::string block_;
  std::size_t sent_ = 0;
};

// Writing to a program that does not read must be an error here, not the end of the caller.
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  PipeSignalBlocked(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;
  ~PipeSignalBlocked() {
    const timespec at_once{};
    if (!was_pending_)
      while (::sigtimedwait(&set_, nullptr, &at_once) < 0 && errno == EINTR) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

class SystemRunner : public CommandRunner {
 public:
  CommandResult run(const Command& command) override {
    trace("run: {}", join(command.argv, " "));
    auto [input_read, input_write] = make_pipe();
    auto [output_read, output_write] = make_pipe();
    auto [errors_read, errors_write] = make_pipe();
    SpawnSpec spec;
    spec.argv = command.argv;
    spec.environment = command.environment;
    spec.descriptors = command.descriptors;
    spec.descriptors.insert(spec.descriptors.end(), {{input_read.get(), 0},
                                                     {output_write.get(), 1},
                                                     {errors_write.get(), 2}});
    spec.private_dev = command.private_dev;
    spec.die_with_parent = true;  // it would go on with devices that are being taken away
    const PipeSignalBlocked blocked;
    ChildProcess child(spec);
    input_read.reset();
    output_write.reset();
    errors_write.reset();
    CommandResult result;
    try {
      Exchange(command, std::move(input_write), std::move(output_read), std::move(errors_read))
          .run(result);
    } catch (...) {
      if (command.end_signal == 0) throw;
      child.signal(command.end_signal);
      child.wait();
      throw;
    }
    result.status = child.wait();
    return result;
  }
};

}  // namespace

ChildProcess::ChildProcess(const SpawnSpec& spec) {
  const UniqueFd null_fd = open_file("/dev/null", O_RDWR);
  Launch launch = prepare(spec, null_fd.get());
  std::string listen_pid = "LISTEN_PID=0000000000";
  std::string listen_fds = "LISTEN_FDS=1";
  if (spec.socket_activation) {
    launch.envp.back() = listen_pid.data();
    launch.envp.insert(launch.envp.end(), {listen_fds.data(), nullptr});
    launch.listen_pid = listen_pid.data() + std::strlen("LISTEN_PID=");
  }
  pid_ = start(launch);
  if (launch.failure != 0) {
    wait();
    throw_errno(launch.program, launch.failure);
  }
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    kill_and_reap();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

int ChildProcess::wait() { return wait_for(std::exchange(pid_, -1)); }

std::optional<int> ChildProcess::try_wait() {
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) == 0) return std::nullopt;
  pid_ = -1;
  return status;
}

void ChildProcess::signal(int number) const noexcept {
  if (pid_ > 0) ::kill(pid_, number);
}

void ChildProcess::kill_and_reap() noexcept {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  wait_for(std::exchange(pid_, -1));
}

CommandRunner& system_runner() {
  static SystemRunner runner;
  return runner;
}

void require_success(const Command& command, const CommandResult& result) {
  if (result.ok()) return;
  constexpr std::size_t kTail = 4096;
  // Checkers say on their standard output what is wrong.
  const std::string& said = trim(result.err).empty() ? result.out : result.err;
  const std::string tail = said.size() > kTail ? said.substr(said.size() - kTail) : said;
  const std::string reason(trim(tail).empty() ? describe_status(result.status) : trim(tail));
  throw CommandError(command.argv[0] + ": " + reason, command.argv, result.status, tail);
}

std::string run_or_throw(CommandRunner& runner, const Command& command) {
  CommandResult result = runner.run(command);
  require_success(command, result);
  return std::move(result.out);
}

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exited with status " + std::to_string(WEXITSTATUS(status));
}

std::optional<std::string> find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  const char* from_environment = std::getenv("PATH");
  std::string path = from_environment != nullptr ? from_environment : "";
  path += std::string(":") + kSystemPath;
  for (const std::string& folder : split(path, ':')) {
    const std::string candidate = folder + "/" + std::string(name);
    if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

}  // namespace vmcraft::base
