// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/customize_options.h"

#include <fmt/format.h>
#include <getopt.h>

#include "base/text.h"
#include "edit/linux/sysprep.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

enum class For { both, customize, sysprep };

/// An option that is no step.
struct PlanOption {
  const char* name;
  char letter;  ///< 0: none
  const char* value;  ///< how --help names it; empty: takes none
  const char* brief;
  void (*take)(CustomizePlan&, const char* value);
  For tool = For::both;
};

void nothing(CustomizePlan&, const char*) {}

// -m and --smp are of a machine that there is none of here; they have to be numbers all the same.
void take_number(CustomizePlan&, const char* value) {
  if (!base::parse_number<unsigned>(value)) throw UsageError(std::string(value) + ": not a number");
}

void take_drive(CustomizePlan& plan, const char* value) {
  plan.line.drives.push_back({false, value, plan.format, 0, ""});
}

void take_domain(CustomizePlan& plan, const char* value) {
  if (!plan.line.domain.empty()) throw UsageError("-d: " + std::string(value) + ": one guest at a time");
  plan.line.domain = value;
}

void take_engine(CustomizePlan& plan, const char* value) {
  const std::string name = value;
  if (name != "host" && name != "uml" && name != "auto")
    throw UsageError("--engine: " + name + ": must be host, uml or auto");
  plan.line.settings.engine = name;
}

void refuse_attach(CustomizePlan&, const char* value) {
  throw UsageError("--attach: " + std::string(value) +
                   ": not supported: programs of the guest see its own file systems alone and cannot mount others");
}

void take_commands(CustomizePlan& plan, const char* value) {
  for (CustomizeStep& step : read_steps(value)) plan.steps.push_back(std::move(step));
}

// "/:noatime;/var:rw,noatime"
void take_mount_options(CustomizePlan& plan, const char* value) {
  for (const std::string& part : base::split(value, ';')) {
    const std::size_t colon = part.find(':');
    if (colon == std::string::npos || part[0] != '/')
      throw UsageError("--mount-options: " + part + ": must be MOUNTPOINT:OPTIONS");
    plan.mount_options[part.substr(0, colon)] = part.substr(colon + 1);
  }
}

void take_operations(CustomizePlan& plan, const char* value) {
  plan.operations_chosen = true;
  choose_operations(plan.operations, value);
}

void take_enable(CustomizePlan& plan, const char* value) {
  plan.operations.clear();
  for (const std::string& name : base::split(value, ','))
    if (name.starts_with('-') || name == "all" || name == "defaults")
      throw UsageError("--enable: " + name + ": must be a name of --list-operations; --operations takes more");
  take_operations(plan, value);
}

void take_users(Words& users, const char* value) {
  for (std::string& name : base::split(value, ',')) users.push_back(std::move(name));
}

