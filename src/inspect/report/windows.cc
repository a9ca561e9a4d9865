// SPDX-License-Identifier: LGPL-3.0-or-later
// What only Windows has: updates, drivers, group policy.
#include "inspect/report/windows.h"

#include <map>

#include "base/text.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

constexpr std::uint32_t kInstalled = 0x70;

std::string number_in(const std::string& name) {
  const std::size_t at = name.find("KB");
  if (at == std::string::npos) return {};
  const std::size_t end = name.find_first_not_of("0123456789", at + 2);
  return end == at + 2 ? std::string() : name.substr(at, end - at);
}

// An update has many packages: one line for each update.
Json read_updates(const Hive& hive) {
  std::map<std::string, Json> found;
  constexpr const char* kServicing = "Component Based Servicing";
  if (const auto list = hive.find({"Microsoft", "Windows", "CurrentVersion", kServicing, "Packages"}))
    for (const Hive::Number node : hive.children(*list)) {
      const std::string name = hive.name(node);
      std::string update = number_in(name);
      // Cumulative updates have no number in their packages' names, but in where they came from.
      if (update.empty() && name.starts_with("Package_for_RollupFix"))
        update = number_in(hive.text_of(node, "InstallLocation").value_or(""));
      if (update.empty() && name.starts_with("Package_for_RollupFix")) update = name.substr(0, name.find('~'));
      if (update.empty() || hive.dword_of(node, "CurrentState") != kInstalled || found.contains(update)) continue;
      Json entry = {{"name", update}};
      const std::uint64_t high = hive.dword_of(node, "InstallTimeHigh").value_or(0);
      const std::uint64_t low = hive.dword_of(node, "InstallTimeLow").value_or(0);
      if (high != 0) entry["install_time"] = time_text(unix_seconds(high << 32U | low));
      put(entry, "package", name);
      found.emplace(update, std::move(entry));
    }
  if (const auto list = hive.find({"Microsoft", "Windows NT", "CurrentVersion", "HotFix"}))
    for (const Hive::Number node : hive.children(*list))
      if (const std::string update = number_in(hive.name(node)); !update.empty() && !found.contains(update))
        found.emplace(update, Json{{"name", update}});
  Json updates = Json::array();
  for (auto& [name, entry] : found) updates.push_back(std::move(entry));
  return updates;
}

Json read_drivers(Reader& guest, const Hive& hive) {
  Json drivers = Json::array();
  const auto list = hive.find({guest.os().windows_current_control_set, "Services"});
  if (!list) return drivers;
  constexpr const char* kStarts[] = {"boot", "system", "automatic", "manual", "disabled"};
  for (const Hive::Number node : hive.children(*list)) {
    const auto type = hive.dword_of(node, "Type");
    if (!type || (*type & 0xfU) == 0 || *type >= 0x10) continue;
    Json entry = {{"name", hive.name(node)}, {"kind", (*type & 2U) != 0 ? "file system" : "kernel"}};
    const auto start = hive.dword_of(node, "Start");
    if (start && *start < std::size(kStarts)) entry["start"] = kStarts[*start];
    put(entry, "file", hive.text_of(node, "ImagePath").value_or(""));
    put(entry, "group", hive.text_of(node, "Group").value_or(""));
    drivers.push_back(std::move(entry));
  }
  return drivers;
}

Json read_policies(const Hive& hive) {
  Json policies = Json::array();
  const auto history = hive.find({"Microsoft", "Windows", "CurrentVersion", "Group Policy", "History"});
  if (!history) return policies;
  for (const Hive::Number extension : hive.children(*history))
    for (const Hive::Number node : hive.children(extension)) {
      Json entry = {{"extension", hive.name(extension)}};
      put(entry, "name", hive.text_of(node, "DisplayName").value_or(""));
      put(entry, "id", hive.text_of(node, "GPOName").value_or(""));
      put(entry, "link", hive.text_of(node, "Link").value_or(""));
      put(entry, "path", hive.text_of(node, "FileSysPath").value_or(""));
      policies.push_back(std::move(entry));
    }
  return policies;
}

}  // namespace

Json read_windows(Reader& guest) {
  if (guest.os().type != "windows") return {};
  Json windows = Json::object();
  if (const Hive* hive = guest.hive(guest.os().windows_software_hive)) {
    guest.guarded(guest.os().windows_software_hive, [&] { put_json(windows, "updates", read_updates(*hive)); });
    guest.guarded(guest.os().windows_software_hive, [&] { put_json(windows, "group_policies", read_policies(*hive)); });
    windows["group_policy_applied"] = guest.os().windows_group_policy;
  }
  if (const Hive* hive = guest.hive(guest.os().windows_system_hive))
    guest.guarded(guest.os().windows_system_hive, [&] { put_json(windows, "drivers", read_drivers(guest, *hive)); });
  return windows;
}

}  // namespace vmcraft::inspect::report
