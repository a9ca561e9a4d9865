// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/osinfo.h"

#include <array>
#include <string_view>

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

}  // namespace

std::string osinfo_id(const OperatingSystem& os) {
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
