// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/local.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"

namespace vmcraft::shell {
namespace {

base::SpawnSpec shell_spec(const std::string& command, int in, int out) {
  base::SpawnSpec spec;
  spec.argv = {"/bin/sh", "-c", command};
  spec.descriptors = {{in, 0}, {out, 1}, {2, 2}};
  return spec;
}

}  // namespace

int run_local(const std::string& command, const std::vector<std::string>& environment,
              const std::vector<std::string>& arguments, const std::string& shell) {
  std::fflush(stdout);
  base::SpawnSpec spec = shell_spec(command, 0, 1);
  spec.argv.front() = shell;
  spec.environment = environment;
  spec.argv.emplace_back("vmcraft");
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  return base::ChildProcess(spec).wait();
}

std::string output_of_local(const std::string& command) {
  std::fflush(stdout);
  auto [reader, writer] = base::make_pipe();
  base::ChildProcess child(shell_spec(command, 0, writer.get()));
  writer.reset();
  std::string output;
  char chunk[8192];
  for (ssize_t count = 0; (count = ::read(reader.get(), chunk, sizeof chunk)) != 0;) {
    if (count > 0) output.append(chunk, static_cast<std::size_t>(count));
    else if (errno != EINTR) base::throw_errno(command);
  }
  const int status = child.wait();
  if (status != 0)
    throw Error(ErrorCode::command, 0, command + ": " + base::describe_status(status));
  return output;
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + "'";
}

OutputPipe::OutputPipe(const std::string& command) {
  std::fflush(stdout);
  auto [reader, writer] = base::make_pipe();
  child_ = base::ChildProcess(shell_spec(command, reader.get(), 1));
  saved_.reset(base::check(::fcntl(1, F_DUPFD_CLOEXEC, 3), "standard output"));
  base::check(::dup2(writer.get(), 1), "standard output");
}

void OutputPipe::finish() {
  open_ = false;
  std::fflush(stdout);
  std::clearerr(stdout);
  ::dup2(saved_.get(), 1);
  child_.wait();
}

OutputPipe::~OutputPipe() {
  if (open_) finish();
}

}  // namespace vmcraft::shell
