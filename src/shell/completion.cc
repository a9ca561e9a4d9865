// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/completion.h"

#include <algorithm>

#include "shell/builtin.h"

namespace vmcraft::shell {
namespace {

/// Commands in front of a word that is a command itself.
constexpr std::string_view kWrappers[] = {"glob", "time", "not", "help"};

void add_commands(Completion& completion) {
  const auto consider = [&](std::string_view name) {
    if (!name.empty() && name.starts_with(completion.word))
      completion.candidates.emplace_back(name);
  };
  for (const CommandName& entry : generated_commands()) consider(entry.name);
  for (const Builtin& builtin : builtins()) {
    consider(builtin.name);
    consider(builtin.alias);
  }
}

void add_devices(GuestFS& g, Completion& completion) {
  for (const auto& names : {g.list_devices(), g.list_partitions(), g.lvs()})
    for (const std::string& name : names)
      if (name.starts_with(completion.word)) completion.candidates.push_back(name);
}

void add_paths(GuestFS& g, Completion& completion) {
  const std::size_t slash = completion.word.rfind('/');
  const std::string folder = completion.word.substr(0, slash + 1);
  const std::string start = completion.word.substr(slash + 1);
  for (const Dirent& entry : g.readdir(folder)) {
    if (!entry.name.starts_with(start) || entry.name == "." || entry.name == "..") continue;
    completion.candidates.push_back(folder + entry.name + (entry.ftyp == 'd' ? "/" : ""));
  }
}

}  // namespace

std::string Completion::common() const {
  if (candidates.empty()) return word;
  std::string text = candidates.front();
  for (const std::string& candidate : candidates) {
    const auto differ = std::mismatch(text.begin(), text.end(), candidate.begin(), candidate.end());
    text.erase(differ.first, text.end());
  }
  return text;
}

Completion complete(Session& session, std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t-"), line.size()));
  Completion completion;
  const std::size_t blank = line.find_last_of(" \t");
  completion.word = line.substr(blank == std::string_view::npos ? 0 : blank + 1);
  const std::string_view first = line.substr(0, line.find_first_of(" \t"));
  const bool wrapped =
      std::find(std::begin(kWrappers), std::end(kWrappers), first) != std::end(kWrappers);
  const bool second = blank != std::string_view::npos &&
                      line.substr(0, blank).find_first_of(" \t") == std::string_view::npos;
  try {
    if (blank == std::string_view::npos || (wrapped && second)) add_commands(completion);
    else if (!session.settings().guest_paths || !session.guest().is_ready()) return completion;
    else if (completion.word.starts_with("/dev/")) add_devices(session.guest(), completion);
    else if (completion.word.starts_with('/')) add_paths(session.guest(), completion);
  } catch (const Error&) {
    completion.candidates.clear();  // nothing is mounted, or there is no such folder
  }
  std::sort(completion.candidates.begin(), completion.candidates.end());
  return completion;
}

}  // namespace vmcraft::shell
