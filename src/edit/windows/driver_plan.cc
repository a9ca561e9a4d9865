// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/driver_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <list>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"

namespace vmcraft::edit {
namespace {

using Kind = RegistryEdit::Kind;

constexpr int kDeepestInclude = 4;
constexpr std::size_t kMostParts = 256;
constexpr std::uint32_t kAssociated = 0x2;  // AddService: the function driver of the device
constexpr std::uint32_t kKernelTypes = 0xf;
constexpr std::uint32_t kWin32Types = 0x30;

struct Folder {
  std::uint32_t id;
  std::string_view path;  // below the folder of Windows
};
constexpr std::array kFolders = std::to_array<Folder>({
    {10, ""}, {11, "System32"}, {12, "System32/drivers"}, {17, "INF"}, {18, "Help"}, {20, "Fonts"},
    {50, "System"}, {52, "System32/spool/drivers"}, {55, "System32/spool/prtprocs"}, {16425, "SysWOW64"},
});
// Controllers of disks.
constexpr std::array kBootClasses = std::to_array<std::string_view>(
    {"{4d36e97b-e325-11ce-bfc1-08002be10318}", "{4d36e96a-e325-11ce-bfc1-08002be10318}"});
constexpr std::string_view kNetClass = "{4d36e972-e325-11ce-bfc1-08002be10318}";

std::string last_part(const std::string& path) { return path.substr(path.find_last_of("\\/") + 1); }

/// Makes the plan of one package, section by section.
class Planner {
 public:
  Planner(const DriverPackage& package, const DriverSite& site)
      : package_(package), site_(site), inf_(package.inf_content()) {}

  DriverPlan plan() {
    plan_.inf = package_.inf;
    plan_.published = site_.published;
    plan_.store_name = site_.store_name;
    plan_.class_guid = inf_.text("Version", "ClassGUID").value_or("");
    const std::string guid = base::lower(plan_.class_guid);
    storage_ = std::find(kBootClasses.begin(), kBootClasses.end(), guid) != kBootClasses.end();
    network_ = guid == kNetClass;
    plan_.devices = devices_for(inf_, site_.target);
    if (plan_.devices.empty()) base::throw_invalid(package_.inf, "has no device for " + show(site_.target));
    sources_ = source_files(inf_, site_.target.arch);
    plan_package();
    for (const InfDevice& device : plan_.devices) plan_device(device);
    plan_critical_devices();
    if (site_.target.has_driver_database())
      for (RegistryEdit& edit : driver_database_edits(plan_, inf_, site_)) plan_.edits.push_back(std::move(edit));
    add({.hive = RegistryEdit::Hive::software,
         .key = {"Microsoft", "Windows", "CurrentVersion"},
         .name = "DevicePath",
         .value = sz_value("%SystemRoot%\\Drivers\\VirtIO", reg::kExpandSz),
         .kind = Kind::append_path});
    return std::move(plan_);
  }

 private:
  /// One section, in the INF itself or in one that it includes.
  struct Part {
    const Inf* inf;
    std::string section;
  };

  void add(RegistryEdit edit) { plan_.edits.push_back(std::move(edit)); }

  void plan_package() {
    for (const auto& [path, content] : package_.files) {
      copy(path, std::string(kDriverFolder) + "/" + path);
      copy(path, "System32/DriverStore/FileRepository/" + plan_.store_name + "/" + path);
    }
    copy(package_.inf, "INF/" + plan_.published);
  }

  void copy(const std::string& source, const std::string& target) { plan_.files.push_back({source, target}); }

  void plan_device(const InfDevice& device) {
    if (!seen_.insert(base::lower(device.section)).second) return;
    for (const Part& part : parts_of(device.section)) {
      for (const std::string& value : part.inf->all(part.section, "CopyFiles")) plan_copies(*part.inf, value);
      plan_addreg(part, {});
    }
    for (const Part& part : parts_of(decorated_section(inf_, device.base_section, ".Services", site_.target)))
      for (const InfLine& line : part.inf->lines(part.section))
        if (base::lower(line.key) == "addservice") plan_service(*part.inf, line);
    plan_framework(decorated_section(inf_, device.base_section, ".Wdf", site_.target));
  }

  // The section and what it needs of other files.
  std::vector<Part> parts_of(const std::string& section) {
    std::vector<Part> parts;
    collect(inf_, section, 0, parts);
    return parts;
  }

  void collect(const Inf& inf, const std::string& section, int depth, std::vector<Part>& parts) {
    if (depth > kDeepestInclude || parts.size() >= kMostParts || !inf.has(section)) return;
    parts.push_back({&inf, section});
    std::vector<const Inf*> others = {&inf};
    for (const std::string& name : inf.all(section, "Include"))
      if (const Inf* other = included(name)) others.push_back(other);
    for (const std::string& needed : inf.all(section, "Needs"))
      for (const Inf* other : others)
        if (other->has(needed)) {
          collect(*other, needed, depth + 1, parts);
          break;
        }
  }

