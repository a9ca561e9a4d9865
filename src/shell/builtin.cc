// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/builtin.h"

#include <strings.h>

#include <algorithm>
#include <array>

namespace vmcraft::shell {
namespace {

constexpr std::size_t kAny = static_cast<std::size_t>(-1);

constexpr Builtin kBuiltins[] = {
    {"alloc", "allocate", "FILENAME SIZE", "make a disk image and add it",
     "Reserves the whole SIZE on the host. Before launch only.", 2, 2, builtin::alloc},
    {"copy-in", "", "LOCAL [LOCAL ...] /REMOTEDIR",
     "copy local files or directories into the guest",
     "Directories with all that is in them. REMOTEDIR must exist.", 2, kAny, builtin::copy_in},
    {"copy-out", "", "REMOTE [REMOTE ...] LOCALDIR", "copy files or directories out of the guest",
     "Directories with all that is in them. REMOTE may have wildcards.", 2, kAny,
     builtin::copy_out},
    {"delete-event", "", "NAME", "end an event script", "Of the name given to 'event'.", 1, 1,
     builtin::delete_event},
    {"display", "", "FILENAME", "show an image of the guest",
     "By the program of GUESTFISH_DISPLAY_IMAGE, else display.", 1, 1, builtin::display},
    {"echo", "", "[WORD ...]", "print words", "With blanks between them and a newline.", 0, kAny,
     builtin::echo},
    {"edit", "vi", "FILENAME", "edit a file of the guest",
     "By the editor of EDITOR, else vi. The file is replaced only if it was changed.", 1, 1,
     builtin::edit},
    {"event", "", "NAME EVENTS SCRIPT", "run a host script when something happens",
     "EVENTS is a comma-separated list, or * for all. The script finds the event's name in EVENT "
     "and "
     "its\n    values in $1 and so on.",
     3, 3, builtin::event},
    {"glob", "", "COMMAND [WORD ...]", "run a command with wildcards expanded",
     "Each word that begins with / is expanded in the guest. The command runs once for each "
     "combination.",
     1, kAny, builtin::glob},
    {"help", "", "[COMMAND]", "tell about the commands", "About all of them, or about one.", 0, 1,
     builtin::help},
    {"hexedit", "", "FILENAME [SIZE | OFFSET SIZE]", "edit a file or device in hexadecimal",
     "By the editor of HEXEDITOR, else hexedit.", 1, 3, builtin::hexedit},
    {"lcd", "", "DIRECTORY", "change the local directory", "Where local names begin.", 1, 1,
     builtin::lcd},
    {"list-events", "", "", "list the event scripts", "As 'event' made them.", 0, 0,
     builtin::list_events},
    {"man", "manual", "", "open the manual", "By man(1).", 0, 0, builtin::manual},
    {"more", "less", "FILENAME", "read a file of the guest by pages",
     "By the program of PAGER, else more. 'less' always takes less.", 1, 1, builtin::more},
    {"not", "", "COMMAND [WORD ...]", "run a command that must fail",
     "Fails where the command does not.", 1, kAny, builtin::negate},
    {"quit", "exit", "", "leave the shell", "q does the same.", 0, kAny, builtin::quit},
    {"reopen", "", "", "close the handle and open a new one",
     "Drives and mounts are forgotten; settings of the command line stay.", 0, 0, builtin::reopen},
    {"setenv", "", "NAME VALUE", "set an environment variable", "For programs of the host.", 2, 2,
     builtin::setenv},
    {"sparse", "", "FILENAME SIZE", "make a sparse disk image and add it",
     "Takes no space on the host yet. Before launch only.", 2, 2, builtin::sparse},
    {"supported", "", "", "tell which feature groups are there", "One line for each, yes or no.", 0,
     0, builtin::supported},
    {"time", "", "COMMAND [WORD ...]", "tell how long a command takes", "In seconds.", 1, kAny,
     builtin::time},
    {"unsetenv", "", "NAME", "remove an environment variable", "For programs of the host.", 1, 1,
     builtin::unsetenv},
};

/// How many single-letter changes lead from one name to the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t cost = from[i - 1] == to[j - 1] ? diagonal : diagonal + 1;
      diagonal = std::exchange(row[j], std::min({cost, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[to.size()];
}

}  // namespace

std::span<const Builtin> builtins() { return kBuiltins; }

const Builtin* find_builtin(std::string_view name) {
  // guestfish takes these in any case.
  for (const char* word : {"quit", "exit", "q", "help"})
    if (name.size() == std::string_view(word).size() &&
        ::strncasecmp(name.data(), word, name.size()) == 0)
      name = word[0] == 'h' ? "help" : "quit";
  if (name == "emacs") name = "edit";
  std::string key(name);
  std::replace(key.begin(), key.end(), '_', '-');
  for (const Builtin& builtin : kBuiltins)
    if (builtin.name == key || (!builtin.alias.empty() && builtin.alias == key)) return &builtin;
  return nullptr;
}

std::string unknown_command(std::string_view name) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '_', '-');
  std::vector<std::pair<std::size_t, std::string_view>> near;
  const auto consider = [&](std::string_view other) {
    const bool begins = key.size() >= 3 && other.starts_with(key);
    const std::size_t away = begins ? 1 : distance(key, other);
    if (away <= std::max<std::size_t>(1, key.size() / 3)) near.emplace_back(away, other);
  };
  for (const CommandName& entry : generated_commands()) consider(entry.name);
  for (const Builtin& builtin : kBuiltins) consider(builtin.name);
  std::sort(near.begin(), near.end());
  std::string text(name);
  text += ": unknown command";
  for (std::size_t i = 0; i < std::min<std::size_t>(near.size(), 3); ++i)
    text.append(i == 0 ? "; did you mean " : ", ").append(near[i].second);
  return near.empty() ? text + "; 'help' lists all" : text + "?";
}

}  // namespace vmcraft::shell
