// SPDX-License-Identifier: LGPL-3.0-or-later
// Which files, in which order, and what their identifiers mean: see docs/inspection.md.
#include "inspect/release.h"

#include <array>
#include <charconv>
#include <functional>
#include <regex>

#include "base/text.h"
#include "inspect/files.h"

namespace vmcraft::inspect {
namespace {

struct Name {
  std::string_view id;
  std::string_view distro;
};

// ID of os-release to the name guestfs uses; others keep their own.
constexpr std::array kIds = std::to_array<Name>({
    {"alpine", "alpinelinux"}, {"altlinux", "altlinux"}, {"amzn", "amazonlinux"},
    {"arch", "archlinux"}, {"archarm", "archlinux"}, {"centos", "centos"}, {"circle", "circle"},
    {"coreos", "coreos"}, {"flatcar", "coreos"}, {"debian", "debian"}, {"fedora", "fedora"},
    {"frugalware", "frugalware"}, {"gentoo", "gentoo"}, {"kali", "kalilinux"},
    {"kylin", "kylin"}, {"linuxmint", "linuxmint"}, {"mageia", "mageia"},
    {"mandriva", "mandriva"}, {"meego", "meego"}, {"neokylin", "neokylin"},
    {"openEuler", "openeuler"}, {"openmandriva", "openmandriva"},
    {"opencloudos", "opencloudos"}, {"tencentos", "tencentos"}, {"ol", "oraclelinux"},
    {"pardus", "pardus"}, {"pld", "pldlinux"}, {"rhel", "rhel"}, {"rocky", "rocky"},
    {"scientific", "scientificlinux"}, {"slackware", "slackware"}, {"sled", "sles"},
    {"sles", "sles"}, {"sles_sap", "sles"}, {"ubuntu", "ubuntu"}, {"void", "voidlinux"},
    {"almalinux", "almalinux"}, {"buildroot", "buildroot"}, {"cirros", "cirros"},
    {"freebsd", "freebsd"}, {"nixos", "nixos"}, {"photon", "photon"},
    {"clear-linux-os", "clearlinux"}, {"uos", "uos"}, {"uniontech", "uos"}, {"UOS", "uos"}, {"UnionTech", "uos"},
    {"Deepin", "deepin"}, {"euleros", "euleros"}, {"anolis", "anolis"}, {"rhcos", "rhcos"},
});

std::string distro_of(const std::string& id) {
  for (const Name& name : kIds)
    if (name.id == id) return std::string(name.distro);
  if (id.starts_with("opensuse")) return "opensuse";
  return id;
}

// "12.04.3 LTS" is 12 and 4; anything without a number in front leaves both alone.
bool read_version(std::string_view text, OperatingSystem& os) {
  int major = 0;
  const char* end = text.data() + text.size();
  const auto [after, failure] = std::from_chars(text.data(), end, major);
  if (failure != std::errc() || major < 0) return false;
  os.major_version = major;
  os.minor_version = 0;
  if (after != end && *after == '.') std::from_chars(after + 1, end, os.minor_version);
  return true;
}

// First line of FILE against a regular expression; its groups are the version's numbers.
struct ReleaseFile {
  const char* path;
  const char* distro;
  const char* pattern;
};

constexpr std::array kReleaseFiles = std::to_array<ReleaseFile>({
    {"/etc/openmandriva-release", "openmandriva", R"(OpenMandriva.* release (\d+)\.(\d+))"},
    {"/etc/oracle-release", "oraclelinux", R"(Oracle Linux.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/centos-release", "centos", R"(CentOS.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/rocky-release", "rocky", R"(Rocky Linux.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/almalinux-release", "almalinux", R"(AlmaLinux.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/altlinux-release", "altlinux", R"(.* (\d+)(?:\.(\d+))?)"},
    {"/etc/redhat-release", "fedora", R"(Fedora.* release (\d+)()?)"},
    {"/etc/redhat-release", "rhel", R"(Red Hat.* release (\d+)(?:\.(\d+)| .*Update (\d+))?)"},
    {"/etc/redhat-release", "centos", R"(CentOS.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/redhat-release", "rocky", R"(Rocky Linux.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/redhat-release", "circle", R"(Circle Linux.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/redhat-release", "scientificlinux", R"(Scientific.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/redhat-release", "redhat-based", R"(.* release (\d+)(?:\.(\d+))?)"},
    {"/etc/debian_version", "debian", R"((\d+)(?:\.(\d+))?)"},
    {"/etc/pardus-release", "pardus", R"(.*?(\d+)(?:\.(\d+))?)"},
    {"/etc/arch-release", "archlinux", R"(.*)"},
    {"/etc/gentoo-release", "gentoo", R"(.*?(\d+)(?:\.(\d+))?)"},
    {"/etc/meego-release", "meego", R"(MeeGo release (\d+)(?:\.(\d+))?)"},
    {"/etc/slackware-version", "slackware", R"(Slackware (\d+)(?:\.(\d+))?)"},
    {"/etc/ttylinux-target", "ttylinux", R"(.*?(\d+)(?:\.(\d+))?)"},
    {"/etc/SuSE-release", "opensuse", R"(openSUSE.* (\d+)(?:\.(\d+))?)"},
    {"/etc/SuSE-release", "sles", R"(SUSE Linux Enterprise.* (\d+)()?)"},
    {"/etc/SuSE-release", "suse-based", R"(.*?(\d+)(?:\.(\d+))?)"},
    {"/etc/cirros/version", "cirros", R"((\d+)(?:\.(\d+))?)"},
    {"/etc/br-version", "buildroot", R"((\d+)(?:\.(\d+))?)"},
    {"/etc/alpine-release", "alpinelinux", R"((\d+)(?:\.(\d+))?)"},
    {"/etc/frugalware-release", "frugalware", R"(Frugalware (\d+)(?:\.(\d+))?)"},
    {"/etc/pld-release", "pldlinux", R"((\d+)(?:\.(\d+))?)"},
});

int number(const std::ssub_match& group) {
  return group.matched ? base::parse_number<int>(group.str()).value_or(0) : 0;
}

bool read_release_file(const mount::GuestRoot& root, const ReleaseFile& file,
                       OperatingSystem& os) {
  auto line = first_line(root, file.path);
  constexpr std::size_t kLongestLine = 512;  // std::regex recurses with the length
  if (!line) return false;
  if (line->size() > kLongestLine) line->resize(kLongestLine);
  std::smatch match;
  if (!std::regex_search(*line, match, std::regex(file.pattern), std::regex_constants::match_continuous))
    return false;
  os.distro = file.distro;
  os.product_name = *line;
  os.major_version = match.size() > 1 ? number(match[1]) : 0;
  os.minor_version = match.size() > 2 ? number(match[2]) : 0;
  if (match.size() > 3 && match[3].matched) os.minor_version = number(match[3]);
  return true;
}

bool read_lsb_release(const mount::GuestRoot& root, OperatingSystem& os) {
  const auto text = content(root, "/etc/lsb-release");
  if (!text) return false;
  const auto all = shell_variables(*text);
  const std::string id = variable(all, "DISTRIB_ID");
  if (id == "Ubuntu") os.distro = "ubuntu";
  else if (id == "LinuxMint") os.distro = "linuxmint";
  else if (id == "Mageia") os.distro = "mageia";
  else if (id == "CoreOS") os.distro = "coreos";
  else return false;
  os.product_name = variable(all, "DISTRIB_DESCRIPTION");
  return read_version(variable(all, "DISTRIB_RELEASE"), os);
}

// Point releases that os-release leaves out stand in the distribution's own file.
void refine_minor(const mount::GuestRoot& root, OperatingSystem& os) {
  const char* file = os.distro == "debian" ? "/etc/debian_version"
                     : os.distro == "centos" ? "/etc/centos-release" : nullptr;
  if (file == nullptr || os.minor_version != 0) return;
  const auto line = first_line(root, file);
  if (!line) return;
  const std::size_t digit = line->find_first_of("0123456789");
  OperatingSystem version;
  if (digit != std::string::npos && read_version(std::string_view(*line).substr(digit), version) &&
      version.major_version == os.major_version)
    os.minor_version = version.minor_version;
}

bool one_of(const std::string& distro, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (distro == name) return true;
  return false;
}

using SetPackages = std::function<void(const char* format, const char* management)>;

// For distributions that are not in the list, and those that come with either kind.
void set_packages_by_database(const mount::GuestRoot& root, const SetPackages& set) {
  const auto has = [&root](const char* path) { return exists(root, path); };
  const bool rpm = has("/var/lib/rpm/Packages") || has("/var/lib/rpm/rpmdb.sqlite") || has("/var/lib/rpm/Packages.db") ||
                   has("/usr/lib/sysimage/rpm/rpmdb.sqlite") || has("/usr/lib/sysimage/rpm/Packages.db") ||
                   has("/usr/share/rpm/rpmdb.sqlite");
  if (rpm && !has("/var/lib/dpkg/status")) {
    constexpr std::pair<const char*, const char*> kManagers[] = {
        {"/usr/bin/dnf5", "dnf"},        {"/usr/bin/dnf", "dnf"},  {"/usr/bin/zypper", "zypper"}, {"/usr/bin/tdnf", "tdnf"},
        {"/usr/bin/microdnf", "dnf"},    {"/usr/bin/yum", "yum"},  {"/usr/sbin/urpmi", "urpmi"},  {"/usr/bin/apt-get", "apt"}};
    for (const auto& [path, name] : kManagers)
      if (has(path)) return set("rpm", name);
    return set("rpm", "unknown");
  }
  if (has("/var/lib/dpkg/status") || has("/var/lib/dpkg/status.d")) return set("deb", "apt");
  if (has("/lib/apk/db/installed") || has("/usr/lib/apk/db/installed")) return set("apk", "apk");
  if (has("/var/lib/pacman/local")) return set("pacman", "pacman");
  if (has("/var/db/xbps")) return set("xbps", "xbps");
  if (has("/usr/share/clear/bundles")) return set("swupd", "swupd");
  if (has("/nix/store")) return set("nix", "nix");
  if (has("/usr/lib/opkg/status")) return set("opkg", "opkg");
}

}  // namespace

bool read_os_release(std::string_view text, OperatingSystem& os) {
  const auto all = shell_variables(text);
  const std::string id = variable(all, "ID");
  if (id.empty()) return false;
  os.distro = distro_of(id);
  const std::string pretty = variable(all, "PRETTY_NAME");
  os.product_name = pretty.empty() ? variable(all, "NAME") : pretty;
  if (!variable(all, "VARIANT_ID").empty()) os.product_variant = variable(all, "VARIANT_ID");
  if (!variable(all, "BUILD_ID").empty()) os.build_id = variable(all, "BUILD_ID");
  read_version(variable(all, "VERSION_ID"), os);
  return true;
}

void read_release(const mount::GuestRoot& root, OperatingSystem& os) {
  // NixOS that has not started yet has nothing in /etc.
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release", "/nix/var/nix/profiles/system/etc/os-release"}) {
    const auto text = content(root, path);
    if (text && read_os_release(*text, os)) return refine_minor(root, os);
  }
  if (read_lsb_release(root, os)) return;
  for (const ReleaseFile& file : kReleaseFiles)
    if (read_release_file(root, file, os)) return;
}

