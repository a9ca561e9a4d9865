// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/run.h"

#include "base/text.h"
#include "handle/handle.h"
#include "run/program.h"

namespace vmcraft {
namespace {

using handle::Handle;
using Texts = std::vector<std::string>;

run::Program program(Handle& h, const Texts& argv) {
  h.root();  // its error says what to do where nothing is mounted
  return {argv, h.settings.network, h.files.umask, h.programs.context, [&h] { h.check_cancelled(); }};
}

Texts by_shell(const std::string& command) { return {"/bin/sh", "-c", command}; }

}  // namespace

std::string action::command(Handle& h, const Texts& arguments) {
  const run::Program wanted = program(h, arguments);
  return run::run_program(h.mounts(), wanted);
}

Texts action::command_lines(Handle& h, const Texts& arguments) {
  return base::split_lines(command(h, arguments));
}

void action::command_out(Handle& h, const Texts& arguments, base::ByteSink& output) {
  const run::Program wanted = program(h, arguments);
  run::run_program(h.mounts(), wanted, output);
}

std::string action::sh(Handle& h, const std::string& text) { return command(h, by_shell(text)); }

Texts action::sh_lines(Handle& h, const std::string& text) {
  return command_lines(h, by_shell(text));
}

void action::sh_out(Handle& h, const std::string& text, base::ByteSink& output) {
  command_out(h, by_shell(text), output);
}

}  // namespace vmcraft
