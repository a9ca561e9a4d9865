// SPDX-License-Identifier: LGPL-3.0-or-later
// What is started, by systemd, OpenRC, runit, upstart, System V or a BSD's rc, and what at which times.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "inspect/files.h"
#include "inspect/report/ini.h"
#include "inspect/report/sections.h"
#include "inspect/report/windows.h"

namespace vmcraft::inspect::report {
namespace {

constexpr const char* kUnitFolders[] = {"/etc/systemd/system", "/usr/local/lib/systemd/system",
                                        "/usr/lib/systemd/system", "/lib/systemd/system"};

struct Unit {
  std::string path;   // of the file that counts
  std::string state;  // enabled, disabled, static, masked, alias, generated
  std::vector<std::string> wanted_by;
};
using Units = std::map<std::string, Unit>;

bool is_unit(const std::string& name) {
  return name.ends_with(".service") || name.ends_with(".socket") || name.ends_with(".timer") || name.ends_with(".path");
}

void find_units(Reader& guest, Units& units) {
  std::set<std::pair<dev_t, ino_t>> seen;  // /lib may be a link to /usr/lib
  for (const std::string folder : kUnitFolders) {
    const auto st = guest.status(folder);
    if (!st || !seen.emplace(st->st_dev, st->st_ino).second) continue;
    for (const std::string& name : guest.names(folder)) {
      if (!is_unit(name) || units.contains(name)) continue;
      const std::string path = folder + "/" + name;
      const std::string target = guest.link(path);
      Unit unit{path, "", {}};
      if (target == "/dev/null") unit.state = "masked";
      else if (!target.empty() && !target.ends_with("/" + name) && target != name) unit.state = "alias";
      units.emplace(name, std::move(unit));
    }
  }
}

// Links in TARGET.wants and TARGET.requires are what "systemctl enable" makes.
void find_wants(Reader& guest, Units& units) {
  for (const std::string folder : kUnitFolders) {
    const bool made = folder.starts_with("/etc/");
    if (folder == "/lib/systemd/system" && guest.link("/lib") == "usr/lib") continue;
    for (const std::string& name : guest.names(folder)) {
      if (!name.ends_with(".wants") && !name.ends_with(".requires")) continue;
      const std::string target = name.substr(0, name.rfind('.'));
      for (const std::string& unit : guest.names(folder + "/" + name)) {
        const std::size_t at = unit.find('@');
        if (at != std::string::npos && is_unit(unit) && !units.contains(unit))
          units[unit].path = guest.link(folder + "/" + name + "/" + unit);
        const auto found = units.find(unit);
        if (found == units.end()) continue;
        if (made && found->second.state.empty()) found->second.state = "enabled";
        if (std::find(found->second.wanted_by.begin(), found->second.wanted_by.end(), target) ==
            found->second.wanted_by.end())
          found->second.wanted_by.push_back(target);
      }
    }
  }
}

// A unit that is not enabled and has nothing to be enabled by is static.
Json describe(Reader& guest, const std::string& name, Unit& unit) {
  Json entry = {{"name", name}, {"manager", "systemd"}};
  const bool hidden = unit.state == "masked" || unit.state == "alias";
  const auto text = hidden ? std::nullopt : guest.text(unit.path, 1U << 20U);
  const auto sections = text ? parse_ini(*text) : std::vector<IniSection>();
  if (unit.state.empty()) unit.state = section(sections, "Install").values.empty() ? "static" : "disabled";
  entry["state"] = unit.state;
  put(entry, "path", unit.path);
  put_json(entry, "wanted_by", unit.wanted_by);
  put(entry, "description", section(sections, "Unit").value("Description"));
  put(entry, "exec", section(sections, "Service").value("ExecStart"));
  put(entry, "user", section(sections, "Service").value("User"));
  if (!name.ends_with(".timer")) return entry;
  for (const auto& [key, value] : section(sections, "Timer").values)
    if (key.starts_with("On") && key != "OnClockChange" && key != "OnTimezoneChange")
      entry["schedule"].push_back(key + "=" + value);
  std::string starts = section(sections, "Timer").value("Unit");
  if (starts.empty()) starts = name.substr(0, name.rfind('.')) + ".service";
  entry["starts"] = starts;
  return entry;
}

void read_systemd(Reader& guest, Json& services, Json& timers) {
  Units units;
  find_units(guest, units);
  find_wants(guest, units);
  for (auto& [name, unit] : units) {
    Json entry = describe(guest, name, unit);
    (name.ends_with(".timer") ? timers : services).push_back(std::move(entry));
  }
}

// rc3.d/S01name: started in runlevel 3.
void read_sysv(Reader& guest, Json& services) {
  std::map<std::string, std::set<std::string>> levels;
  for (const std::string base : {"/etc", "/etc/rc.d"})
    for (const char level : {'2', '3', '4', '5'})
      for (const std::string& name : guest.names(base + "/rc" + level + ".d"))
        if (name.size() > 3 && name[0] == 'S' && name[1] >= '0' && name[1] <= '9')
          levels[name.substr(3)].insert(std::string(1, level));
  for (const std::string folder : {"/etc/init.d", "/etc/rc.d/init.d"}) {
    if (guest.link("/etc/init.d") == "rc.d/init.d" && folder == "/etc/init.d") continue;
    for (const std::string& name : guest.names(folder)) {
      if (name == "README" || name == "functions" || name == "skeleton" || !guest.has_file(folder + "/" + name)) continue;
      Json entry = {{"name", name}, {"manager", "sysv"}, {"state", levels.contains(name) ? "enabled" : "disabled"},
                    {"path", folder + "/" + name}};
      put_json(entry, "runlevels", levels[name]);
      services.push_back(std::move(entry));
    }
  }
}

void read_openrc(Reader& guest, Json& services) {
  std::map<std::string, std::vector<std::string>> levels;
  for (const std::string& level : guest.names("/etc/runlevels"))
    for (const std::string& name : guest.names("/etc/runlevels/" + level)) levels[name].push_back(level);
  for (const std::string& name : guest.names("/etc/init.d")) {
    if (!guest.has_file("/etc/init.d/" + name) || name == "functions.sh") continue;
    Json entry = {{"name", name}, {"manager", "openrc"}, {"state", levels.contains(name) ? "enabled" : "disabled"},
                  {"path", "/etc/init.d/" + name}};
    put_json(entry, "runlevels", levels[name]);
    services.push_back(std::move(entry));
  }
}

void read_runit(Reader& guest, Json& services) {
  std::set<std::string> enabled;
  for (const char* folder : {"/etc/runit/runsvdir/default", "/var/service", "/etc/service"})
    for (std::string& name : guest.names(folder)) enabled.insert(std::move(name));
  for (const std::string& name : guest.names("/etc/sv"))
    services.push_back({{"name", name}, {"manager", "runit"}, {"state", enabled.contains(name) ? "enabled" : "disabled"},
                        {"path", "/etc/sv/" + name}});
}

void read_upstart(Reader& guest, Json& services) {
  for (const std::string& path : guest.files("/etc/init", ".conf")) {
    const auto text = guest.text(path);
    const std::string name = path.substr(10, path.size() - 15);
    const bool started = text && (text->starts_with("start on") || text->find("\nstart on") != std::string::npos);
    services.push_back(
        {{"name", name}, {"manager", "upstart"}, {"state", started ? "enabled" : "disabled"}, {"path", path}});
  }
}

// name_enable="YES" of FreeBSD, name=YES of NetBSD, name_flags= (not NO) of OpenBSD.
void read_bsd(Reader& guest, Json& services) {
  for (const char* path : {"/etc/rc.conf", "/etc/rc.conf.local"}) {
    const auto text = guest.text(path);
    if (!text) continue;
    for (const auto& [name, value] : shell_variables(*text)) {
      const std::string lower = base::lower(value);
      const bool yes = lower == "yes" || lower == "true" || lower == "on" || lower == "1";
      const bool no = lower == "no" || lower == "false" || lower == "off" || lower == "0";
      std::string service = name;
      bool enabled = yes;
      if (name.ends_with("_enable")) service.resize(name.size() - 7);
      else if (guest.os().type == "openbsd" && name.ends_with("_flags")) {
        service.resize(name.size() - 6);
        enabled = !no;
      } else if (guest.os().type != "netbsd" || (!yes && !no)) {
        continue;
      }
      services.push_back({{"name", service}, {"manager", "rc"}, {"state", enabled ? "enabled" : "disabled"}, {"path", path}});
    }
  }
}

bool is_bsd(const OperatingSystem& os) { return os.type.ends_with("bsd"); }

}  // namespace

Json read_services(Reader& guest) {
  Json services = Json::array();
  Json timers = Json::array();
  if (guest.os().type == "windows") return read_windows_services(guest);
  if (is_bsd(guest.os())) {
    read_bsd(guest, services);
    return services;
  }
  read_systemd(guest, services, timers);
  if (guest.has_folder("/etc/runlevels")) read_openrc(guest, services);
  else read_sysv(guest, services);
  read_runit(guest, services);
  read_upstart(guest, services);
  for (Json& timer : timers) services.push_back(std::move(timer));
  return services;
}

}  // namespace vmcraft::inspect::report
