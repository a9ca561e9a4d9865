// SPDX-License-Identifier: LGPL-3.0-or-later
// Commands that are not actions of the library.
#pragma once

#include <span>
#include <string_view>

#include "shell/session.h"

namespace vmcraft::shell {

struct Builtin {
  std::string_view name;
  std::string_view alias;  ///< a second name, or empty
  const char* usage;       ///< what stands behind the name
  const char* brief;
  const char* doc;
  std::size_t least_words;
  std::size_t most_words;
  void (*run)(Session& session, const std::string& name, const Words& words);
};

std::span<const Builtin> builtins();
const Builtin* find_builtin(std::string_view name);

/// "unknown command", with names near to it.
std::string unknown_command(std::string_view name);

namespace builtin {

void alloc(Session& session, const std::string& name, const Words& words);
void sparse(Session& session, const std::string& name, const Words& words);
void copy_in(Session& session, const std::string& name, const Words& words);
void copy_out(Session& session, const std::string& name, const Words& words);
void delete_event(Session& session, const std::string& name, const Words& words);
void display(Session& session, const std::string& name, const Words& words);
void echo(Session& session, const std::string& name, const Words& words);
void edit(Session& session, const std::string& name, const Words& words);
void event(Session& session, const std::string& name, const Words& words);
void glob(Session& session, const std::string& name, const Words& words);
void help(Session& session, const std::string& name, const Words& words);
void hexedit(Session& session, const std::string& name, const Words& words);
void lcd(Session& session, const std::string& name, const Words& words);
void list_events(Session& session, const std::string& name, const Words& words);
void manual(Session& session, const std::string& name, const Words& words);
void more(Session& session, const std::string& name, const Words& words);
void negate(Session& session, const std::string& name, const Words& words);
void quit(Session& session, const std::string& name, const Words& words);
void reopen(Session& session, const std::string& name, const Words& words);
void setenv(Session& session, const std::string& name, const Words& words);
void supported(Session& session, const std::string& name, const Words& words);
void time(Session& session, const std::string& name, const Words& words);
void unsetenv(Session& session, const std::string& name, const Words& words);

}  // namespace builtin
}  // namespace vmcraft::shell
