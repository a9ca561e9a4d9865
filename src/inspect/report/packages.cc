// SPDX-License-Identifier: LGPL-3.0-or-later
// All packages of a guest, whatever kinds of databases it has, in one list.
#include "inspect/packages.h"

#include <algorithm>

#include "inspect/report/packages_other.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

Json describe(const char* format, const Package& package) {
  Json entry = {{"format", format}, {"name", package.app2_name}};
  put(entry, "display_name", package.app2_display_name);
  if (package.app2_epoch != 0) entry["epoch"] = package.app2_epoch;
  put(entry, "version", package.app2_version);
  put(entry, "release", package.app2_release);
  put(entry, "arch", package.app2_arch);
  put(entry, "install_path", package.app2_install_path);
  put(entry, "source_package", package.app2_source_package);
  if (package.install_time > 0) put(entry, "install_time", time_text(package.install_time));
  put(entry, "publisher", package.app2_publisher);
  put(entry, "url", package.app2_url);
  put(entry, "license", package.license);
  put(entry, "class", package.app2_class);
  put(entry, "summary", package.app2_summary);
  put(entry, "description", package.app2_description);
  return entry;
}

void add(Json& list, const char* format, std::vector<Package> packages) {
  std::stable_sort(packages.begin(), packages.end(),
                   [](const Package& a, const Package& b) { return a.app2_name < b.app2_name; });
  for (const Package& package : packages) list.push_back(describe(format, package));
}

std::vector<Package> windows_programs(Reader& guest) {
  std::vector<Package> all;
  const Hive* hive = guest.hive(guest.os().windows_software_hive);
  if (hive == nullptr) return all;
  for (Application2& program : list_windows_programs(*hive)) {
    Package package;
    static_cast<Application2&>(package) = std::move(program);
    all.push_back(std::move(package));
  }
  return all;
}

}  // namespace

Json read_packages(Reader& guest) {
  Json list = Json::array();
  if (guest.os().type == "windows") {
    guest.guarded(guest.os().windows_software_hive, [&] { add(list, "windows", windows_programs(guest)); });
    return list;
  }
  guest.guarded("/var/lib/dpkg", [&] { add(list, "deb", list_deb(guest.root())); });
  std::vector<Package> rpm;
  guest.guarded("/var/lib/rpm", [&] { add_rpm_packages(guest.root(), rpm); });
  add(list, "rpm", std::move(rpm));
  guest.guarded("/lib/apk/db", [&] { add(list, "apk", list_apk(guest.root())); });
  guest.guarded("/var/lib/pacman/local", [&] { add(list, "pacman", list_pacman(guest.root())); });
  for (const OtherDatabase& other : other_databases())
    guest.guarded(other.path, [&] { add(list, other.format, other.list(guest, other.path)); });
  return list;
}

}  // namespace vmcraft::inspect::report
