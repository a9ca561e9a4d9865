// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/shell.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "shell/customize_task.h"
#include "shell/help.h"
#include "shell/inspect_task.h"
#include "shell/interactive.h"
#include "shell/interrupt.h"
#include "shell/mount_task.h"
#include "shell/open.h"
#include "shell/reports.h"
#include "shell/usage_error.h"
#include "shell/volumes.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {
namespace {

/// Commands of the command line, separated by lone colons.
bool run_commands(Session& session, const Words& words) {
  Words command;
  for (std::size_t i = 0; i <= words.size(); ++i) {
    if (i < words.size() && words[i] != ":") {
      command.push_back(words[i]);
      continue;
    }
    if (session.wants_quit() || interrupt::pending() != 0) return true;
    if (!command.empty() && !session.run_words(command)) return false;
    command.clear();
  }
  return true;
}

// "vmcraft volumes IMAGE...": what is left on the command line are images.
void take_volumes_task(CommandLine& line) {
  if (line.words.empty() || line.words[0] != "volumes") return;
  line.task = CommandLine::Task::volumes;
  if (!line.readonly) line.readonly = true;
  for (std::size_t i = 1; i < line.words.size(); ++i)
    line.drives.push_back({false, line.words[i], "", 0, ""});
  line.words.clear();
  if (line.drives.empty()) throw UsageError("volumes: name an image at least");
}

bool run_work(Session& session, const CommandLine& line) {
  if (line.task == CommandLine::Task::volumes) {
    const std::vector<Volume> graph = session.guest().volume_graph();
    write_out(session.settings().json ? volumes_json(graph) : volumes_text(graph));
    return true;
  }
  if (line.task == CommandLine::Task::inspect) {
    run_inspect(session, line);
    return true;
  }
  if (!line.run_lines.empty()) {
    TextInput lines(line.run_lines);
    if (!session.run_all(lines)) return false;
  }
  for (const Words& task : line.tasks)
    if (!session.run_words(task)) return false;
  if (!line.words.empty() && !run_commands(session, line.words)) return false;
  if (!line.script.empty()) {
    FileInput script(base::open_file(line.script, O_RDONLY));
    return session.run_all(script);
  }
  if (!line.run_lines.empty() || !line.tasks.empty() || !line.words.empty()) return true;
  if (session.settings().interactive) {
    run_interactive(session);
    return true;
  }
  FileInput script;
  return session.run_all(script);
}

int show(const std::string& text) {
  write_out(text);
  return 0;
}

std::optional<int> other_task(const CommandLine& line) {
  switch (line.task) {
    case CommandLine::Task::run:
    case CommandLine::Task::volumes:
    case CommandLine::Task::mount:
    case CommandLine::Task::inspect:
      break;
    case CommandLine::Task::help:
      return show(options_help());
    case CommandLine::Task::long_options:
      return show(long_options());
    case CommandLine::Task::short_options:
      return show(short_options());
    case CommandLine::Task::command_help:
      return show(help_text(line.help_topic));
    case CommandLine::Task::version:
      return show(std::string("vmcraft ") + library_version() + "\n");
  }
  for (const DriveOption& drive : line.drives)
    if (drive.prepared && drive.text == "help") return show(prepared_help());
  if (line.listen || line.remote) throw UsageError("--listen and --remote are not supported yet");
  return std::nullopt;
}

int run_session(CommandLine& line) {
  line.settings.readonly = line.readonly ? *line.readonly : configured_readonly();
  if (line.task == CommandLine::Task::mount) return run_mount(line);
  line.settings.interactive =
      line.script.empty() && line.run_lines.empty() && line.tasks.empty() && line.words.empty() && ::isatty(0) != 0;
  interrupt::install();
  Session session(line.settings);
  bool good = false;
  try {
    open_guest(session, line);
    good = run_work(session, line);
  } catch (const std::exception& failure) {
    session.report(failure.what());
  }
  const bool closed = session.close();
  if (interrupt::pending() != 0 && !line.settings.interactive) return 128 + interrupt::pending();
  return good && closed ? 0 : 1;
}

}  // namespace

int run_shell(int argc, char** argv) {
  try {
    const int reported = run_report(argc, argv);
    if (reported >= 0) return reported;
    if (const auto code = run_customize_tools(argc, argv)) return *code;
    const bool mount = asks_for_mount(argc, argv);  // the words change places
    CommandLine line = parse_command_line(argc, argv);
    take_volumes_task(line);
    take_inspect_task(line);
    take_mount_task(line, mount);
    if (const auto code = other_task(line)) return *code;
    return run_session(line);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "vmcraft: %s\n", failure.what());
    return 1;
  }
}

}  // namespace vmcraft::shell
