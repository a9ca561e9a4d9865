// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/packages.h"

#include <fcntl.h>
#include <sys/stat.h>

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
constexpr const char* kDpkgInfo = "/var/lib/dpkg/info";
constexpr const char* kPacman = "/var/lib/pacman/local";

using Applications = std::vector<Application2>;
using Packages = std::vector<Package>;

std::optional<std::string> database(const GuestRoot& root, const std::string& path) {
  if (!is_file(root, path)) return std::nullopt;
  return base::read_text_fd(root.open_regular(path, O_RDONLY).get(), path, kLargestDatabase);
}

void append(Packages& all, Packages more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

// dpkg writes a package's list of files when it unpacks the package.
void set_dpkg_times(const GuestRoot& root, Packages& all) {
  base::UniqueFd folder;
  try {
    folder = root.open_directory(kDpkgInfo);
  } catch (const Error&) {
    return;
  }
  for (Package& package : all) {
    for (const std::string& name : {package.app2_name + ".list", package.app2_name + ":" + package.app2_arch + ".list"}) {
      struct stat st {};
      if (name.find('/') != std::string::npos || ::fstatat(folder.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      package.install_time = st.st_mtime;
      break;
    }
  }
}

Applications plain(Packages packages) {
  Applications all;
  all.reserve(packages.size());
  for (Package& package : packages) all.push_back(std::move(package));
  return all;
}

Applications list_unsorted(const GuestRoot& root, const OperatingSystem& os) {
  if (os.type == "windows" && !os.windows_software_hive.empty())
    return list_windows_programs(root, os.windows_software_hive);
  if (os.type != "linux" && os.type != "hurd") return {};
  if (os.package_format == "deb") return plain(list_deb(root));
  if (os.package_format == "rpm") {
    Packages all;
    add_rpm_packages(root, all);
    return plain(std::move(all));
  }
  if (os.package_format == "apk") return plain(list_apk(root));
  if (os.package_format == "pacman") return plain(list_pacman(root));
  return {};
}

}  // namespace

Packages list_deb(const GuestRoot& root) {
  Packages all;
  if (const auto text = database(root, kDpkg)) append(all, parse_dpkg_status(*text));
  set_dpkg_times(root, all);
  for (const std::string& name : names_in(root, kDpkgFolder))
    if (!name.ends_with(".md5sums"))
      if (const auto text = content(root, std::string(kDpkgFolder) + "/" + name))
        append(all, parse_dpkg_status(*text));
  return all;
}

Packages list_apk(const GuestRoot& root) {
  for (const char* path : {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"})
    if (const auto text = database(root, path)) return parse_apk_installed(*text);
  return {};
}

Packages list_pacman(const GuestRoot& root) {
  Packages all;
  for (const std::string& name : names_in(root, kPacman))
    if (const auto text = content(root, std::string(kPacman) + "/" + name + "/desc"))
      if (auto package = parse_pacman_desc(*text)) all.push_back(std::move(*package));
  return all;
}

// A distribution that has moved its database may have left the old one behind: the newest kind first.
void add_rpm_packages(const GuestRoot& root, Packages& all) {
  const HeaderVisit add = [&all](std::string_view header) {
    if (auto package = parse_rpm_header(header)) all.push_back(std::move(*package));
  };
  for (const std::string folder : {"/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"}) {
    const std::string sqlite = folder + "/rpmdb.sqlite";
    if (const auto file = database(root, sqlite)) {
      for_each_sqlite_header(*file, database(root, sqlite + "-wal").value_or(""), sqlite, add);
      return;
    }
    if (const auto file = database(root, folder + "/Packages.db")) {
      for_each_ndb_header(*file, folder + "/Packages.db", add);
      return;
    }
    if (const auto file = database(root, folder + "/Packages")) {
      for_each_bdb_header(*file, folder + "/Packages", add);
      return;
    }
  }
}

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
