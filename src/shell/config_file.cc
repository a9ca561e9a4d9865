// SPDX-License-Identifier: LGPL-3.0-or-later
// guestfish's configuration files; read_only is all that is ever in them.
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "shell/options.h"

namespace vmcraft::shell {
namespace {

constexpr const char* kName = "/libguestfs/libguestfs-tools.conf";

std::string variable(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// From the least to the most important one.
std::vector<std::string> config_files() {
  const std::string home = variable("HOME", "");
  std::vector<std::string> files = {"/etc/libguestfs-tools.conf"};
  const auto folders = base::split(variable("XDG_CONFIG_DIRS", "/etc/xdg"), ':');
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
    files.push_back(*folder + kName);
  if (home.empty()) return files;
  files.push_back(home + "/.libguestfs-tools.rc");
  files.push_back(variable("XDG_CONFIG_HOME", home + "/.config") + kName);
  return files;
}

}  // namespace

bool configured_readonly() {
  bool readonly = false;
  for (const std::string& file : config_files()) {
    if (::access(file.c_str(), R_OK) != 0) continue;
    for (const std::string& text : base::split_lines(base::read_text_file(file))) {
      const auto words = base::split_blanks(text.substr(0, text.find_first_of("#;")));
      if (words.empty()) continue;
      const std::string joined = base::join(words, "");
      if (joined == "read_only=true") readonly = true;
      else if (joined == "read_only=false") readonly = false;
      else base::throw_invalid(file, "'" + text + "' is not 'read_only = true|false;'");
    }
  }
  return readonly;
}

}  // namespace vmcraft::shell
