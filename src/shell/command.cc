// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/command.h"

#include <algorithm>
#include <string>

namespace vmcraft::shell {

const Command* find_command(std::string_view name) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '_', '-');
  const auto names = generated_commands();
  const auto at = std::lower_bound(
      names.begin(), names.end(), key,
      [](const CommandName& entry, const std::string& wanted) { return entry.name < wanted; });
  return at != names.end() && at->name == key ? at->command : nullptr;
}

}  // namespace vmcraft::shell
