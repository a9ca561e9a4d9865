// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/inspect_task.h"

#include "shell/inspect_render.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

using Sections = std::vector<std::string>;

// What a form does not show is not read.
Sections sections_for(const InspectTask& task) {
  if (task.form == "xml") return {"disks", "system", "packages", "icon"};
  if (!task.sbom.empty()) return {"disks", "system", "packages"};
  return {};
}

std::string rendered(const InspectTask& task, const Json& reports) {
  if (task.sbom == "spdx") return inspect_spdx(reports);
  if (task.sbom == "cyclonedx") return inspect_cyclonedx(reports);
  if (task.form == "json") return inspect_json(reports);
  if (task.form == "yaml") return inspect_yaml(reports);
  if (task.form == "xml") return inspect_xml(reports);
  return inspect_table(reports);
}

}  // namespace

void take_inspect_task(CommandLine& line) {
  InspectTask& task = line.inspect_task;
  const bool asked = !line.words.empty() && line.words[0] == "inspect";
  if (!asked && (!task.form.empty() || !task.sbom.empty()))
    throw UsageError("--xml, --yaml, --table and --sbom belong to 'vmcraft inspect'");
  if (!asked) return;
  if (line.settings.json && task.form.empty()) task.form = "json";
  if (task.form.empty()) task.form = "table";
  line.task = CommandLine::Task::inspect;
  if (!line.readonly) line.readonly = true;
  for (std::size_t i = 1; i < line.words.size(); ++i) line.drives.push_back({false, line.words[i], "", 0, ""});
  line.words.clear();
  if (line.drives.empty() && line.domain.empty()) throw UsageError("inspect: name an image at least");
}

void run_inspect(Session& session, const CommandLine& line) {
  GuestFS& g = session.guest();
  const std::vector<std::string> roots = g.inspect_os();
  if (roots.empty()) throw UsageError("inspect: no operating system was found on the drives");
  InspectReportOptions options;
  const Sections sections = sections_for(line.inspect_task);
  if (!sections.empty()) options.sections = sections;
  Json reports = Json::array();
  for (const std::string& root : roots) reports.push_back(Json::parse(g.inspect_report(root, options)));
  write_out(rendered(line.inspect_task, reports));
}

}  // namespace vmcraft::shell
