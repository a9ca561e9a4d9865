// SPDX-License-Identifier: LGPL-3.0-or-later
#include "run/program.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/error.h"
#include "base/fd.h"
#include "base/helper.h"
#include "base/text.h"
#include "base/trace.h"
#include "run/machine.h"

namespace vmcraft::run {
namespace {

constexpr int kReportFd = 3;  // where vmcraft-guest-runner tells how it ended
constexpr std::size_t kErrorsKeptBytes = 1U << 20U;
constexpr std::size_t kErrorsToldBytes = 4096;

// Takes what the string forms return.
class LimitedSink : public base::ByteSink {
 public:
  void write(std::span<const std::byte> data) override {
    if (text_.size() + data.size() > kOutputLimitMib << 20U)
      throw Error(ErrorCode::system, EFBIG,
                  fmt::format("output: more than {} MiB; use command_out or sh_out", kOutputLimitMib));
    text_.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string read_report(base::UniqueFd read_end) {
  std::array<char, 4096> buffer{};
  const ssize_t length = ::read(read_end.get(), buffer.data(), buffer.size());
  const std::string_view line(buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return std::string(line.substr(0, line.find('\n')));
}

[[noreturn]] void throw_foreign(const std::string& name, const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) {
    return i < words.size() ? base::parse_number<unsigned>(words[i]).value_or(0) : 0U;
  };
  const Machine machine{number(1), number(2) == ELFCLASS64, number(3) == ELFDATA2MSB};
  struct utsname ours {};
  ::uname(&ours);
  base::throw_not_supported(
      name, fmt::format("is a program for {}, and this kernel runs those for {}; install "
                        "qemu-user-static, and have the kernel know it by binfmt_misc",
                        machine_name(machine), ours.machine));
}

[[noreturn]] void throw_failed(const Program& program, int status, const std::string& errors) {
  const std::string_view said = base::trim(errors);
  const std::string tail(said.substr(said.size() > kErrorsToldBytes ? said.size() - kErrorsToldBytes : 0));
  std::string text = program.argv[0] + ": " + base::describe_status(status);
  if (!tail.empty()) text += ": " + tail;
  throw CommandError(text, program.argv, status, tail);
}

// The runner's line tells of the program itself; without one, the runner was killed.
void judge(const Program& program, const std::string& line, const base::CommandResult& result) {
  const std::vector<std::string> words = base::split_blanks(line);
  const std::string kind = words.empty() ? "" : words[0];
  const int number = words.size() > 1 ? base::parse_number<int>(words[1]).value_or(EIO) : EIO;
  if (kind == "status" && number == 0) return;
  if (kind == "status") throw_failed(program, number, result.err);
  if (kind == "arch") throw_foreign(program.argv[0], words);
  if (kind != "fail") throw_failed(program, result.status, result.err);
  const std::size_t object = line.find(' ', 5);
  base::throw_errno(object == std::string::npos ? program.argv[0] : line.substr(object + 1), number);
}

}  // namespace

std::string GuestPaths::name_of(int fd, const std::string& path) const {
  std::array<char, 4096> buffer{};
  const std::string link = "/proc/thread-self/fd/" + std::to_string(fd);
  const ssize_t length = base::check(::readlink(link.c_str(), buffer.data(), buffer.size()), path);
  std::string found(buffer.data(), static_cast<std::size_t>(length));
  if (found != root_ && !found.starts_with(root_ + "/")) base::throw_errno(path, EXDEV);
  return found;
}

std::string GuestPaths::find(const std::string& path) const {
  return name_of(guest_.open(path, O_PATH).get(), path);
}

std::string GuestPaths::find_entry(const std::string& path) const {
  const mount::GuestRoot::Entry entry = guest_.entry(path);
  const std::string folder = name_of(entry.directory.get(), path);
  return entry.name == "." ? folder : folder + "/" + entry.name;
}

base::CommandResult run_beside_guest(
    mount::Table& mounts, const std::function<base::Command(const GuestPaths& paths)>& command) {
  base::CommandResult result;
  mounts.run_inside([&](const std::string& root) {
    result = base::system_runner().run(command(GuestPaths(mounts.root(), root)));
  });
  return result;
}

void run_program(mount::Table& mounts, const Program& program, base::ByteSink& output) {
  if (program.argv.empty() || program.argv[0].empty())
    base::throw_invalid("arguments", "are empty: the first must name a program");
  const std::string runner = base::own_program("vmcraft-guest-runner");
  base::CommandResult result;
  std::string line;
  mounts.run_inside([&](const std::string& root) {
    auto [read_end, write_end] = base::make_pipe();
    base::Command command;
    command.argv = {runner, root, program.network ? "1" : "0", fmt::format("{:o}", program.umask),
                    program.context};
    command.argv.insert(command.argv.end(), program.argv.begin(), program.argv.end());
    command.descriptors = {{write_end.get(), kReportFd}};
    command.while_running = program.while_running;
    command.sink = &output;
    command.errors_kept_bytes = kErrorsKeptBytes;
    command.end_signal = SIGTERM;
    result = base::system_runner().run(command);
    write_end.reset();
    line = read_report(std::move(read_end));
  });
  if (!result.err.empty()) base::trace("{}: {}", program.argv[0], base::trim(result.err));
  judge(program, line, result);
}

std::string run_program(mount::Table& mounts, const Program& program) {
  LimitedSink output;
  run_program(mounts, program, output);
  return output.take();
}

}  // namespace vmcraft::run