constexpr PlanOption kOptions[] = {
    {"add", 'a', "FILE|URI", "add a disk image", take_drive},
    {"attach", 0, "ISO", "refused: programs of the guest cannot mount here", refuse_attach, For::customize},
    {"attach-format", 0, "FORMAT", "accepted, without effect", nothing, For::customize},
    {"color", 0, "", "accepted, without effect", nothing},
    {"colors", 0, "", "accepted, without effect", nothing},
    {"colour", 0, "", "accepted, without effect", nothing},
    {"colours", 0, "", "accepted, without effect", nothing},
    {"commands-from-file", 0, "FILENAME", "read steps from a file", take_commands},
    {"connect", 'c', "URI", "libvirt URI for -d", [](CustomizePlan& p, const char* v) { p.line.libvirt_uri = v; }},
    {"domain", 'd', "GUEST", "add the disks of a libvirt guest", take_domain},
    {"dry-run", 'n', "", "do it all, and throw the changes away", [](CustomizePlan& p, const char*) { p.dry_run = true; }},
    {"dryrun", 0, "", "the same as --dry-run", [](CustomizePlan& p, const char*) { p.dry_run = true; }},
    {"echo-keys", 0, "", "show passphrases while they are typed",
     [](CustomizePlan& p, const char*) { p.line.settings.echo_keys = true; }},
    {"enable", 0, "OPERATIONS", "do these operations only", take_enable, For::sysprep},
    {"engine", 0, "host|uml|auto", "which engine serves the disks", take_engine},
    {"format", 0, "FORMAT", "format of the images that follow; auto: it is found out",
     [](CustomizePlan& p, const char* v) { p.format = v; }},
    {"help", 0, "", "show this help", [](CustomizePlan& p, const char*) { p.task = CustomizePlan::Task::help; }},
    {"keep-user-accounts", 0, "USERS", "accounts that user-account leaves",
     [](CustomizePlan& p, const char* v) { take_users(p.keep_users, v); }, For::sysprep},
    {"key", 0, "SELECTOR", "key of an encrypted device: ID:key:KEY, ID:file:FILE or ID:clevis",
     [](CustomizePlan& p, const char* v) { p.line.keys.emplace_back(v); }},
    {"keys-from-stdin", 0, "", "read passphrases from standard input",
     [](CustomizePlan& p, const char*) { p.line.settings.keys_from_stdin = true; }},
    {"list-operations", 0, "", "list the operations", [](CustomizePlan& p, const char*) { p.task = CustomizePlan::Task::list_operations; },
     For::sysprep},
    {"memsize", 'm', "MB", "accepted, without effect", take_number, For::customize},
    {"mount-options", 0, "MP:OPTS[;MP:OPTS..]", "how file systems are mounted", take_mount_options, For::sysprep},
    {"network", 0, "", "let programs of the guest use the network",
     [](CustomizePlan& p, const char*) { p.line.settings.network = true; }},
    {"no-network", 0, "", "do not let them", [](CustomizePlan& p, const char*) { p.line.settings.network = false; }},
    {"no-selinux-relabel", 0, "", "accepted, without effect", nothing, For::sysprep},
    {"operation", 0, "OPERATIONS", "the same as --operations", take_operations, For::sysprep},
    {"operations", 0, "OPERATIONS", "choose operations: names, defaults, all; a - takes one out", take_operations, For::sysprep},
    {"quiet", 'q', "", "do not tell what is done", [](CustomizePlan& p, const char*) { p.quiet = true; }},
    {"remove-user-accounts", 0, "USERS", "accounts that user-account removes, and no others",
     [](CustomizePlan& p, const char* v) { take_users(p.remove_users, v); }, For::sysprep},
    {"script", 0, "SCRIPT", "a program of this machine for the operation script",
     [](CustomizePlan& p, const char* v) { p.scripts.emplace_back(v); }, For::sysprep},
    {"scriptdir", 0, "DIR", "where the guest's tree is mounted for it",
     [](CustomizePlan& p, const char* v) { p.script_folder = v; }, For::sysprep},
    {"smp", 0, "N", "accepted, without effect", take_number, For::customize},
    {"verbose", 'v', "", "tell what the library does, and show what programs print",
     [](CustomizePlan& p, const char*) { p.line.settings.verbose = true; }},
    {"version", 'V', "", "show the version", [](CustomizePlan& p, const char*) { p.task = CustomizePlan::Task::version; }},
    {"wrap", 0, "", "accepted, without effect", nothing},
    {"", 'x', "", "show each call of the library", [](CustomizePlan& p, const char*) { p.line.settings.trace = true; }},
};

bool is_for(const PlanOption& option, CustomizeTool tool) {
  return option.tool == For::both || (option.tool == For::customize) == (tool == CustomizeTool::customize);
}

/// Both tables in getopt's form: an option's code is its letter, or its place behind all letters.
class Getopt {
 public:
  explicit Getopt(CustomizeTool tool) {
    for (const PlanOption& option : kOptions) {
      if (!is_for(option, tool)) continue;
      const bool value = option.value[0] != '\0';
      if (option.letter != 0) letters_.append(1, option.letter).append(value ? ":" : "");
      const int code = option.letter != 0 ? option.letter : kFirst + static_cast<int>(&option - kOptions);
      if (option.name[0] != '\0') longs_.push_back({option.name, value ? 1 : 0, nullptr, code});
    }
    const auto steps = customize_options();
    for (std::size_t i = 0; i < steps.size(); ++i)
      longs_.push_back({steps[i].name, steps[i].form == Form::nothing ? 0 : 1, nullptr, kFirstStep + static_cast<int>(i)});
    longs_.push_back({nullptr, 0, nullptr, 0});
  }
  int next(int argc, char** argv) const {
    return ::getopt_long(argc, argv, letters_.c_str(), longs_.data(), nullptr);
  }
  static void take(CustomizePlan& plan, int code, const char* value) {
    if (code >= kFirstStep) {
      const CustomizeOption& step = customize_options()[static_cast<std::size_t>(code - kFirstStep)];
      plan.steps.push_back(parse_step(step, value != nullptr ? value : ""));
      return;
    }
    for (const PlanOption& option : kOptions)
      if (code == (option.letter != 0 ? option.letter : kFirst + static_cast<int>(&option - kOptions)))
        return option.take(plan, value);
  }

