// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/customize_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "edit/linux/sysprep.h"
#include "shell/interrupt.h"
#include "shell/open.h"
#include "shell/unlock.h"
#include "shell/usage_error.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {
namespace {

std::string examined(const CommandLine& line) {
  std::vector<std::string> names;
  for (const DriveOption& drive : line.drives) names.push_back(drive.text);
  if (!line.domain.empty()) names.push_back(line.domain);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string only_root(GuestFS& g) {
  const std::vector<std::string> roots = g.inspect_os();
  if (roots.empty()) throw UsageError("no operating system was found on the disks");
  if (roots.size() > 1)
    throw UsageError(fmt::format("several operating systems are on the disks ({}); only one at a time can be changed",
                                 fmt::join(roots, ", ")));
  return roots[0];
}

// What cannot be mounted beside the root is told of and left out.
void mount_guest(Session& session, const CustomizePlan& plan) {
  GuestFS& g = session.guest();
  HashTable points = g.inspect_get_mountpoints(only_root(g));
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.first.size() < b.first.size(); });
  for (const auto& [point, device] : points) {
    const auto options = plan.mount_options.find(point);
    try {
      if (options != plan.mount_options.end()) g.mount_options(options->second, device, point);
      else g.mount(device, point);
    } catch (const Error& failure) {
      if (point == "/" || failure.code() == ErrorCode::cancelled) throw;
      session.report(fmt::format("warning: {}", failure.what()));
    }
  }
}

void open_plan(Session& session, CustomizePlan& plan) {
  session.settings().readonly = plan.dry_run;  // overlays take what is written
  add_disks(session, plan.line);
  session.settings().readonly = false;
  session.guest().launch();
  unlock_devices(session, plan.line.keys, true);
  mount_guest(session, plan);
}

void run_plan(Session& session, CustomizePlan& plan) {
  const Messages messages(plan.quiet);
  const interrupt::Scope scope(session.guest());
  messages.say("Examining " + examined(plan.line) + (plan.dry_run ? " (dry run)" : ""));
  open_plan(session, plan);
  if (plan.tool == CustomizeTool::sysprep) {
    run_sysprep(session, plan, messages);
  } else {
    messages.say("Setting a random seed");
    session.guest().random_seed_reset();
    Customizer(session.guest(), messages, plan.line.settings.verbose).run(plan.steps);
  }
  messages.say("Finishing off");
}

int list_operations() {
  for (const edit::SysprepOperation& operation : edit::sysprep_operations())
    write_out(fmt::format("{} {} {}\n", operation.name, operation.usual ? "*" : " ", operation.brief));
  return 0;
}

int show(const std::string& text) {
  write_out(text);
  return 0;
}

int run_task(CustomizePlan plan) {
  switch (plan.task) {
    case CustomizePlan::Task::help: return show(customize_help(plan.tool));
    case CustomizePlan::Task::version: return show(std::string("vmcraft ") + library_version() + "\n");
    case CustomizePlan::Task::list_operations: return list_operations();
    case CustomizePlan::Task::run: break;
  }
  interrupt::install();
  Session session(plan.line.settings);
  bool good = false;
  try {
    run_plan(session, plan);
    good = true;
  } catch (const std::exception& failure) {
    session.report(failure.what());
  }
  const bool closed = session.close();
  if (interrupt::pending() != 0) return 128 + interrupt::pending();
  return good && closed ? 0 : 1;
}

}  // namespace

std::optional<int> run_customize_tools(int argc, char** argv) {
  if (argc < 2) return std::nullopt;
  if (std::strcmp(argv[1], "customize") == 0) return run_task(parse_customize(CustomizeTool::customize, argc - 1, argv + 1));
  if (std::strcmp(argv[1], "sysprep") == 0) return run_task(parse_customize(CustomizeTool::sysprep, argc - 1, argv + 1));
  return std::nullopt;
}

}  // namespace vmcraft::shell
