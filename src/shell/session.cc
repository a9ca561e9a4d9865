// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/session.h"

#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/process.h"
#include "base/text.h"
#include "shell/builtin.h"
#include "shell/interrupt.h"
#include "shell/local.h"
#include "shell/print.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {

void write_out(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    base::throw_errno("standard output");
}

Session::Session(Settings settings) : settings_(std::move(settings)) { open(); }

void Session::open() {
  guest_.emplace();
  if (!settings_.engine.empty()) guest_->set_backend(settings_.engine);
  if (settings_.verbose) guest_->set_verbose(true);
  if (settings_.trace) guest_->set_trace(true);
  if (!settings_.autosync) guest_->set_autosync(false);
  if (settings_.network) guest_->set_network(true);
  if (settings_.progress_bars.value_or(settings_.interactive))
    guest_->on_event(static_cast<std::uint32_t>(EventType::progress),
                     [this](const Event& event) { progress_.update(event.position, event.total); });
}

void Session::reopen() {
  close();
  event_scripts_.clear();
  next_event_script_ = 0;
  open();
}

bool Session::close() {
  bool good = true;
  if (guest_ && guest_->is_ready()) {
    try {
      guest_->shutdown();
    } catch (const Error& failure) {
      report(failure.what());
      good = false;
    }
  }
  guest_.reset();
  return good;
}

void Session::report(const std::string& text) const {
  std::fflush(stdout);
  const std::string line =
      settings_.json ? "{\"error\": " + json_string(text) + "}\n" : "vmcraft: " + text + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Session::print(const std::string& text) const {
  if (!settings_.json) return write_out(text);
  write_out(json_string(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text) + "\n");
}

void Session::print_value(const Value& value, Format format) const {
  write_out(settings_.json ? json_text(value) + "\n" : plain_text(value, format));
}

template <typename Work>
bool Session::guarded(bool may_fail, Work work) {
  try {
    work();
    return true;
  } catch (const std::exception& failure) {
    report(failure.what());
  }
  return may_fail;
}

bool Session::run_line(const std::string& text) {
  bool may_fail = false;
  return guarded(false,
                 [&] {
                   const Line line = parse_line(text);
                   may_fail = line.may_fail;
                   run_parsed(line);
                 }) ||
         may_fail;
}

bool Session::run_words(const Words& words) {
  std::string name = words.front();
  const bool may_fail = name.size() > 1 && name.front() == '-';
  if (may_fail) name.erase(0, 1);
  return guarded(may_fail, [&] { execute(name, Words(words.begin() + 1, words.end())); });
}

bool Session::run_all(Input& input) {
  Input* const before = set_input(&input);
  bool good = true;
  while (good && !quit_ && interrupt::pending() == 0) {
    const auto line = input.next_line();
    if (!line) break;
    good = run_line(*line);
  }
  set_input(before);
  return good;
}

void Session::run_parsed(const Line& line) {
  if (line.type == Line::Type::empty) return;
  if (line.type == Line::Type::script) return run_script_of(line.text);
  if (line.type == Line::Type::local) {
    const int status = run_local(line.text);
    if (status != 0) throw UsageError("!" + line.text + ": " + base::describe_status(status));
    return;
  }
  if (!line.pipe) return execute(line.command, line.words);
  OutputPipe pipe(*line.pipe);
  try {
    execute(line.command, line.words);
  } catch (const Error& failure) {
    // The reader may end before it has everything, as head does.
    if (failure.errno_value() != EPIPE || settings_.pipe_error) throw;
  }
  pipe.finish();
}

void Session::run_script_of(const std::string& command) {
  TextInput script(base::split_lines(output_of_local(command)));
  if (!run_all(script)) throw UsageError("<!" + command + ": a command of its output failed");
}

void Session::execute(const std::string& name, Words words) {
  if (const Builtin* builtin = find_builtin(name)) {
    if (words.size() < builtin->least_words || words.size() > builtin->most_words)
      throw UsageError(name + ": wrong number of arguments; usage: " + std::string(builtin->name) +
                       " " + builtin->usage);
    return builtin->run(*this, name, words);
  }
  const Command* command = find_command(name);
  if (command == nullptr) throw UsageError(unknown_command(name));
  print_value(call(*command, std::move(words)), command->format);
}

}  // namespace vmcraft::shell
