// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/hive.h"
#include "inspect/packages.h"

namespace vmcraft::inspect {
namespace {

// Entries without a name for people are parts of others.
std::optional<Application2> read_program(const Hive& hive, Hive::Number node) {
  const auto text = [&](const char* key) { return hive.text_of(node, key).value_or(""); };
  Application2 program;
  program.app2_display_name = text("DisplayName");
  if (program.app2_display_name.empty()) return std::nullopt;
  program.app2_name = hive.name(node);
  program.app2_version = text("DisplayVersion");
  program.app2_install_path = text("InstallLocation");
  program.app2_publisher = text("Publisher");
  program.app2_url = text("URLInfoAbout");
  program.app2_description = text("Comments");
  if (hive.dword_of(node, "SystemComponent") == 1) program.app2_class = "system";
  return program;
}

}  // namespace

std::vector<Application2> list_windows_programs(const mount::GuestRoot& root, const std::string& path) {
  return list_windows_programs(Hive(root, path, {.writable = false, .unsafe = true}));
}

std::vector<Application2> list_windows_programs(const Hive& hive) {
  std::vector<Application2> programs;
  // Those of the guest's own word size, and of 32 bits on a system of 64.
  for (std::vector<std::string> names : {std::vector<std::string>{}, {"WOW6432Node"}}) {
    for (const char* name : {"Microsoft", "Windows", "CurrentVersion", "Uninstall"}) names.emplace_back(name);
    const auto list = hive.find(names);
    if (!list) continue;
    for (const Hive::Number node : hive.children(*list))
      if (auto program = read_program(hive, node)) programs.push_back(std::move(*program));
  }
  return programs;
}

}  // namespace vmcraft::inspect
