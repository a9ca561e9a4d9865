// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/interactive.h"

#include "shell/interrupt.h"

namespace vmcraft::shell {

void run_interactive(Session& session) {
  FileInput input;
  session.set_input(&input);
  while (!session.wants_quit()) {
    write_out("><fs> ");
    const auto line = input.next_line();
    if (!line) break;
    interrupt::clear();
    session.run_line(*line);
  }
}

}  // namespace vmcraft::shell
