// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/packages.h"

#include <fcntl.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "inspect/files.h"

namespace vmcraft::inspect {
namespace {

constexpr std::size_t kLargestDatabase = 512U << 20U;
constexpr const char* kDpkg = "/var/lib/dpkg/status";
// Images without a package manager have a file for each package here.
constexpr const char* kDpkgFolder = "/var/lib/dpkg/status.d";
constexpr const char* kPacman = "/var/lib/pacman/local";

using Applications = std::vector<Application2>;

std::optional<std::string> database(const GuestRoot& root, const std::string& path) {
  if (!is_file(root, path)) return std::nullopt;
  return base::read_text_fd(root.open_regular(path, O_RDONLY).get(), path, kLargestDatabase);
}

void append(Applications& all, Applications more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

Applications list_deb(const GuestRoot& root) {
  Applications all;
  if (const auto text = database(root, kDpkg)) append(all, parse_dpkg_status(*text));
  for (const std::string& name : names_in(root, kDpkgFolder))
    if (!name.ends_with(".md5sums"))
      if (const auto text = content(root, std::string(kDpkgFolder) + "/" + name))
        append(all, parse_dpkg_status(*text));
  return all;
}

Applications list_apk(const GuestRoot& root) {
  for (const char* path : {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"})
    if (const auto text = database(root, path)) return parse_apk_installed(*text);
  return {};
}

Applications list_pacman(const GuestRoot& root) {
  Applications all;
  for (const std::string& name : names_in(root, kPacman))
    if (const auto text = content(root, std::string(kPacman) + "/" + name + "/desc"))
      if (auto package = parse_pacman_desc(*text)) all.push_back(std::move(*package));
  return all;
}

// A distribution that has moved its database may have left the old one behind: the newest kind first.
Applications list_rpm(const GuestRoot& root) {
  Applications all;
  const HeaderVisit add = [&all](std::string_view header) {
    if (auto package = parse_rpm_header(header)) all.push_back(std::move(*package));
  };
  for (const std::string folder : {"/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"}) {
    const std::string sqlite = folder + "/rpmdb.sqlite";
    if (const auto file = database(root, sqlite)) {
      for_each_sqlite_header(*file, database(root, sqlite + "-wal").value_or(""), sqlite, add);
      return all;
    }
    if (const auto file = database(root, folder + "/Packages.db")) {
      for_each_ndb_header(*file, folder + "/Packages.db", add);
      return all;
    }
    if (const auto file = database(root, folder + "/Packages")) {
      for_each_bdb_header(*file, folder + "/Packages", add);
      return all;
    }
  }
  return all;
}

Applications list_unsorted(const GuestRoot& root, const OperatingSystem& os) {
  if (os.type == "windows" && !os.windows_software_hive.empty())
    return list_windows_programs(root, os.windows_software_hive);
  if (os.type != "linux" && os.type != "hurd") return {};
  if (os.package_format == "deb") return list_deb(root);
  if (os.package_format == "rpm") return list_rpm(root);
  if (os.package_format == "apk") return list_apk(root);
  if (os.package_format == "pacman") return list_pacman(root);
  return {};
}

}  // namespace

Applications list_packages(const GuestRoot& root, const OperatingSystem& os) {
  Applications all = list_unsorted(root, os);
  std::stable_sort(all.begin(), all.end(), [](const Application2& a, const Application2& b) {
    return a.app2_name < b.app2_name;
  });
  return all;
}

void set_version(Application2& application, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    application.app2_epoch = base::parse_number<std::int32_t>(text.substr(0, colon)).value_or(0);
    text.remove_prefix(colon + 1);
  }
  const std::size_t dash = text.rfind('-');
  application.app2_version = text.substr(0, dash);
  if (dash != std::string_view::npos) application.app2_release = text.substr(dash + 1);
}

}  // namespace vmcraft::inspect
