// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "shell/builtin.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string all_commands() {
  std::map<std::string_view, const char*> briefs;
  for (const CommandName& entry : generated_commands())
    if (entry.name == entry.command->name) briefs[entry.name] = entry.command->brief;
  for (const Builtin& builtin : builtins()) briefs[builtin.name] = builtin.brief;
  std::string text = fmt::format("    {:<30} {}\n", "Command", "Description");
  for (const auto& [name, brief] : briefs) text += fmt::format("    {:<30} {}\n", name, brief);
  return text + "\n    'help COMMAND' tells more of one of them.\n";
}

std::string page(const Command& command) {
  std::string text = fmt::format("NAME\n    {} - {}\n\nSYNOPSIS\n    {}\n\nDESCRIPTION\n",
                                 command.name, command.brief, usage_of(command));
  std::string_view doc = command.doc;
  while (!doc.empty()) {
    const std::size_t end = std::min(doc.find('\n'), doc.size());
    text.append(end == 0 ? "" : "    ").append(doc.substr(0, end)).append(1, '\n');
    doc.remove_prefix(std::min(end + 1, doc.size()));
  }
  if (command.deprecated_by[0] != '\0')
    text += fmt::format("\n    Deprecated: use {}.\n", command.deprecated_by);
  if (!command.aliases.empty())
    text += fmt::format("\n    Other names: {}.\n", fmt::join(command.aliases, ", "));
  return text;
}

std::string page(const Builtin& builtin) {
  std::string text =
      fmt::format("NAME\n    {} - {}\n\nSYNOPSIS\n    {} {}\n\nDESCRIPTION\n    {}\n", builtin.name,
                  builtin.brief, builtin.name, builtin.usage, builtin.doc);
  if (!builtin.alias.empty()) text += fmt::format("\n    Other name: {}.\n", builtin.alias);
  return text;
}

}  // namespace

std::string usage_of(const Command& command) {
  std::string usage = command.name;
  for (const Param& param : command.params)
    if (param.kind != Kind::k_key) usage += " " + upper(param.name);
  for (const Param& param : command.optparams)
    usage +=
        " [" + std::string(param.name) + ":" + (param.kind == Kind::k_bool ? "BOOL" : "...") + "]";
  return usage;
}

std::string help_text(const std::string& name) {
  if (name.empty()) return all_commands();
  if (const Builtin* builtin = find_builtin(name)) return page(*builtin);
  if (const Command* command = find_command(name)) return page(*command);
  throw UsageError(unknown_command(name));
}

}  // namespace vmcraft::shell
