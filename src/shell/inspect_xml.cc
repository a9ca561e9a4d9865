// SPDX-License-Identifier: LGPL-3.0-or-later
// The form of virt-inspector, whose rules are a RELAX NG grammar: elements that it has no place for are
// left out, and so is a distribution or a package format that it does not know.
#include <algorithm>

#include "shell/inspect_render.h"

namespace vmcraft::shell {
namespace {

// XML 1.0 has no way to write most control characters.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (byte < 0x20 && c != '\n' && c != '\t') out += '?';
    else out += c;
  }
  return out;
}

class Writer {
 public:
  void open(const std::string& name) {
    text_ += indent() + "<" + name + ">\n";
    ++depth_;
  }
  void close(const std::string& name) {
    --depth_;
    text_ += indent() + "</" + name + ">\n";
  }
  void element(const std::string& name, const std::string& value, const std::string& attribute = "") {
    text_ += indent() + "<" + name + attribute + ">" + escaped(value) + "</" + name + ">\n";
  }
  void element(const char* name, const Json& from, const char* key) {
    if (from.contains(key) && from[key].is_string()) element(name, from[key].get<std::string>());
  }
  void line(const std::string& text) { text_ += indent() + text + "\n"; }
  std::string take() { return "<?xml version=\"1.0\"?>\n" + std::move(text_); }

 private:
  std::string indent() const { return std::string(depth_ * 2, ' '); }
  std::string text_;
  std::size_t depth_ = 0;
};

// What the grammar knows; it was left behind by distributions that virt-inspector itself knows.
constexpr std::string_view kTypes[] = {"dos", "freebsd", "hurd", "linux", "minix", "netbsd", "openbsd", "windows"};
constexpr std::string_view kDistros[] = {
    "alpinelinux", "altlinux", "archlinux", "buildroot", "centos", "cirros", "coreos", "debian", "fedora", "freebsd",
    "freedos", "frugalware", "gentoo", "kalilinux", "kylin", "linuxmint", "mageia", "mandriva", "meego", "msdos",
    "neokylin", "netbsd", "openbsd", "openmandriva", "opensuse", "oraclelinux", "pardus", "pldlinux", "redhat-based",
    "rhel", "scientificlinux", "slackware", "sles", "suse-based", "ttylinux", "ubuntu", "voidlinux", "windows"};
constexpr std::string_view kFormats[] = {"apk", "deb", "ebuild", "pacman", "pisi", "pkgsrc", "rpm", "xbps"};
constexpr std::string_view kManagers[] = {"apk",     "apt",      "dnf",   "pacman", "pisi", "portage",
                                          "up2date", "urpmi",    "xbps",  "yum",    "zypper"};

template <std::size_t N>
bool is_known(const std::string_view (&words)[N], const Json& system, const char* key) {
  return std::find(std::begin(words), std::end(words), system.value(key, "")) != std::end(words);
}

std::string attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + escaped(value) + "\"";
}

void write_system(Writer& xml, const Json& system) {
  xml.element("name", system, "type");
  xml.element("arch", system, "arch");
  if (is_known(kDistros, system, "distro")) xml.element("distro", system, "distro");
  xml.element("product_name", system, "product_name");
  xml.element("product_variant", system, "product_variant");
  xml.element("major_version", std::to_string(system.value("major_version", 0)));
  xml.element("minor_version", std::to_string(system.value("minor_version", 0)));
  if (is_known(kFormats, system, "package_format")) xml.element("package_format", system, "package_format");
  if (is_known(kManagers, system, "package_management")) xml.element("package_management", system, "package_management");
  xml.element("windows_systemroot", system, "windows_systemroot");
  xml.element("windows_current_control_set", system, "windows_current_control_set");
  xml.element("hostname", system, "hostname");
  xml.element("osinfo", system, "osinfo");
}

// Sorted as virt-inspector does it: mount points by length, file systems by name.
Json sorted(Json list, bool (*less)(const Json&, const Json&)) {
  std::stable_sort(list.begin(), list.end(), less);
  return list;
}

bool is_shorter(const Json& a, const Json& b) {
  return a.value("path", "").size() < b.value("path", "").size();
}

bool is_before(const Json& a, const Json& b) { return a.value("device", "") < b.value("device", ""); }

void write_disks(Writer& xml, const Json& disks) {
  xml.open("mountpoints");
  for (const Json& entry : sorted(disks.value("mountpoints", Json::array()), is_shorter))
    xml.element("mountpoint", entry.value("path", ""), attribute("dev", entry.value("device", "")));
  xml.close("mountpoints");
  xml.open("filesystems");
  for (const Json& entry : sorted(disks.value("filesystems", Json::array()), is_before)) {
    xml.line("<filesystem" + attribute("dev", entry.value("device", "")) + ">");
    xml.line("  <type>" + escaped(entry.value("type", "unknown")) + "</type>");
    for (const char* key : {"label", "uuid"})
      if (entry.contains(key))
        xml.line(std::string("  <") + key + ">" + escaped(entry.value(key, "")) + "</" + key + ">");
    xml.line("</filesystem>");
  }
  xml.close("filesystems");
  const Json letters = disks.value("drive_mappings", Json::array());
  if (letters.empty()) return;
  xml.open("drive_mappings");
  for (const Json& entry : letters)
    xml.element("drive_mapping", entry.value("device", ""), attribute("name", entry.value("letter", "")));
  xml.close("drive_mappings");
}

// The databases that libguestfs lists; others have no place in this form.
bool is_listed(const Json& package) {
  const std::string format = package.value("format", "");
  return format == "deb" || format == "rpm" || format == "apk" || format == "pacman" || format == "windows";
}

void write_packages(Writer& xml, const Json& packages) {
  xml.open("applications");
  for (const Json& package : packages) {
    if (!is_listed(package)) continue;
    xml.open("application");
    xml.element("name", package, "name");
    xml.element("display_name", package, "display_name");
    if (package.contains("epoch")) xml.element("epoch", std::to_string(package.value("epoch", 0)));
    for (const char* key : {"version", "release", "arch", "install_path", "publisher", "url", "source_package",
                            "summary", "description"})
      xml.element(key, package, key);
    xml.close("application");
  }
  xml.close("applications");
}

// Lines of 64 digits, as libxml2 writes them.
std::string wrapped(const std::string& text) {
  constexpr std::size_t kWidth = 72;
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += kWidth) lines += (at == 0 ? "" : "\n") + text.substr(at, kWidth);
  return lines;
}

}  // namespace

std::string inspect_xml(const Json& reports) {
  Writer xml;
  xml.open("operatingsystems");
  for (const Json& report : reports) {
    if (!is_known(kTypes, report.value("system", Json::object()), "type")) continue;
    xml.open("operatingsystem");
    xml.element("root", report, "root");
    write_system(xml, report.value("system", Json::object()));
    write_disks(xml, report.value("disks", Json::object()));
    write_packages(xml, report.value("packages", Json::array()));
    if (report.contains("icon")) xml.element("icon", wrapped(report["icon"].value("base64", "")));
    xml.close("operatingsystem");
  }
  xml.close("operatingsystems");
  return xml.take();
}

}  // namespace vmcraft::shell
