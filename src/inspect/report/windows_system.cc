// SPDX-License-Identifier: LGPL-3.0-or-later
#include <cstring>

#include "base/bytes.h"
#include "base/text.h"
#include "inspect/files.h"
#include "inspect/report/windows.h"

namespace vmcraft::inspect::report {
namespace {

constexpr std::int64_t kMultiString = 7;

std::optional<Hive::Number> control_set(Reader& guest, const Hive& hive, std::vector<std::string> names) {
  names.insert(names.begin(), guest.os().windows_current_control_set);
  return hive.find(names);
}

void put_text(Json& object, const char* name, const Hive& hive, Hive::Number node, const std::string& key) {
  if (const auto text = hive.text_of(node, key)) put(object, name, *text);
}

void read_adapter(const Hive& hive, Hive::Number node, Json& entry) {
  const bool dhcp = hive.dword_of(node, "EnableDHCP").value_or(0) == 1;
  entry["method"] = dhcp ? "dhcp" : "static";
  const std::string start = dhcp ? "Dhcp" : "";
  std::vector<std::string> addresses = multi_text(hive, node, start + "IPAddress");
  std::vector<std::string> masks = multi_text(hive, node, start + "SubnetMask");
  for (std::size_t i = 0; i < addresses.size(); ++i)
    if (!addresses[i].empty() && addresses[i] != "0.0.0.0")
      entry["addresses"].push_back(addresses[i] + (i < masks.size() ? "/" + masks[i] : ""));
  for (const std::string& gateway : multi_text(hive, node, start + "DefaultGateway"))
    if (!gateway.empty()) entry["gateways"].push_back(gateway);
  std::string servers = hive.text_of(node, "NameServer").value_or("");
  if (servers.empty()) servers = hive.text_of(node, "DhcpNameServer").value_or("");
  for (char& c : servers)
    if (c == ',') c = ' ';
  for (const std::string& server : base::split_blanks(servers)) entry["dns"].push_back(server);
}

// "Ethernet" and the like, by the adapter's number.
std::string connection_name(Reader& guest, const Hive& hive, const std::string& id) {
  const auto node = control_set(guest, hive,
                                {"Control", "Network", "{4D36E972-E325-11CE-BFC1-08002BE10318}", id, "Connection"});
  return node ? hive.text_of(*node, "Name").value_or("") : std::string();
}

std::string start_of(std::uint32_t start, bool delayed) {
  switch (start) {
    case 0: return "boot";
    case 1: return "system";
    case 2: return delayed ? "delayed" : "automatic";
    case 3: return "manual";
    case 4: return "disabled";
    default: return "unknown";
  }
}

void list_tasks(Reader& guest, const std::string& folder, int depth, Json& jobs) {
  constexpr int kDeepest = 16;
  if (depth > kDeepest) return;
  for (const std::string& name : guest.names(folder)) {
    const std::string path = folder + "/" + name;
    if (guest.has_folder(path)) list_tasks(guest, path, depth + 1, jobs);
    else if (guest.has_file(path)) jobs.push_back({{"kind", "task"}, {"path", path}});
  }
}

void read_profiles(Reader& guest, Json& users) {
  const Hive* hive = guest.hive(guest.os().windows_software_hive);
  const auto list = hive == nullptr ? std::nullopt : hive->find({"Microsoft", "Windows NT", "CurrentVersion", "ProfileList"});
  if (!list) return;
  for (const Hive::Number node : hive->children(*list)) {
    const std::string path = hive->text_of(node, "ProfileImagePath").value_or("");
    Json user = {{"name", path.substr(path.rfind('\\') + 1)}, {"sid", hive->name(node)}};
    put(user, "home", path);
    users.push_back(std::move(user));
  }
}

// The numbers of accounts are the types of values here.
void read_accounts(Reader& guest, Json& users) {
  const auto path = any_case(guest.root(), guest.os().windows_systemroot + "/system32/config/sam");
  const Hive* hive = path ? guest.hive(*path) : nullptr;
  const auto names = hive == nullptr ? std::nullopt : hive->find({"SAM", "Domains", "Account", "Users", "Names"});
  if (!names) return;
  for (const Hive::Number node : hive->children(*names)) {
    Json user = {{"name", hive->name(node)}, {"local_account", true}};
    const Hive::Number value = hive->value(node, "");
    if (value != 0) user["rid"] = hive->type(value);
    users.push_back(std::move(user));
  }
}

}  // namespace

std::vector<std::string> multi_text(const Hive& hive, Hive::Number node, const std::string& key) {
  const Hive::Number value = hive.value(node, key);
  if (value == 0) return {};
  if (hive.type(value) != kMultiString) {
    const auto text = hive.text_of(node, key);
    return text ? std::vector<std::string>{*text} : std::vector<std::string>();
  }
  return hive.texts(value);
}

std::int64_t unix_seconds(std::uint64_t windows_time) {
  constexpr std::uint64_t kTicks = 10'000'000;
  constexpr std::int64_t kFrom1601 = 11'644'473'600;
  return static_cast<std::int64_t>(windows_time / kTicks) - kFrom1601;
}

void put_windows(Reader& guest, Json& system) {
  if (const Hive* software = guest.hive(guest.os().windows_software_hive)) {
    if (const auto node = software->find({"Microsoft", "Windows NT", "CurrentVersion"})) {
      put_text(system, "edition", *software, *node, "EditionID");
      put_text(system, "version_text", *software, *node, "DisplayVersion");
      if (!system.contains("version_text")) put_text(system, "version_text", *software, *node, "ReleaseId");
      if (!system.contains("version_text")) put_text(system, "version_text", *software, *node, "CSDVersion");
      put_text(system, "registered_owner", *software, *node, "RegisteredOwner");
      put_text(system, "registered_organization", *software, *node, "RegisteredOrganization");
      if (const auto revision = software->dword_of(*node, "UBR")) system["build_revision"] = *revision;
      if (const auto installed = software->dword_of(*node, "InstallDate")) system["install_time"] = time_text(*installed);
    }
    if (const auto node = software->find({"Microsoft", "Cryptography"}))
      put_text(system, "machine_id", *software, *node, "MachineGuid");
  }
  const Hive* registry = guest.hive(guest.os().windows_system_hive);
  if (registry == nullptr) return;
  if (const auto node = control_set(guest, *registry, {"Control", "TimeZoneInformation"})) {
    put_text(system, "timezone", *registry, *node, "TimeZoneKeyName");
    if (!system.contains("timezone")) put_text(system, "timezone", *registry, *node, "StandardName");
  }
  if (const auto node = control_set(guest, *registry, {"Control", "Nls", "Language"}))
    put_text(system, "locale", *registry, *node, "Default");
  if (const auto node = control_set(guest, *registry, {"Control", "MUI", "UILanguages"}))
    for (const Hive::Number language : registry->children(*node)) system["languages"].push_back(registry->name(language));
  if (const auto node = control_set(guest, *registry, {"Services", "Tcpip", "Parameters"}))
    put_text(system, "domain", *registry, *node, "Domain");
}

Json read_windows_network(Reader& guest) {
  Json network = Json::object();
  const Hive* hive = guest.hive(guest.os().windows_system_hive);
  const auto list = hive == nullptr ? std::nullopt
                                    : control_set(guest, *hive, {"Services", "Tcpip", "Parameters", "Interfaces"});
  if (!list) return network;
  for (const Hive::Number node : hive->children(*list)) {
    const std::string id = hive->name(node);
    Json entry = {{"style", "windows"}, {"path", guest.os().windows_system_hive}, {"name", connection_name(guest, *hive, id)}, {"id", id}};
    read_adapter(*hive, node, entry);
    network["interfaces"].push_back(std::move(entry));
  }
  return network;
}

Json read_windows_services(Reader& guest) {
  Json services = Json::array();
  const Hive* hive = guest.hive(guest.os().windows_system_hive);
  const auto list = hive == nullptr ? std::nullopt : control_set(guest, *hive, {"Services"});
  if (!list) return services;
  // Below: drivers of the kernel and of file systems, which stand in a section of their own.
  constexpr std::uint32_t kFirstService = 0x10;
  for (const Hive::Number node : hive->children(*list)) {
    const auto type = hive->dword_of(node, "Type");
    if (!type || *type < kFirstService) continue;
    const bool delayed = hive->dword_of(node, "DelayedAutostart").value_or(0) != 0;
    const std::uint32_t start = hive->dword_of(node, "Start").value_or(99);
    Json entry = {{"name", hive->name(node)}, {"manager", "windows"}, {"state", start == 4 ? "disabled" : start == 3 ? "manual" : "enabled"},
                  {"start", start_of(start, delayed)}};
    put_text(entry, "description", *hive, node, "DisplayName");
    put_text(entry, "exec", *hive, node, "ImagePath");
    put_text(entry, "user", *hive, node, "ObjectName");
    services.push_back(std::move(entry));
  }
  return services;
}

Json read_windows_users(Reader& guest) {
  Json users = Json::array();
  read_profiles(guest, users);
  read_accounts(guest, users);
  return users;
}

Json read_windows_tasks(Reader& guest) {
  Json jobs = Json::array();
  if (const auto folder = any_case(guest.root(), guest.os().windows_systemroot + "/system32/tasks"))
    list_tasks(guest, *folder, 0, jobs);
  return jobs;
}

}  // namespace vmcraft::inspect::report