  const Inf* included(const std::string& name) {
    const std::string key = base::lower(name);
    const auto known = included_.find(key);
    if (known != included_.end()) return known->second;
    std::optional<std::string> content;
    if (const auto own = package_.files.find(key); own != package_.files.end()) content = own->second;
    else if (site_.find_inf) content = site_.find_inf(name);
    if (!content) base::trace("inject_driver: {}: includes {}, which the guest has not", package_.inf, name);
    const Inf* inf = content ? &storage_of_infs_.emplace_back(*content) : nullptr;
    included_.emplace(key, inf);
    return inf;
  }

  std::string source_of(const std::string& name) const {
    const auto found = sources_.find(base::lower(name));
    return found != sources_.end() ? found->second : package_path(name);
  }

  void plan_copies(const Inf& inf, const std::string& value) {
    const std::string section = value.starts_with('@') ? "DefaultDestDir" : value;
    auto lines = inf.all("DestinationDirs", section);
    if (lines.empty()) lines = inf.all("DestinationDirs", "DefaultDestDir");
    if (lines.empty()) return;
    const std::uint32_t id = inf_number(lines[0]);
    const auto folder = std::find_if(kFolders.begin(), kFolders.end(), [&](const Folder& f) { return f.id == id; });
    for (const auto& [to, from] : copied_files(inf, value)) {
      const std::string source = source_of(from);
      if (!package_.files.contains(source)) continue;  // Windows' own
      const std::string below = package_path((lines.size() > 1 ? lines[1] + "\\" : "") + to);
      if (folder != kFolders.end() && !below.empty())
        copy(source, std::string(folder->path) + (folder->path.empty() ? "" : "/") + below);
      else if (id != 13)
        base::trace("inject_driver: {}: {} is not copied to folder {}", package_.inf, to, id);
    }
  }

  void plan_addreg(const Part& part, const AddRegPlace& place) {
    for (const std::string& section : part.inf->all(part.section, "AddReg"))
      for (RegistryEdit& edit : addreg_edits(*part.inf, section, place)) {
        edit.value = with_folders(std::move(edit.value));
        add(std::move(edit));
      }
  }

  // %11% and its kin in text, as the guest will know them.
  RegistryValue with_folders(RegistryValue value) const {
    if (value.type != reg::kSz && value.type != reg::kExpandSz) return value;
    const std::string text = show_registry_value(value);
    return text.find('%') == std::string::npos ? value : sz_value(expand(text, "C:\\" + site_.windows_folder), value.type);
  }

  std::string expand(std::string text, const std::string& windows) const {
    for (const Folder& folder : kFolders) {
      const std::string mark = fmt::format("%{}%", folder.id);
      std::string path(folder.path);
      std::replace(path.begin(), path.end(), '/', '\\');
      const std::string full = windows.empty() ? path : path.empty() ? windows : windows + "\\" + path;
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + full.size()))
        text.replace(at, mark.size(), full);
    }
    return text;
  }

  // AddService = name, flags, section, section of the event log, its kind, its name
  void plan_service(const Inf& inf, const InfLine& line) {
    const std::string& name = line.value(0);
    const std::string& section = line.value(2);
    if (name.empty() || name.find('\\') != std::string::npos || !inf.has(section)) return;
    const bool associated = (inf_number(line.value(1)) & kAssociated) != 0;
    if (associated) plan_.services.insert(plan_.services.begin(), name);
    else plan_.services.push_back(name);
    service_values(inf, name, section, associated);
    const Registry::Key key = {"CurrentControlSet", "Services", name};
    for (const std::string& values : inf.all(section, "AddReg"))
      for (RegistryEdit& edit : addreg_edits(inf, values, {key, true})) add(std::move(edit));
    Registry::Key below = key;
    below.emplace_back("StartOverride");
    add({.key = below, .name = "", .value = {}, .kind = Kind::remove_key});
    plan_event_log(inf, line);
  }