void set_packages(const mount::GuestRoot& root, OperatingSystem& os) {
  const auto set = [&os](const char* format, const char* management) {
    os.package_format = format;
    os.package_management = management;
  };
  const std::string& d = os.distro;
  if (d == "fedora")
    set("rpm", os.major_version >= 22 && is_file(root, "/usr/bin/dnf") ? "dnf" : "yum");
  else if (one_of(d, {"rhel", "centos", "rocky", "almalinux", "circle", "oraclelinux",
                      "scientificlinux", "redhat-based"}))
    set("rpm", os.major_version >= 8   ? "dnf"
               : os.major_version >= 5 ? "yum"
               : os.major_version >= 2 ? "up2date"
                                       : "unknown");
  else if (one_of(d, {"debian", "ubuntu", "linuxmint", "kalilinux"})) set("deb", "apt");
  else if (d == "altlinux") set("rpm", "apt");
  else if (one_of(d, {"mageia", "mandriva"})) set("rpm", "urpmi");
  else if (one_of(d, {"sles", "opensuse", "suse-based"})) set("rpm", "zypper");
  else if (one_of(d, {"meego"})) set("rpm", "yum");
  else if (d == "amazonlinux") set("rpm", os.major_version >= 2022 ? "dnf" : "yum");
  else if (one_of(d, {"neokylin", "openmandriva", "openeuler", "opencloudos", "tencentos"}))
    set("rpm", "dnf");
  else if (d == "photon") set("rpm", "tdnf");
  else if (d == "archlinux") set("pacman", "pacman");
  else if (d == "alpinelinux") set("apk", "apk");
  else if (d == "voidlinux") set("xbps", "xbps");
  else if (d == "gentoo") set("ebuild", "portage");
  else if (d == "pardus") set("pisi", "pisi");
  else if (one_of(d, {"netbsd", "freebsd"})) set("pkgsrc", d == "netbsd" ? "pkgsrc" : "unknown");
  else set_packages_by_database(root, set);
  // Its desktop has packages of Debian, its server those of rpm.
  if (d == "kylin" && os.package_format == "unknown") set("deb", "apt");
}

}  // namespace vmcraft::inspect
