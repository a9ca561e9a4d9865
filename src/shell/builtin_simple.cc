// SPDX-License-Identifier: LGPL-3.0-or-later
// Commands about the shell itself and the host.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "shell/builtin.h"
#include "shell/help.h"
#include "shell/local.h"
#include "shell/usage_error.h"

namespace vmcraft::shell::builtin {
namespace {

/// The command that stands in the words of another one.
void run_inner(Session& session, const Words& words) {
  session.execute(words.front(), Words(words.begin() + 1, words.end()));
}

}  // namespace

void echo(Session& session, const std::string&, const Words& words) {
  session.print(base::join(words, " ") + "\n");
}

void help(Session& session, const std::string&, const Words& words) {
  session.print(help_text(words.empty() ? "" : words.front()));
}

void lcd(Session&, const std::string&, const Words& words) {
  base::check(::chdir(words[0].c_str()), "lcd: " + words[0]);
}

void manual(Session&, const std::string&, const Words&) { run_local("man vmcraft"); }

void negate(Session& session, const std::string&, const Words& words) {
  try {
    run_inner(session, words);
  } catch (const Error&) {
    return;
  } catch (const UsageError&) {
    return;
  }
  throw UsageError("not: " + words.front() + ": succeeded");
}

void quit(Session& session, const std::string&, const Words&) { session.quit(); }

void reopen(Session& session, const std::string&, const Words&) { session.reopen(); }

void setenv(Session&, const std::string&, const Words& words) {
  base::check(::setenv(words[0].c_str(), words[1].c_str(), 1), "setenv: " + words[0]);
}

void unsetenv(Session&, const std::string&, const Words& words) {
  base::check(::unsetenv(words[0].c_str()), "unsetenv: " + words[0]);
}

void supported(Session& session, const std::string&, const Words&) {
  const std::vector<std::string> groups = session.guest().available_all_groups();
  std::size_t width = 0;
  for (const std::string& group : groups) width = std::max(width, group.size());
  std::string text;
  HashTable table;
  for (const std::string& group : groups) {
    const char* answer = session.guest().feature_available({group}) ? "yes" : "no";
    text += fmt::format("{:<{}} {}\n", group, width, answer);
    table.emplace_back(group, answer);
  }
  if (session.settings().json) return session.print_value(table, Format::kPlain);
  session.print(text);
}

void time(Session& session, const std::string&, const Words& words) {
  const auto begin = std::chrono::steady_clock::now();
  run_inner(session, words);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  session.print(fmt::format("elapsed time: {:.2f} seconds\n", passed.count()));
}

}  // namespace vmcraft::shell::builtin
