// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/interactive.h"

#include <csignal>
#include <cstdlib>

#include "shell/editor.h"
#include "shell/interrupt.h"

namespace vmcraft::shell {
namespace {

/// A text the user set for VMCraft or for guestfish, decoded.
std::string decoration(const std::string& name, const char* otherwise) {
  for (const char* prefix : {"VMCRAFT_", "GUESTFISH_"})
    if (const char* value = std::getenv((prefix + name).c_str())) return decode_prompt(value);
  return otherwise;
}

/// Marks of invisible text: the editor wants \1 on both sides, and plain output none.
std::string with_marks(std::string text, bool keep) {
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\1' && text[i] != '\2') ++i;
    else if (keep) text[i++] = '\1';
    else text.erase(i, 1);
  }
  return text;
}

}  // namespace

void run_interactive(Session& session) {
  if (!session.settings().json)
    write_out(
        "\nThis is vmcraft, a shell for disk images of virtual machines.\n\n"
        "Type: 'help' for the commands\n      'quit' to leave\n\n");
  write_out(with_marks(decoration("INIT", ""), false));
  const std::string output = with_marks(decoration("OUTPUT", ""), false);
  Editor editor(session);
  Input* const before = session.set_input(&editor);
  while (!session.wants_quit()) {
    editor.set_prompt(with_marks(decoration("PS1", "><fs> "), true));
    const auto line = editor.next_line();
    if (!line) break;
    if (interrupt::pending() == SIGTERM || interrupt::pending() == SIGHUP) break;
    interrupt::clear();
    write_out(output);
    session.run_line(*line);
    interrupt::clear();
  }
  session.set_input(before);
  if (!session.wants_quit()) write_out("\n");
  write_out(with_marks(decoration("RESTORE", ""), false));
}

}  // namespace vmcraft::shell
