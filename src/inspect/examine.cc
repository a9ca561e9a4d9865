// SPDX-License-Identifier: LGPL-3.0-or-later
// What one file system is to an operating system; the first test that holds decides.
#include <array>

#include "base/text.h"
#include "inspect/files.h"
#include "inspect/os.h"
#include "inspect/release.h"
#include "inspect/windows.h"

namespace vmcraft::inspect {
namespace {

const std::vector<std::string> kElfPrograms = {"/bin/bash", "/bin/ls",  "/bin/echo", "/bin/rm",
                                               "/bin/sh",   "/usr/bin/bash", "/usr/bin/ls",
                                               "/usr/lib/systemd/systemd", "/sbin/init"};

// A NixOS that was never started has nothing but its store.
bool is_nixos(const GuestRoot& root) {
  return is_directory(root, "/nix/store") && !link_target(root, "/nix/var/nix/profiles/system").empty();
}

bool has_bin(const GuestRoot& root) {
  return is_directory(root, "/bin") || link_target(root, "/bin") == "usr/bin" ||
         link_target(root, "/bin") == "/usr/bin";
}

// Stateless ones have an empty /etc until they start.
bool is_linux_root(const GuestRoot& root) {
  if (has_bin(root) && is_file(root, "/usr/lib/os-release") && is_directory(root, "/usr/share/defaults")) return true;
  return is_directory(root, "/etc") && has_bin(root) &&
         (is_file(root, "/etc/fstab") || is_file(root, "/etc/hosts") ||
          exists(root, "/etc/os-release"));
}

// The old and the new layout: /usr holds everything, the root only /etc's seeds.
bool is_coreos_root(const GuestRoot& root) {
  return is_directory(root, "/etc") && is_directory(root, "/root") &&
         is_directory(root, "/home") && is_directory(root, "/usr") &&
         is_file(root, "/etc/coreos/update.conf");
}

bool is_coreos_usr(const GuestRoot& root) {
  return is_directory(root, "/bin") && is_directory(root, "/share") &&
         is_directory(root, "/local") && is_file(root, "/share/coreos/update.conf");
}

// ostree keeps the root under /ostree/deploy; the newest deployment is the system.
bool is_ostree(const GuestRoot& root) {
  return is_directory(root, "/ostree/deploy") && is_directory(root, "/ostree/repo");
}

void read_hostname(const GuestRoot& root, OperatingSystem& os) {
  for (const char* path : {"/etc/HOSTNAME", "/etc/hostname"}) {
    const auto text = content(root, path);
    if (!text) continue;
    for (const std::string& raw : base::split_lines(*text)) {
      const std::string line(base::trim(raw));
      if (line.empty() || line.starts_with('#')) continue;
      os.hostname = line;
      return;
    }
  }
  if (const auto text = content(root, "/etc/sysconfig/network")) {
    const std::string name = variable(shell_variables(*text), "HOSTNAME");
    if (!name.empty()) os.hostname = name;
  }
}

void read_linux(const GuestRoot& root, OperatingSystem& os) {
  os.type = "linux";
  read_release(root, os);
  set_packages(root, os);
  os.arch = elf_architecture(root, kElfPrograms).value_or("unknown");
  read_hostname(root, os);
}

// "13.2-RELEASE-p1", "9.3/amd64"
void read_bsd_version(const std::string& version, OperatingSystem& os) {
  const std::vector<std::string> parts = base::split(version.substr(0, version.find_first_of("-/_")), '.');
  os.major_version = parts.empty() ? 0 : base::parse_number<int>(parts[0]).value_or(0);
  os.minor_version = parts.size() < 2 ? 0 : base::parse_number<int>(parts[1]).value_or(0);
}

// What freebsd-version says, NetBSD's file, or "OpenBSD 7.4 (GENERIC) ..." in the message of the day.
void read_bsd_release(const GuestRoot& root, OperatingSystem& os) {
  if (const auto script = content(root, "/bin/freebsd-version")) {
    const std::string version = variable(shell_variables(*script), "USERLAND_VERSION");
    if (!version.empty()) {
      os.product_name = "FreeBSD " + version;
      return read_bsd_version(version, os);
    }
  }
  for (const char* path : {"/etc/release", "/etc/motd", "/etc/motd.template"}) {
    const auto line = first_line(root, path);
    const std::vector<std::string> words = line ? base::split_blanks(*line) : std::vector<std::string>();
    if (words.size() < 2 || words[1].find_first_of("0123456789") != 0) continue;
    os.product_name = words[0] + " " + words[1];
    return read_bsd_version(words[1], os);
  }
}

void read_bsd(const GuestRoot& root, const std::string& name, OperatingSystem& os) {
  os.type = os.distro = name;
  os.arch = elf_architecture(root, {"/bin/sh", "/bin/ls"}).value_or("unknown");
  read_bsd_release(root, os);
  if (const auto text = content(root, "/etc/rc.conf")) {
    const std::string host = variable(shell_variables(*text), "hostname");
    if (!host.empty()) os.hostname = host;
  }
  if (const auto host = first_line(root, "/etc/myname")) os.hostname = *host;
  set_packages(root, os);
}

void read_windows(const GuestRoot& root, const std::string& systemroot, OperatingSystem& os) {
  os.type = os.distro = "windows";
  os.windows_systemroot = systemroot;
  if (const auto cmd = any_case(root, systemroot + "/system32/cmd.exe"))
    os.arch = pe_architecture(root, *cmd).value_or("unknown");
  read_windows_registry(root, os);
}

// A boot bank of ESXi, which holds all of it: "build=7.0.3-0.20.19193900". A bank in state 3 is empty.
bool examine_esxi(const GuestRoot& root, OperatingSystem& os) {
  const auto text = content(root, "/boot.cfg");
  if (!text || text->find("ESXi") == std::string::npos) return false;
  const auto all = shell_variables(*text);
  if (variable(all, "bootstate") == "3" || variable(all, "build").empty()) return false;
  os.type = os.distro = "esxi";
  os.arch = "x86_64";
  os.build_id = variable(all, "build");
  os.boot_bank = base::parse_number<int>(variable(all, "updated")).value_or(0);
  read_bsd_version(os.build_id, os);
  os.product_name = "VMware ESXi " + os.build_id.substr(0, os.build_id.find('-'));
  return true;
}

// haiku-r1~beta4_hrev56578-1-x86_64.hpkg
bool examine_haiku(const GuestRoot& root, OperatingSystem& os) {
  constexpr std::string_view kStart = "haiku-";
  for (const std::string& name : names_in(root, "/system/packages")) {
    if (!name.starts_with("haiku-r") || !name.ends_with(".hpkg")) continue;
    const std::string version = name.substr(kStart.size(), name.find('-', kStart.size()) - kStart.size());
    os.type = os.distro = "haiku";
    os.product_name = "Haiku " + version;
    os.build_id = version;
    os.major_version = base::parse_number<int>(version.substr(1, version.find_first_not_of("0123456789", 1) - 1)).value_or(0);
    os.arch = name.find("x86_64") != std::string::npos ? "x86_64" : "i386";
    return true;
  }
  return false;
}

bool examine_others(const GuestRoot& root, Finding& finding) {
  OperatingSystem& os = finding.os;
  if (is_directory(root, "/hurd") && is_file(root, "/hurd/console")) {
    os.type = "hurd";
    read_release(root, os);
    set_packages(root, os);
    os.arch = elf_architecture(root, kElfPrograms).value_or("unknown");
    read_hostname(root, os);
  } else if (is_file(root, "/service/vm") && is_file(root, "/etc/version")) {
    os.type = "minix";
    os.distro = "minix";
  } else if (any_case(root, "/fdos/freedos.bss")) {
    os.type = "dos";
    os.distro = "freedos";
    os.arch = "i386";
  } else if (any_case(root, "/dos/command.com") || any_case(root, "/msdos.sys")) {
    os.type = "dos";
    os.distro = "msdos";
    os.arch = "i386";
  } else if (!examine_esxi(root, os) && !examine_haiku(root, os)) {
    return false;
  }
  finding.role = Role::root;
  return true;
}

bool examine_bsd(const GuestRoot& root, Finding& finding) {
  const bool like_bsd = is_directory(root, "/etc") && is_directory(root, "/bin") &&
                        is_file(root, "/etc/fstab") && is_file(root, "/etc/rc");
  if (!like_bsd) return false;
  const char* name = nullptr;
  if (is_file(root, "/etc/freebsd-update.conf") || exists(root, "/boot/loader.conf")) name = "freebsd";
  else if (is_file(root, "/netbsd")) name = "netbsd";
  else if (is_file(root, "/bsd")) name = "openbsd";
  if (name == nullptr) return false;
  read_bsd(root, name, finding.os);
  finding.role = Role::root;
  return true;
}

bool examine_linux(const GuestRoot& root, Finding& finding) {
  if (is_linux_root(root) || is_nixos(root)) {
    read_linux(root, finding.os);
    finding.role = Role::root;
  } else if (is_coreos_root(root)) {
    finding.os.type = "linux";
    finding.os.distro = "coreos";
    read_hostname(root, finding.os);
    finding.role = Role::root;
  } else if (is_coreos_usr(root)) {
    finding.os.type = "linux";
    finding.os.distro = "coreos";
    if (const auto text = content(root, "/lib/os-release")) read_os_release(*text, finding.os);
    finding.os.arch = elf_architecture(root, {"/bin/bash", "/bin/ls"}).value_or("unknown");
    finding.role = Role::coreos_usr;
  } else {
    return false;
  }
  return true;
}

bool is_usr(const GuestRoot& root) {
  return is_directory(root, "/bin") && is_directory(root, "/lib") &&
         is_directory(root, "/share") && (is_directory(root, "/local") || exists(root, "/local"));
}

void examine_parts(const GuestRoot& root, Finding& finding) {
  if (is_usr(root)) {
    finding.role = Role::usr;
    finding.os.type = "linux";
    // With a merged /usr the release file and the programs are here alone.
    if (const auto text = content(root, "/lib/os-release")) read_os_release(*text, finding.os);
    finding.os.arch = elf_architecture(root, {"/bin/bash", "/bin/ls", "/bin/sh"}).value_or("unknown");
  } else if (is_directory(root, "/log") && is_directory(root, "/run") && is_directory(root, "/spool")) {
    finding.role = Role::var;
  }
}

}  // namespace

Finding examine(const std::string& mountable, const std::string& type, const GuestRoot& root) {
  Finding finding;
  finding.mountable = mountable;
  finding.type = type;
  finding.os.root = mountable;
  const bool boot = is_file(root, "/grub/menu.lst") || is_file(root, "/grub/grub.conf") ||
                    is_file(root, "/grub2/grub.cfg") || is_file(root, "/grub/grub.cfg") ||
                    is_directory(root, "/loader/entries");
  if (boot && !is_directory(root, "/etc")) {
    finding.role = Role::boot;
    return finding;
  }
  if (examine_bsd(root, finding) || examine_linux(root, finding)) return finding;
  const std::string systemroot = windows_systemroot(root);
  if (!systemroot.empty()) {
    read_windows(root, systemroot, finding.os);
    finding.role = Role::root;
    return finding;
  }
  if (is_ostree(root)) finding.role = Role::data;
  if (!examine_others(root, finding)) examine_parts(root, finding);
  return finding;
}

}  // namespace vmcraft::inspect
