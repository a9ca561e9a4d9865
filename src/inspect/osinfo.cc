// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/osinfo.h"

#include <array>
#include <string_view>

#include "base/text.h"

namespace vmcraft::inspect {
namespace {

enum class Form { major, major_minor, padded_minor, rolling };

struct Rule {
  std::string_view distro;
  std::string_view prefix;
  Form form;
};

constexpr std::array kRules = std::to_array<Rule>({
    {"archlinux", "archlinux", Form::rolling}, {"gentoo", "gentoo", Form::rolling},
    {"voidlinux", "voidlinux", Form::rolling}, {"almalinux", "almalinux", Form::major},
    {"altlinux", "altlinux", Form::major_minor}, {"centos", "centos", Form::major_minor},
    {"circle", "circle", Form::major},         {"debian", "debian", Form::major},
    {"fedora", "fedora", Form::major},         {"mageia", "mageia", Form::major},
    {"rhel", "rhel", Form::major_minor},       {"rocky", "rocky", Form::major},
    {"oraclelinux", "ol", Form::major_minor},  {"sles", "sles", Form::major},
    {"ubuntu", "ubuntu", Form::padded_minor},  {"alpinelinux", "alpinelinux", Form::major_minor},
    {"opensuse", "opensuse", Form::major_minor}, {"freebsd", "freebsd", Form::major_minor},
    {"netbsd", "netbsd", Form::major_minor},   {"openbsd", "openbsd", Form::major_minor},
    {"msdos", "msdos6.22", Form::rolling},
});

// A Windows: the ids of its client and of its server, from the first build that has them.
struct WindowsRule {
  int major;
  int minor;
  int first_build;
  std::string_view client;
  std::string_view server;
};

constexpr std::array kWindowsRules = std::to_array<WindowsRule>({
    {10, 0, 26040, "win11", "win2k25"},   {10, 0, 22000, "win11", "win2k22"},
    {10, 0, 20348, "win10", "win2k22"},   {10, 0, 17763, "win10", "win2k19"},
    {10, 0, 0, "win10", "win2k16"},       {6, 3, 0, "win8.1", "win2k12r2"},
    {6, 2, 0, "win8", "win2k12"},         {6, 1, 0, "win7", "win2k8r2"},
    {6, 0, 0, "winvista", "win2k8"},      {5, 1, 0, "winxp", "winxp"},
});

std::string windows_id(const OperatingSystem& os) {
  const auto says = [&](std::string_view word) { return os.product_name.find(word) != std::string::npos; };
  if (os.major_version == 5 && os.minor_version == 2)  // of this age is a client too, for 64 bits
    return says("XP") ? "winxp" : says("R2") ? "win2k3r2" : "win2k3";
  const int build = base::parse_number<int>(os.build_id).value_or(0);
  const bool server = os.product_variant.find("Server") != std::string::npos;
  for (const WindowsRule& rule : kWindowsRules)
    if (rule.major == os.major_version && rule.minor == os.minor_version && build >= rule.first_build)
      return std::string(server ? rule.server : rule.client);
  return "unknown";
}

}  // namespace

std::string osinfo_id(const OperatingSystem& os) {
  if (os.type == "windows") return windows_id(os);
  for (const Rule& rule : kRules) {
    if (rule.distro != os.distro) continue;
    const std::string prefix(rule.prefix);
    const std::string major = std::to_string(os.major_version);
    const std::string minor = std::to_string(os.minor_version);
    // CentOS dropped the point releases from its ids with 8.
    const bool major_only = rule.form == Form::major || (os.distro == "centos" && os.major_version >= 8);
    if (rule.form == Form::rolling) return prefix;
    if (os.major_version == 0) return "unknown";
    if (major_only) return prefix + major;
    if (rule.form == Form::padded_minor)
      return prefix + major + "." + (minor.size() < 2 ? "0" + minor : minor);
    return prefix + major + "." + minor;
  }
  return "unknown";
}

}  // namespace vmcraft::inspect
