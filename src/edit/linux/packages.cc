// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/packages.h"

#include <array>

#include "base/error.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

struct Manager {
  const char* program;  // below /usr/bin, /bin, /usr/sbin or /sbin
  const char* install;  // the packages follow
  const char* remove;
  const char* update;
};

#define APT_GET "apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "

// dnf before yum, which may be a link to it. Old apt-get is also on systems with rpm: there it comes last.
constexpr std::array kManagers = std::to_array<Manager>({
    {"dpkg", "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && " APT_GET "install",
     "export DEBIAN_FRONTEND=noninteractive; " APT_GET "remove",
     "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && " APT_GET "upgrade"},
    {"dnf5", "dnf5 -y install", "dnf5 -y remove", "dnf5 -y upgrade"},
    {"dnf", "dnf -y install", "dnf -y remove", "dnf -y upgrade"},
    {"microdnf", "microdnf -y install", "microdnf -y remove", "microdnf -y upgrade"},
    {"yum", "yum -y install", "yum -y remove", "yum -y update"},
    {"zypper", "zypper -n install -l", "zypper -n remove", "zypper -n update -l"},
    {"pacman", "pacman -Sy --noconfirm --needed", "pacman -R -c --noconfirm", "pacman -Syu --noconfirm"},
    {"apk", "apk -q update && apk -q add", "apk -q del", "apk -q update && apk -q upgrade"},
    {"xbps-install", "xbps-install -Sy", "xbps-remove -Ry", "xbps-install -Suy"},
    {"urpmi", "urpmi --auto", "urpme --auto", "urpmi --auto --auto-update"},
    {"apt-get", "apt-get -q update && apt-get -q -y install", "apt-get -q -y remove",
     "apt-get -q update && apt-get -q -y dist-upgrade"},
});
#undef APT_GET

const Manager* find_manager(const mount::GuestRoot& root) {
  for (const Manager& manager : kManagers)
    for (const char* folder : {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"})
      if (inspect::is_file(root, std::string(folder) + manager.program)) return &manager;
  return nullptr;
}

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string package_command(const mount::GuestRoot& root, PackageTask task, const std::vector<std::string>& packages) {
  if (task != PackageTask::update && packages.empty()) base::throw_invalid("packages", "are none");
  for (const std::string& package : packages)
    if (package.empty() || package.front() == '-' || package.find('\n') != std::string::npos)
      base::throw_invalid(package, "is not a name of a package");
  const Manager* const manager = find_manager(root);
  if (manager == nullptr) base::throw_not_supported("packages", "the guest has no package manager that is known here");
  std::string command = task == PackageTask::install  ? manager->install
                        : task == PackageTask::remove ? manager->remove
                                                      : manager->update;
  for (const std::string& package : packages) command += " " + quoted(package);
  return command;
}

}  // namespace vmcraft::edit
