// SPDX-License-Identifier: LGPL-3.0-or-later
// DriverDatabase of Windows 8 and later: which package drives a device, and how. Its values are those
// that Windows itself writes when it installs a package.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/bytes.h"
#include "base/text.h"
#include "edit/windows/driver_plan.h"

namespace vmcraft::edit {
namespace {

using Kind = RegistryEdit::Kind;

constexpr std::uint32_t kSignerScore = 0x0d000004;
constexpr std::uint32_t kStatusFlags = 0x12;

template <typename Stored>
void put(std::string& out, Stored value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// PROCESSOR_ARCHITECTURE_ numbers.
std::uint16_t arch_number(const std::string& arch) {
  if (arch == "amd64") return 9;
  if (arch == "arm64") return 12;
  return arch == "arm" ? 5 : 0;
}

// The first three fields are little-endian; zeroes where the text is no GUID.
std::string guid_bytes(const std::string& text) {
  std::string digits;
  for (const char c : text)
    if (c != '{' && c != '}' && c != '-') digits += c;
  std::string bytes(16, '\0');
  for (std::size_t i = 0; i < 16 && digits.size() == 32; ++i)
    bytes[i] = static_cast<char>(base::parse_number<std::uint8_t>(digits.substr(2 * i, 2), 16).value_or(0));
  std::reverse(bytes.begin(), bytes.begin() + 4);
  std::reverse(bytes.begin() + 4, bytes.begin() + 6);
  std::reverse(bytes.begin() + 6, bytes.begin() + 8);
  return bytes;
}

// "12/31/2021" as hundreds of nanoseconds since 1601.
std::uint64_t file_time(const std::string& text) {
  const std::vector<std::string> parts = base::split(text, '/');
  if (parts.size() != 3) return 0;
  const std::chrono::year_month_day date(
      std::chrono::year(base::parse_number<int>(parts[2]).value_or(0)),
      std::chrono::month(base::parse_number<unsigned>(parts[0]).value_or(0)),
      std::chrono::day(base::parse_number<unsigned>(parts[1]).value_or(0)));
  const std::chrono::year_month_day first(std::chrono::year(1601), std::chrono::January, std::chrono::day(1));
  if (!date.ok() || date < first) return 0;
  const auto days = (std::chrono::sys_days(date) - std::chrono::sys_days(first)).count();
  return static_cast<std::uint64_t>(days) * 86400U * 10000000U;
}

Registry::Key below(Registry::Key key, const std::vector<std::string>& parts) {
  key.insert(key.end(), parts.begin(), parts.end());
  return key;
}

class Database {
 public:
  Database(const DriverPlan& plan, const Inf& inf, const DriverSite& site)
      : plan_(plan), inf_(inf), site_(site), package_({"DriverDatabase", "DriverPackages", plan.store_name}) {}

  std::vector<RegistryEdit> edits() {
    write_inf_file();
    write_package();
    for (const InfDevice& device : plan_.devices) write_device(device);
    if (!plan_.class_guid.empty())
      set({"DriverDatabase", "DeviceIds", base::lower(plan_.class_guid)}, plan_.published, {reg::kNone, ""});
    return std::move(edits_);
  }

 private:
  void set(Registry::Key key, const std::string& name, RegistryValue value) {
    edits_.push_back({.key = std::move(key), .name = name, .value = std::move(value)});
  }

  std::vector<std::string> configurations() const {
    std::vector<std::string> names;
    for (const InfDevice& device : plan_.devices)
      if (std::find(names.begin(), names.end(), device.section) == names.end()) names.push_back(device.section);
    return names;
  }

  void write_inf_file() {
    const Registry::Key key = {"DriverDatabase", "DriverInfFiles", plan_.published};
    set(key, "", multi_sz_value({plan_.store_name}));
    set(key, "Active", sz_value(plan_.store_name));
    set(key, "Configurations", multi_sz_value(configurations()));
  }

  void write_package() {
    set(package_, "", sz_value(plan_.published));
    set(package_, "InfName", sz_value(plan_.inf));
    set(package_, "OemPath", sz_value("C:\\" + site_.windows_folder + "\\Drivers\\VirtIO"));
    set(package_, "Provider", sz_value(inf_.text("Version", "Provider").value_or("")));
    set(package_, "SignerScore", dword_value(kSignerScore));
    set(package_, "StatusFlags", dword_value(kStatusFlags));
    for (const std::string& suffix : {".nt" + site_.target.arch, std::string(".nt"), std::string()})
      if (const auto catalog = inf_.text("Version", "CatalogFile" + suffix)) {
        set(package_, "Catalog", sz_value(*catalog));
        break;
      }
    const std::vector<std::string> version = inf_.all("Version", "DriverVer");
    set(package_, "Version",
        binary_value(version_blob(fmt::format("{}", fmt::join(version, ",")), plan_.class_guid, site_.target.arch)));
  }

  void write_device(const InfDevice& device) {
    for (std::size_t i = 0; i < device.ids.size(); ++i) {
      const std::vector<std::string> id = key_parts(device.ids[i]);
      if (id.empty()) continue;
      // 1: the hardware id of a model, 2: one that is compatible with it.
      set(below({"DriverDatabase", "DeviceIds"}, id), plan_.published,
          binary_value(std::string(i == 0 ? "\x01" : "\x02") + std::string("\xff\0\0", 3)));
      const Registry::Key descriptor = below(below(package_, {"Descriptors"}), id);
      set(descriptor, "Configuration", sz_value(device.section));
      set(descriptor, "Description", sz_value(device.description));
      set(descriptor, "Manufacturer", sz_value(device.manufacturer));
    }
    write_configuration(device);
  }

  void write_configuration(const InfDevice& device) {
    const Registry::Key key = below(package_, {"Configurations", device.section});
    set(key, "ConfigFlags", dword_value(0));
    if (!plan_.services.empty()) set(key, "Service", sz_value(plan_.services[0]));
    const std::string hardware = decorated_section(inf_, device.base_section, ".HW", site_.target);
    write_relative(hardware, below(key, {"Device"}));
    write_relative(device.section, below(key, {"Driver"}));
  }

  // The HKR lines of a section: the device they are for has no key yet.
  void write_relative(const std::string& section, const Registry::Key& key) {
    for (const std::string& values : inf_.all(section, "AddReg"))
      for (RegistryEdit& edit : addreg_edits(inf_, values, {key, true}))
        if (edit.hive == RegistryEdit::Hive::system && edit.key.size() >= key.size() &&
            std::equal(key.begin(), key.end(), edit.key.begin()))
          edits_.push_back(std::move(edit));
  }

  const DriverPlan& plan_;
  const Inf& inf_;
  const DriverSite& site_;
  Registry::Key package_;
  std::vector<RegistryEdit> edits_;
};

}  // namespace

std::string version_blob(const std::string& driver_ver, const std::string& class_guid, const std::string& arch) {
  const std::vector<std::string> fields = base::split(driver_ver, ',');
  std::vector<std::string> version = fields.size() < 2 ? std::vector<std::string>() : base::split(fields[1], '.');
  version.resize(4);
  std::string blob("\0\xff", 2);
  put(blob, base::Le16(arch_number(arch)));
  blob.append(4, '\0').append(guid_bytes(class_guid));
  put(blob, base::Le64(fields.empty() ? 0 : file_time(fields[0])));
  for (std::size_t i = version.size(); i-- > 0;)
    put(blob, base::Le16(base::parse_number<std::uint16_t>(version[i]).value_or(0)));
  return blob.append(8, '\0');
}

std::vector<RegistryEdit> driver_database_edits(const DriverPlan& plan, const Inf& inf, const DriverSite& site) {
  return Database(plan, inf, site).edits();
}

}  // namespace vmcraft::edit
