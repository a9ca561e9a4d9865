// SPDX-License-Identifier: LGPL-3.0-or-later
// Runs commands on one handle and prints what they return.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shell/command.h"
#include "shell/input.h"
#include "shell/progress.h"
#include "shell/syntax.h"
#include "vmcraft/guestfs.h"

namespace vmcraft::shell {

using Words = std::vector<std::string>;

/// How the shell behaves, whatever it runs.
struct Settings {
  bool json = false;
  bool verbose = false;
  bool trace = false;
  bool autosync = true;
  bool network = false;
  bool readonly = false;
  bool interactive = false;
  bool pipe_error = false;
  bool keys_from_stdin = false;
  bool echo_keys = false;
  bool guest_paths = true;  ///< complete paths of the guest
  std::optional<bool> progress_bars;
  std::string engine;
};

/// A command line run by the host when something happens on the handle.
struct EventScript {
  std::string name;
  std::uint32_t mask;
  std::string script;
  int number;    ///< as list-events shows it
  int listener;  ///< as on_event gave it
};

class Session {
 public:
  explicit Session(Settings settings);

  GuestFS& guest() { return *guest_; }
  Settings& settings() noexcept { return settings_; }
  std::vector<EventScript>& event_scripts() noexcept { return event_scripts_; }
  int next_event_script() noexcept { return next_event_script_++; }
  /// Closes the handle and opens a new one with the same settings.
  void reopen();
  /// Unmounts and detaches; false where that failed, which is reported.
  bool close();

  /// Runs one line of a script; false where it failed and was not allowed to. Reports failures.
  bool run_line(const std::string& text);
  /// Runs one command of the command line, whose words stand as they are.
  bool run_words(const Words& words);
  /// Runs lines until the end, the first failure, `quit` or an interrupt.
  bool run_all(Input& input);
  /// Runs a command and prints its result; throws where it fails.
  void execute(const std::string& name, Words words);
  /// What a command returns, without printing it.
  Value call(const Command& command, Words words);

  void quit() noexcept { quit_ = true; }
  bool wants_quit() const noexcept { return quit_; }
  /// Reads here-documents from `input` from now on; returns what was there before.
  Input* set_input(Input* input) noexcept { return std::exchange(input_, input); }
  /// The next line of whatever is being read.
  std::optional<std::string> next_line() { return input_->next_line(); }
  void report(const std::string& text) const;
  void print(const std::string& text) const;
  void print_value(const Value& value, Format format) const;

 private:
  void open();
  void run_parsed(const Line& line);
  void run_script_of(const std::string& command);
  void complete_words(const Command& command, Words& words);
  void complete_word(Kind kind, std::string& word);
  std::string here_document(const std::string& end);
  std::string windows_path(const std::string& path);
  template <typename Work>
  bool guarded(bool may_fail, Work work);

  Settings settings_;
  FileInput standard_input_;
  Input* input_ = &standard_input_;
  std::vector<EventScript> event_scripts_;
  int next_event_script_ = 0;
  std::vector<base::UniqueFd> documents_;
  ProgressBar progress_;
  std::optional<GuestFS> guest_;
  bool quit_ = false;
};

/// Writes all of it to standard output; throws where that fails.
void write_out(const std::string& text);

}  // namespace vmcraft::shell