 private:
  static constexpr int kFirst = 256;
  static constexpr int kFirstStep = 1024;
  std::string letters_ = ":";
  std::vector<option> longs_;
};

std::string help_line(char letter, const std::string& name, const std::string& value, const char* brief) {
  std::string option = letter != 0 ? fmt::format("-{}", letter) : std::string("  ");
  if (!name.empty()) option += fmt::format("{} --{}", letter != 0 ? "," : " ", name);
  if (!value.empty()) option += " " + value;
  return fmt::format("  {:<42} {}\n", option, brief);
}

void add_defaults(std::set<std::string>& chosen, bool all, bool put) {
  for (const edit::SysprepOperation& operation : edit::sysprep_operations()) {
    if (!all && !operation.usual) continue;
    if (put) chosen.insert(operation.name);
    else chosen.erase(operation.name);
  }
}

bool is_operation(const std::string& name) {
  for (const edit::SysprepOperation& operation : edit::sysprep_operations())
    if (name == operation.name) return true;
  return false;
}

void check(CustomizePlan& plan) {
  if (plan.task != CustomizePlan::Task::run) return;
  if (plan.line.drives.empty() && plan.line.domain.empty()) throw UsageError("add a disk with -a, or a guest with -d");
  if (plan.tool == CustomizeTool::customize && plan.steps.empty())
    throw UsageError("nothing to do: name a step at least; --help lists them");
  if (!plan.operations_chosen) add_defaults(plan.operations, false, true);
  if (!plan.steps.empty() && plan.tool == CustomizeTool::sysprep && !plan.operations.contains("customize"))
    throw UsageError(std::string("--") + plan.steps[0].option->name + ": the operation customize is not among those chosen");
  if (!plan.scripts.empty() && !plan.operations.contains("script"))
    throw UsageError("--script: the operation script is not among those chosen");
}

}  // namespace

void choose_operations(std::set<std::string>& chosen, const std::string& text) {
  for (std::string name : base::split(text, ',')) {
    const bool out = name.starts_with('-');
    if (out) name.erase(0, 1);
    if (name == "all" || name == "defaults") add_defaults(chosen, name == "all", !out);
    else if (!is_operation(name)) throw UsageError(name + ": no such operation; --list-operations lists them");
    else if (out) chosen.erase(name);
    else chosen.insert(name);
  }
}

CustomizePlan parse_customize(CustomizeTool tool, int argc, char** argv) {
  CustomizePlan plan;
  plan.tool = tool;
  plan.line.settings.network = tool == CustomizeTool::customize;
  const Getopt form(tool);
  for (int code = 0; (code = form.next(argc, argv)) != -1;) {
    if (code == '?') throw UsageError(std::string(argv[optind - 1]) + ": unknown option; --help lists all");
    if (code == ':') throw UsageError(std::string(argv[optind - 1]) + ": needs a value");
    Getopt::take(plan, code, optarg);
  }
  if (optind < argc) throw UsageError(std::string(argv[optind]) + ": not an option; disks are added with -a");
  check(plan);
  return plan;
}

std::string customize_help(CustomizeTool tool) {
  std::string text = tool == CustomizeTool::customize
                         ? "usage: vmcraft customize [-n] -a IMAGE|-d GUEST OPTION...\n\nChanges a guest that is switched off, "
                           "step by step in the order of the options.\n\nOptions:\n"
                         : "usage: vmcraft sysprep [-n] -a IMAGE|-d GUEST [OPTION...]\n\nMakes a guest that is switched off "
                           "ready to be cloned.\n\nOptions:\n";
  for (const PlanOption& option : kOptions)
    if (is_for(option, tool)) text += help_line(option.letter, option.name, option.value, option.brief);
  text += "\nSteps:\n";
  for (const CustomizeOption& step : customize_options()) text += help_line(0, step.name, step.value, step.brief);
  return text;
}

}  // namespace vmcraft::shell
