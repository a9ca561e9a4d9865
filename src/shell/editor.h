// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>

#include "shell/session.h"

struct editline;
struct history;

namespace vmcraft::shell {

/// Lines typed at a terminal, with editing, history and completion.
class Editor : public Input {
 public:
  explicit Editor(Session& session);
  ~Editor() override;
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;

  /// Nothing at the end of input; an empty line where it was interrupted.
  std::optional<std::string> next_line() override;
  void set_prompt(std::string prompt) { prompt_ = std::move(prompt); }

 private:
  static char* prompt_of(editline* editor);
  static unsigned char tab(editline* editor, int key);
  static Editor& self(editline* editor);
  unsigned char complete_here();
  void show(const std::vector<std::string>& candidates) const;

  Session& session_;
  std::string prompt_;
  std::string history_file_;
  editline* editor_;
  history* history_;
};

}  // namespace vmcraft::shell
