// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/editor.h"

#include <histedit.h>

#include <cstdio>
#include <cstdlib>

#include "shell/completion.h"
#include "shell/interrupt.h"

namespace vmcraft::shell {
namespace {

constexpr int kHistoryLines = 1000;

std::string history_file() {
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::string(home) + "/.vmcraft_history" : "";
}

}  // namespace

Editor::Editor(Session& session)
    : session_(session),
      history_file_(history_file()),
      editor_(::el_init("vmcraft", stdin, stdout, stderr)),
      history_(::history_init()) {
  HistEvent event;
  ::history(history_, &event, H_SETSIZE, kHistoryLines);
  ::history(history_, &event, H_SETUNIQUE, 1);
  if (!history_file_.empty()) ::history(history_, &event, H_LOAD, history_file_.c_str());
  ::el_set(editor_, EL_CLIENTDATA, this);
  ::el_set(editor_, EL_EDITOR, "emacs");
  ::el_set(editor_, EL_SIGNAL, 0);
  ::el_set(editor_, EL_HIST, ::history, history_);
  // Between \1 and \2 stands what takes no room on the screen.
  ::el_set(editor_, EL_PROMPT_ESC, &Editor::prompt_of, '\1');
  ::el_set(editor_, EL_ADDFN, "vmcraft-complete", "complete a command or a path", &Editor::tab);
  ::el_set(editor_, EL_BIND, "^I", "vmcraft-complete", nullptr);
  ::el_source(editor_, nullptr);
}

Editor::~Editor() {
  HistEvent event;
  if (!history_file_.empty()) ::history(history_, &event, H_SAVE, history_file_.c_str());
  ::el_end(editor_);
  ::history_end(history_);
}

Editor& Editor::self(editline* editor) {
  void* data = nullptr;
  ::el_get(editor, EL_CLIENTDATA, &data);
  return *static_cast<Editor*>(data);
}

char* Editor::prompt_of(editline* editor) { return self(editor).prompt_.data(); }

unsigned char Editor::tab(editline* editor, int) { return self(editor).complete_here(); }

unsigned char Editor::complete_here() {
  const LineInfo* line = ::el_line(editor_);
  const Completion found = complete(
      session_,
      std::string_view(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)));
  if (found.candidates.empty()) return CC_ERROR;
  std::string rest = found.common().substr(found.word.size());
  if (found.candidates.size() == 1 && !found.candidates.front().ends_with('/')) rest += ' ';
  if (!rest.empty()) {
    ::el_insertstr(editor_, rest.c_str());
    return CC_REFRESH;
  }
  show(found.candidates);
  return CC_REDISPLAY;
}

void Editor::show(const std::vector<std::string>& candidates) const {
  std::string text = "\n";
  for (const std::string& candidate : candidates) text.append(candidate).append(1, '\n');
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::optional<std::string> Editor::next_line() {
  int count = 0;
  const char* text = ::el_gets(editor_, &count);
  if (interrupt::pending() != 0) {
    std::fputc('\n', stdout);
    ::el_reset(editor_);
    return std::string();
  }
  if (text == nullptr || count <= 0) return std::nullopt;
  std::string line(text, static_cast<std::size_t>(count));
  if (line.ends_with('\n')) line.pop_back();
  HistEvent event;
  if (line.find_first_not_of(" \t") != std::string::npos)
    ::history(history_, &event, H_ENTER, line.c_str());
  return line;
}

}  // namespace vmcraft::shell
