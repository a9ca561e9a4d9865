// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/firstboot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "edit/linux/guest_text.h"
#include "edit/linux/units.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

using mount::GuestRoot;

constexpr const char* kFolder = "/usr/lib/vmcraft/firstboot";
constexpr const char* kScripts = "/usr/lib/vmcraft/firstboot/scripts";
constexpr const char* kService = "vmcraft-firstboot.service";
constexpr std::size_t kMostScripts = 9999;

// A script is moved away before it runs: one that reboots the guest must not run again.
constexpr const char* kRunner = R"(#!/bin/sh
# Runs the scripts of the folder scripts once, in the order of their names. Written by VMCraft.
folder=/usr/lib/vmcraft/firstboot
mkdir -p "$folder/done"
for script in "$folder"/scripts/*; do
  [ -f "$script" ] || continue
  name=${script##*/}
  mv "$script" "$folder/done/$name" || continue
  echo "=== $name begins"
  "$folder/done/$name"
  echo "=== $name ended with status $?"
done >>/var/log/vmcraft-firstboot.log 2>&1
)";

constexpr const char* kUnit = R"([Unit]
Description=Scripts of the first boot
After=network-online.target local-fs.target
Wants=network-online.target
ConditionDirectoryNotEmpty=/usr/lib/vmcraft/firstboot/scripts

[Service]
Type=oneshot
ExecStart=/bin/sh /usr/lib/vmcraft/firstboot/run
RemainAfterExit=yes
TimeoutStartSec=0

[Install]
WantedBy=multi-user.target
)";

constexpr const char* kInitScript = R"(#!/bin/sh
### BEGIN INIT INFO
# Provides:          vmcraft-firstboot
# Required-Start:    $remote_fs $network
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: scripts of the first boot
### END INIT INFO
# chkconfig: 2345 99 01
case "$1" in
  start) /bin/sh /usr/lib/vmcraft/firstboot/run ;;
esac
)";

bool has_systemd(const GuestRoot& root) {
  return inspect::exists(root, "/lib/systemd/systemd") || inspect::exists(root, "/usr/lib/systemd/systemd");
}

void install_init_script(const GuestRoot& root) {
  constexpr std::array kLevels = {"2", "3", "4", "5"};
  // Red Hat has the links in /etc/rc.d/rc3.d, to which /etc/rc3.d may be a link.
  const std::string top = inspect::is_directory(root, "/etc/rc.d/init.d") ? "/etc/rc.d" : "/etc";
  write_guest_text(root, top + "/init.d/vmcraft-firstboot", kInitScript, {.mode = 0755});
  for (const char* level : kLevels) {
    const std::string folder = top + "/rc" + level + ".d";
    if (inspect::is_directory(root, folder))
      write_guest_link(root, folder + "/S99vmcraft-firstboot", "../init.d/vmcraft-firstboot");
  }
}

void install_runner(const GuestRoot& root) {
  const bool systemd = has_systemd(root);
  if (!systemd && !inspect::is_directory(root, "/etc/init.d") && !inspect::is_directory(root, "/etc/rc.d/init.d"))
    base::throw_not_supported("firstboot", "the guest has neither systemd nor init scripts of System V");
  make_guest_folder(root, kScripts);
  write_guest_text(root, std::string(kFolder) + "/run", kRunner, {.mode = 0755});
  if (!systemd) return install_init_script(root);
  make_guest_folder(root, "/etc/systemd/system");
  write_guest_text(root, std::string("/etc/systemd/system/") + kService, kUnit);
  Units(root).enable(kService);
}

std::string safe_name(const std::string& name) {
  std::string result = name.substr(0, 64);
  for (char& c : result)
    if (std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._").find(c) ==
        std::string_view::npos)
      c = '-';
  return result.empty() ? "script" : result;
}

// Numbers of scripts that wait, and of those that ran: a name is never used twice.
std::size_t next_number(const GuestRoot& root) {
  std::size_t next = 1;
  for (const std::string folder : {kScripts, "/usr/lib/vmcraft/firstboot/done"})
    for (const std::string& name : inspect::names_in(root, folder))
      if (const auto number = base::parse_number<std::size_t>(name.substr(0, name.find('-'))))
        if (*number < kMostScripts) next = std::max(next, *number + 1);
  return next;
}

bool waits_already(const GuestRoot& root, const std::string& name, std::string_view content) {
  std::vector<std::string> names = inspect::names_in(root, kScripts);
  std::sort(names.begin(), names.end());
  return !names.empty() && names.back().ends_with("-" + name) &&
         inspect::content(root, std::string(kScripts) + "/" + names.back()) == content;
}

}  // namespace

void add_firstboot_script(const GuestRoot& root, const std::string& name, std::string_view content, Again again) {
  const std::string safe = safe_name(name);
  install_runner(root);
  if (again == Again::no && waits_already(root, safe, content)) return;
  const std::size_t number = next_number(root);
  if (number >= kMostScripts) base::throw_errno(kScripts, ENOSPC);
  write_guest_text(root, fmt::format("{}/{:04}-{}", kScripts, number, safe), content, {.mode = 0755});
}

}  // namespace vmcraft::edit
