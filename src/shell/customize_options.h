// SPDX-License-Identifier: LGPL-3.0-or-later
// The command lines of "vmcraft customize" and "vmcraft sysprep".
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "shell/customize.h"
#include "shell/options.h"

namespace vmcraft::shell {

enum class CustomizeTool { customize, sysprep };

struct CustomizePlan {
  CustomizeTool tool = CustomizeTool::customize;
  enum class Task { run, help, version, list_operations } task = Task::run;
  CommandLine line;  ///< disks, keys and settings
  bool dry_run = false;
  bool quiet = false;
  std::vector<CustomizeStep> steps;
  std::map<std::string, std::string> mount_options;  ///< by mount point
  // Of sysprep.
  std::set<std::string> operations;
  bool operations_chosen = false;
  Words keep_users;
  Words remove_users;
  Words scripts;
  std::string script_folder;

  // Of the -a that follow.
  std::string format;
};

/// Throws UsageError.
CustomizePlan parse_customize(CustomizeTool tool, int argc, char** argv);
std::string customize_help(CustomizeTool tool);

/// Changes a set of operations as --operations does: names, "all", "defaults", each with a "-" to take it out.
void choose_operations(std::set<std::string>& chosen, const std::string& text);

}  // namespace vmcraft::shell
