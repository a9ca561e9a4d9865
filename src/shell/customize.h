// SPDX-License-Identifier: LGPL-3.0-or-later
// The steps of "vmcraft customize": one table, from which options, --help and files of commands come.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "shell/session.h"

namespace vmcraft::shell {

/// How the text behind an option is read.
enum class Form {
  nothing,
  text,
  pair,   ///< A:B, where B may hold colons
  words,  ///< A:B[:B...]
  list,   ///< A,B,...
};

class Customizer;

struct CustomizeOption {
  const char* name;
  Form form;
  const char* value;  ///< how --help names the text
  const char* brief;
  /// Does it; the words are as many as the form says, and none of them is empty but the last of a pair.
  void (*run)(Customizer&, const Words&);
  /// Throws UsageError for what can be seen to be wrong before anything is opened.
  void (*check)(const Words&) = nullptr;
};

/// In the order of --help.
std::span<const CustomizeOption> customize_options();
/// Nothing where there is no such option.
const CustomizeOption* find_customize_option(std::string_view name);

struct CustomizeStep {
  const CustomizeOption* option;
  Words words;
};

/// Reads the text of an option; throws UsageError where it is not of the form, or names a thing that cannot be.
CustomizeStep parse_step(const CustomizeOption& option, const std::string& text);
/// The steps of a file, one a line: "NAME TEXT", with \ at the end of lines that go on, and # before comments.
std::vector<CustomizeStep> read_steps(const std::string& file);

/// Tells what is done, as "[   0.3] Setting the hostname: x".
class Messages {
 public:
  explicit Messages(bool quiet) : quiet_(quiet) {}
  void say(const std::string& text) const {
    if (!quiet_) announce(text);
  }
  /// The same even where it is to be quiet.
  void announce(const std::string& text) const;

 private:
  bool quiet_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// What steps do their work with, and what some leave for those after them.
class Customizer {
 public:
  Customizer(GuestFS& guest, const Messages& messages, bool verbose)
      : g(guest), messages_(messages), verbose_(verbose) {}
  /// All of them in their order, then what has to be last.
  void run(const std::vector<CustomizeStep>& steps);

  void say(const std::string& text) const { messages_.say(text); }
  void announce(const std::string& text) const { messages_.announce(text); }
  /// Where the output of the guest's programs goes.
  const char* output() const { return verbose_ ? "/dev/stderr" : "/dev/null"; }

  GuestFS& g;
  std::string crypto;       ///< of passwords from now on; empty: the guest's own
  bool relabel = false;     ///< at the end
  Words subscription_user;  ///< arguments of subscription-manager register

 private:
  const Messages& messages_;
  bool verbose_;
};

namespace customize {

// customize_files.cc
void append_line(Customizer& c, const Words& words);
void chmod(Customizer& c, const Words& words);
void copy(Customizer& c, const Words& words);
void copy_in(Customizer& c, const Words& words);
void remove(Customizer& c, const Words& words);
void edit(Customizer& c, const Words& words);
void link(Customizer& c, const Words& words);
void mkdir(Customizer& c, const Words& words);
void move(Customizer& c, const Words& words);
void scrub(Customizer& c, const Words& words);
void touch(Customizer& c, const Words& words);
void truncate(Customizer& c, const Words& words);
void truncate_recursive(Customizer& c, const Words& words);
void upload(Customizer& c, const Words& words);
void write(Customizer& c, const Words& words);

// customize_accounts.cc
void password(Customizer& c, const Words& words);
void root_password(Customizer& c, const Words& words);
void password_crypto(Customizer& c, const Words& words);
void ssh_inject(Customizer& c, const Words& words);
void user_add(Customizer& c, const Words& words);
void user_remove(Customizer& c, const Words& words);

// customize_system.cc
void firstboot(Customizer& c, const Words& words);
void firstboot_command(Customizer& c, const Words& words);
void firstboot_install(Customizer& c, const Words& words);
void hostname(Customizer& c, const Words& words);
void install(Customizer& c, const Words& words);
void locale(Customizer& c, const Words& words);
void no_logfile(Customizer& c, const Words& words);
void run(Customizer& c, const Words& words);
void run_command(Customizer& c, const Words& words);
void selinux_relabel(Customizer& c, const Words& words);
void service_disable(Customizer& c, const Words& words);
void service_enable(Customizer& c, const Words& words);
void service_mask(Customizer& c, const Words& words);
void sm_attach(Customizer& c, const Words& words);
void sm_credentials(Customizer& c, const Words& words);
void sm_register(Customizer& c, const Words& words);
void sm_remove(Customizer& c, const Words& words);
void sm_unregister(Customizer& c, const Words& words);
void timezone(Customizer& c, const Words& words);
void uninstall(Customizer& c, const Words& words);
void update(Customizer& c, const Words& words);

// What is checked before.
void check_permissions(const Words& words);
void check_local_file(const Words& words);
void check_password(const Words& words);
void check_root_password(const Words& words);
void check_crypto(const Words& words);
void check_ssh_inject(const Words& words);
void check_sm_attach(const Words& words);
void check_sm_credentials(const Words& words);

/// The first line of a file, without its end.
std::string first_line_of(const std::string& file);

}  // namespace customize
}  // namespace vmcraft::shell
