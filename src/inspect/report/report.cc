// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/report.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

struct Section {
  const char* name;
  Json (*read)(Reader& guest);
  bool by_default = true;
};

// Known without a look at the guest's files.
constexpr const char* kDisks = "disks";

constexpr std::array kSections = std::to_array<Section>({
    {"system", read_system},
    {"boot", read_boot},
    {"kernels", read_kernels},
    {"users", read_users},
    {"groups", read_groups},
    {"network", read_network},
    {"services", read_services},
    {"scheduled", read_scheduled},
    {"ssh", read_ssh},
    {"certificates", read_certificates},
    {"security", read_security},
    {"vm_tools", read_vm_tools},
    {"containers", read_containers},
    {"windows", read_windows},
    {"packages", read_packages},
    {"icon", read_icon, false},
});

bool is_wanted(const Wish& wish, const std::string& name, bool by_default) {
  if (wish.sections.empty()) return by_default;
  return std::find(wish.sections.begin(), wish.sections.end(), name) != wish.sections.end();
}

Json list_disks(const OperatingSystem& os, const Wish& wish) {
  Json disks = Json::object();
  for (const auto& [point, device] : os.mountpoints)
    disks["mountpoints"].push_back({{"path", point}, {"device", device}});
  for (const DiskFileSystem& found : wish.filesystems) {
    Json entry = {{"device", found.device}};
    put(entry, "type", found.type);
    put(entry, "label", found.label);
    put(entry, "uuid", found.uuid);
    disks["filesystems"].push_back(std::move(entry));
  }
  for (const auto& [letter, device] : os.drive_mappings)
    disks["drive_mappings"].push_back({{"letter", letter}, {"device", device}});
  return disks;
}

void check_names(const Wish& wish) {
  const std::vector<std::string> known = section_names();
  for (const std::string& name : wish.sections)
    if (std::find(known.begin(), known.end(), name) == known.end())
      base::throw_invalid(name, "not a section of the report");
}

}  // namespace

std::vector<std::string> section_names() {
  std::vector<std::string> names = {kDisks};
  for (const Section& section : kSections) names.emplace_back(section.name);
  return names;
}

std::string make_report(const mount::GuestRoot& root, const OperatingSystem& os, const Wish& wish) {
  check_names(wish);
  Reader guest(root, os);
  for (const auto& [point, reason] : wish.not_mounted) guest.finding(point, "not mounted: " + reason);
  Json report = {{"root", os.root}};
  if (is_wanted(wish, kDisks, true)) report[kDisks] = list_disks(os, wish);
  for (const Section& section : kSections) {
    if (!is_wanted(wish, section.name, section.by_default)) continue;
    if (wish.check_cancelled) wish.check_cancelled();
    guest.guarded(section.name, [&] { put_json(report, section.name, section.read(guest)); });
  }
  const std::map<std::string, Json> results = guest.finish();
  if (report.contains("kernels")) finish_kernels(report["kernels"], results);
  report["findings"] = guest.take_findings();
  return report.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vmcraft::inspect::report
