// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/packages_other.h"

#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "inspect/files.h"

namespace vmcraft::inspect::report {
namespace {

using Packages = std::vector<Package>;

std::string first_line_of(Reader& guest, const std::string& path) {
  const auto text = guest.text(path);
  return text ? std::string(base::trim(text->substr(0, text->find('\n')))) : std::string();
}

// One folder for a category, in it one for each package, in it one small file for each fact.
Packages list_portage(Reader& guest, const std::string& path) {
  Packages all;
  for (const std::string& category : guest.names(path))
    for (const std::string& folder : guest.names(path + "/" + category)) {
      const std::string place = path + "/" + category + "/" + folder;
      if (folder.front() == '-' || !guest.has_folder(place)) continue;
      const auto [name, version] = split_name_version(folder, Dash::last);
      Package package;
      package.app2_name = category + "/" + name;
      package.app2_version = version;
      package.app2_source_package = first_line_of(guest, place + "/repository");
      package.app2_summary = first_line_of(guest, place + "/DESCRIPTION");
      package.app2_url = first_line_of(guest, place + "/HOMEPAGE");
      package.license = first_line_of(guest, place + "/LICENSE");
      if (const auto st = guest.status(place + "/COUNTER")) package.install_time = st->st_mtime;
      all.push_back(std::move(package));
    }
  return all;
}

Packages list_xbps(Reader& guest, const std::string& path) {
  for (const std::string& file : guest.files(path, ".plist")) {
    if (file.find("/pkgdb-") == std::string::npos) continue;
    constexpr std::uint64_t kLargest = 64U << 20U;
    if (const auto text = guest.text(file, kLargest)) return parse_xbps(*text, file);
  }
  return {};
}

// snapd's own notes; the snaps themselves are file systems that nobody has mounted.
Packages list_snaps(Reader& guest, const std::string& path) {
  constexpr std::uint64_t kLargest = 64U << 20U;
  const auto text = guest.text(path, kLargest);
  if (!text) return {};
  const Json state = Json::parse(*text, nullptr, false);
  if (state.is_discarded()) {
    guest.finding(path, "not JSON");
    return {};
  }
  Packages all;
  const Json snaps = state.is_object() ? state.value("data", Json::object()).value("snaps", Json::object()) : Json();
  for (const auto& [name, snap] : snaps.items()) {
    Package package;
    package.app2_name = name;
    package.app2_version = snap.value("current", "");
    package.app2_source_package = snap.value("channel", "");
    package.app2_class = snap.value("type", "");
    all.push_back(std::move(package));
  }
  return all;
}

// app or runtime / NAME / ARCH / BRANCH / active -> commit
Packages list_flatpaks(Reader& guest, const std::string& path) {
  Packages all;
  for (const std::string kind : {"app", "runtime"})
    for (const std::string& name : guest.names(path + "/" + kind))
      for (const std::string& arch : guest.names(path + "/" + kind + "/" + name))
        for (const std::string& branch : guest.names(path + "/" + kind + "/" + name + "/" + arch)) {
          const std::string place = path + "/" + kind + "/" + name + "/" + arch + "/" + branch;
          const std::string commit = guest.link(place + "/active");
          if (arch == "current" || commit.empty()) continue;
          Package package;
          package.app2_name = name;
          package.app2_version = branch;
          package.app2_release = commit.substr(0, 12);
          package.app2_arch = arch;
          package.app2_class = kind;
          if (const auto st = guest.status(place + "/active")) package.install_time = st->st_mtime;
          all.push_back(std::move(package));
        }
  return all;
}

// A folder for each package, named name-version; FreeBSD of old, NetBSD, OpenBSD.
Packages list_bsd_folders(Reader& guest, const std::string& path) {
  Packages all;
  for (const std::string& folder : guest.names(path)) {
    const auto [name, version] = split_name_version(folder, Dash::last);
    if (!guest.has_file(path + "/" + folder + "/+CONTENTS")) continue;
    Package package;
    package.app2_name = name;
    package.app2_version = version;
    package.app2_summary = first_line_of(guest, path + "/" + folder + "/+COMMENT");
    if (const auto st = guest.status(path + "/" + folder + "/+CONTENTS")) package.install_time = st->st_mtime;
    all.push_back(std::move(package));
  }
  return all;
}

Packages list_freebsd(Reader& guest, const std::string& path) {
  constexpr std::uint64_t kLargest = 256U << 20U;
  const auto file = guest.text(path, kLargest);
  if (!file) return {};
  return list_freebsd_packages(*file, guest.text(path + "-wal", kLargest).value_or(""), path);
}

// One file for each package: name-version-arch-build.
Packages list_slackware(Reader& guest, const std::string& path) {
  if (guest.os().distro != "slackware") return {};
  Packages all;
  for (const std::string& file : guest.names(path)) {
    std::vector<std::string> parts = base::split(file, '-');
    if (parts.size() < 4) continue;
    Package package;
    package.app2_release = parts.back();
    package.app2_arch = parts[parts.size() - 2];
    package.app2_version = parts[parts.size() - 3];
    parts.resize(parts.size() - 3);
    package.app2_name = base::join(parts, "-");
    if (const auto st = guest.status(path + "/" + file)) package.install_time = st->st_mtime;
    all.push_back(std::move(package));
  }
  return all;
}

Packages list_opkg(Reader& guest, const std::string& path) {
  const auto text = guest.text(path, 64U << 20U);
  return text ? parse_dpkg_status(*text) : Packages();
}

// HASH-name-version: what lies in the store, whether the running system uses it or not.
Packages list_nix(Reader& guest, const std::string& path) {
  constexpr std::size_t kHash = 33;
  Packages all;
  for (const std::string& entry : guest.names(path)) {
    if (entry.size() <= kHash || entry[kHash - 1] != '-' || entry.ends_with(".drv")) continue;
    auto [name, version] = split_name_version(std::string_view(entry).substr(kHash), Dash::first);
    if (version.empty() || !guest.has_folder(path + "/" + entry)) continue;
    Package package;
    package.app2_name = std::move(name);
    package.app2_version = std::move(version);
    package.app2_install_path = path + "/" + entry;
    all.push_back(std::move(package));
  }
  return all;
}

Packages list_clear(Reader& guest, const std::string& path) {
  Packages all;
  for (const std::string& name : guest.names(path)) {
    Package package;
    package.app2_name = name;
    package.app2_version = std::to_string(guest.os().major_version);
    all.push_back(std::move(package));
  }
  return all;
}

constexpr std::array kDatabases = std::to_array<OtherDatabase>({
    {"portage", "/var/db/pkg", [](Reader& guest, const std::string& path) {
       return guest.os().type == "linux" ? list_portage(guest, path) : list_bsd_folders(guest, path);
     }},
    {"pkgng", "/var/db/pkg/local.sqlite", list_freebsd},
    {"xbps", "/var/db/xbps", list_xbps},
    {"slackware", "/var/log/packages", list_slackware},
    {"opkg", "/usr/lib/opkg/status", list_opkg},
    {"nix", "/nix/store", list_nix},
    {"swupd", "/usr/share/clear/bundles", list_clear},
    {"snap", "/var/lib/snapd/state.json", list_snaps},
    {"flatpak", "/var/lib/flatpak", list_flatpaks},
});

}  // namespace

std::span<const OtherDatabase> other_databases() { return kDatabases; }

std::pair<std::string, std::string> split_name_version(std::string_view text, Dash dash) {
  std::size_t found = std::string_view::npos;
  for (std::size_t at = text.find('-'); at != std::string_view::npos; at = text.find('-', at + 1)) {
    if (at + 1 >= text.size() || std::isdigit(static_cast<unsigned char>(text[at + 1])) == 0) continue;
    found = at;
    if (dash == Dash::first) break;
  }
  if (found == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, found)), std::string(text.substr(found + 1))};
}

}  // namespace vmcraft::inspect::report