  void service_values(const Inf& inf, const std::string& name, const std::string& section, bool associated) {
    const Registry::Key key = {"CurrentControlSet", "Services", name};
    const auto text = [&](const char* field) { return inf.text(section, field).value_or(""); };
    const auto set = [&](const char* value, RegistryValue content) {
      add({.key = key, .name = value, .value = std::move(content)});
    };
    const std::uint32_t type = inf_number(text("ServiceType"));
    const bool boots = storage_ && associated;
    const std::uint32_t start = boots ? 0 : inf_number(text("StartType"));
    if (boots || (associated && start == 0)) plan_.boot_critical = true;
    set("Type", dword_value(type));
    set("Start", dword_value(start));
    set("ErrorControl", dword_value(inf_number(text("ErrorControl"))));
    set("ImagePath", sz_value(image_path(text("ServiceBinary"), type, start), reg::kExpandSz));
    std::string group = text("LoadOrderGroup");
    if (group.empty() && associated) group = storage_ ? "SCSI miniport" : network_ ? "NDIS" : "";
    if (!group.empty()) set("Group", sz_value(group));
    for (const auto& [field, value] : {std::pair("DisplayName", "DisplayName"), std::pair("Description", "Description")})
      if (!text(field).empty()) set(value, sz_value(text(field)));
    if ((type & kWin32Types) != 0) {
      const std::string account = text("StartName");
      set("ObjectName", sz_value(account.empty() ? "LocalSystem" : account));
    }
    if (const auto needed = inf.all(section, "Dependencies"); !needed.empty())
      set("DependOnService", multi_sz_value(needed));
    if (site_.target.has_driver_database()) set("Owners", multi_sz_value({plan_.published}));
  }

  // Drivers that load before the disk is mounted are named below the folder of Windows. A driver that
  // the INF leaves in its package is put beside the others: the name of a package is no place to boot from.
  std::string image_path(std::string binary, std::uint32_t type, std::uint32_t start) {
    const std::string file = last_part(binary);
    const bool kernel = (type & kKernelTypes) != 0;
    if (kernel) {
      const std::string source = source_of(file);
      if (package_.files.contains(source)) copy(source, "System32/drivers/" + file);
      if (binary.starts_with("%13%")) binary = "%12%\\" + file;
    }
    const std::string store = "%SystemRoot%\\System32\\DriverStore\\FileRepository\\" + plan_.store_name;
    if (const std::size_t at = binary.find("%13%"); at != std::string::npos) binary.replace(at, 4, store);
    if (!kernel) return expand(binary, "%SystemRoot%");
    const std::string path = expand(binary, "");
    return start == 0 ? path : "\\SystemRoot\\" + path;
  }

  void plan_event_log(const Inf& inf, const InfLine& line) {
    if (line.value(3).empty()) return;
    const std::string log = line.value(4).empty() ? "System" : line.value(4);
    const std::string source = line.value(5).empty() ? line.value(0) : line.value(5);
    const Registry::Key key = {"CurrentControlSet", "Services", "EventLog", log, source};
    for (const std::string& values : inf.all(line.value(3), "AddReg"))
      for (RegistryEdit& edit : addreg_edits(inf, values, {key, true})) add(std::move(edit));
  }

  // KmdfService = service, section
  void plan_framework(const std::string& section) {
    for (const InfLine& line : inf_.lines(section)) {
      if (base::lower(line.key) != "kmdfservice" || line.value(0).empty()) continue;
      const auto version = inf_.text(line.value(1), "KmdfLibraryVersion");
      if (version)
        add({.key = {"CurrentControlSet", "Services", line.value(0), "Parameters", "Wdf"},
             .name = "KmdfLibraryVersion",
             .value = sz_value(*version)});
    }
  }

  void plan_critical_devices() {
    if (!plan_.boot_critical || plan_.services.empty()) return;
    if (!site_.target.has_driver_database())
      for (const InfDevice& device : plan_.devices)
        for (std::string id : device.ids) {
          std::replace(id.begin(), id.end(), '\\', '#');
          const Registry::Key key = {"CurrentControlSet", "Control", "CriticalDeviceDatabase", id};
          add({.key = key, .name = "Service", .value = sz_value(plan_.services[0])});
          add({.key = key, .name = "ClassGUID", .value = sz_value(plan_.class_guid)});
        }
    // A guest that stops says why instead of starting again and again.
    add({.key = {"CurrentControlSet", "Control", "CrashControl"}, .name = "AutoReboot", .value = dword_value(0)});
    // The filter of another hypervisor's disks stops the boot where there are none of them.
    add({.key = {"CurrentControlSet", "Services", "prl_strg"},
         .name = "Start",
         .value = dword_value(4),
         .kind = Kind::set_in_existing});
    for (const char* list : {"UpperFilters", "LowerFilters"})
      for (const char* guid : {"{4d36e967-e325-11ce-bfc1-08002be10318}", "{4d36e97b-e325-11ce-bfc1-08002be10318}"})
        add({.key = {"CurrentControlSet", "Control", "Class", guid},
             .name = list,
             .value = sz_value("prl_strg"),
             .kind = Kind::remove_text});
  }

  const DriverPackage& package_;
  const DriverSite& site_;
  Inf inf_;
  DriverPlan plan_;
  bool storage_ = false;
  bool network_ = false;
  std::map<std::string, std::string> sources_;
  std::set<std::string> seen_;
  std::list<Inf> storage_of_infs_;
  std::map<std::string, const Inf*> included_;
};

}  // namespace

DriverPlan plan_driver(const DriverPackage& package, const DriverSite& site) { return Planner(package, site).plan(); }

}  // namespace vmcraft::edit
