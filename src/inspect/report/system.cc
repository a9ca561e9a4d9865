// SPDX-License-Identifier: LGPL-3.0-or-later
// Who the system says it is, and where and how it is set up.
#include "base/text.h"
#include "inspect/files.h"
#include "inspect/osinfo.h"
#include "inspect/report/sections.h"
#include "inspect/report/windows.h"

namespace vmcraft::inspect::report {
namespace {

void put_known(Json& system, const char* key, const std::string& value) {
  if (value != "unknown") put(system, key, value);
}

void put_release(Reader& guest, Json& system) {
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    const auto text = guest.text(path);
    if (!text) continue;
    const auto all = shell_variables(*text);
    constexpr std::pair<const char*, const char*> kFields[] = {
        {"id", "ID"},                    {"id_like", "ID_LIKE"},
        {"version_text", "VERSION"},     {"version_id", "VERSION_ID"},
        {"codename", "VERSION_CODENAME"}, {"edition", "VARIANT"},
        {"image_id", "IMAGE_ID"},        {"image_version", "IMAGE_VERSION"},
        {"cpe", "CPE_NAME"},             {"home_url", "HOME_URL"},
        {"support_end", "SUPPORT_END"},
    };
    for (const auto& [key, name] : kFields) put(system, key, variable(all, name));
    return;
  }
}

// A link into the zone files, the name alone (Debian, Gentoo), or a setting of other systems.
void put_timezone(Reader& guest, Json& system) {
  const std::string target = guest.link("/etc/localtime");
  const std::size_t at = target.find("zoneinfo/");
  if (at != std::string::npos) return put(system, "timezone", target.substr(at + 9));
  if (const auto name = guest.text("/etc/timezone")) return put(system, "timezone", base::trim(*name));
  for (const auto& [path, key] : {std::pair("/etc/sysconfig/clock", "ZONE"), {"/etc/sysconfig/clock", "TIMEZONE"},
                                  {"/etc/rc.conf", "TIMEZONE"}, {"/etc/conf.d/clock", "TIMEZONE"}})
    if (const auto text = guest.text(path)) {
      const std::string name = variable(shell_variables(*text), key);
      if (!name.empty()) return put(system, "timezone", name);
    }
}

void put_locale(Reader& guest, Json& system) {
  for (const char* path : {"/etc/locale.conf", "/etc/default/locale", "/etc/sysconfig/i18n",
                           "/etc/sysconfig/language", "/etc/env.d/02locale"}) {
    const auto text = guest.text(path);
    if (!text) continue;
    const auto all = shell_variables(*text);
    std::string locale = variable(all, "LANG");
    if (locale.empty()) locale = variable(all, "RC_LANG");
    if (!locale.empty()) return put(system, "locale", locale);
  }
}

void put_keymap(Reader& guest, Json& system) {
  for (const auto& [path, key] : {std::pair("/etc/vconsole.conf", "KEYMAP"), {"/etc/default/keyboard", "XKBLAYOUT"},
                                  {"/etc/sysconfig/keyboard", "KEYTABLE"}})
    if (const auto text = guest.text(path)) {
      const std::string name = variable(shell_variables(*text), key);
      if (!name.empty()) return put(system, "keymap", name);
    }
}

void put_machine_id(Reader& guest, Json& system) {
  for (const char* path : {"/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"})
    if (const auto text = guest.text(path)) {
      put(system, "machine_id", base::trim(*text));
      return;
    }
}

// What starts the system's services, by what is installed as process 1.
void put_init(Reader& guest, Json& system) {
  const std::string init = guest.link("/sbin/init") + guest.link("/usr/sbin/init");
  constexpr std::pair<std::string_view, const char*> kInits[] = {
      {"systemd", "systemd"}, {"busybox", "busybox"}, {"runit", "runit"}, {"openrc", "openrc"}, {"upstart", "upstart"}};
  for (const auto& [word, name] : kInits)
    if (init.find(word) != std::string::npos) {
      const bool openrc = std::string_view(name) == "busybox" && guest.has_folder("/etc/runlevels");
      return put(system, "init", openrc ? "openrc" : name);
    }
  if (guest.has_file("/lib/systemd/systemd") || guest.has_file("/usr/lib/systemd/systemd"))
    put(system, "init", "systemd");
  else if (guest.has_folder("/etc/runlevels")) put(system, "init", "openrc");
  else if (guest.has_folder("/etc/runit")) put(system, "init", "runit");
  else if (guest.has_folder("/etc/init") && guest.has_file("/sbin/initctl")) put(system, "init", "upstart");
  else if (guest.has_file("/etc/inittab")) put(system, "init", "sysvinit");
}

void put_install_time(Reader& guest, Json& system) {
  for (const char* path : {"/var/log/installer/install-journal.txt", "/var/log/installer/syslog", "/root/anaconda-ks.cfg",
                           "/var/log/anaconda/anaconda.log", "/etc/machine-id", "/lost+found"})
    if (const auto st = guest.status(path)) return put(system, "install_time", time_text(st->st_mtime));
}

}  // namespace

Json read_system(Reader& guest) {
  const OperatingSystem& os = guest.os();
  Json system = Json::object();
  put_known(system, "type", os.type);
  put_known(system, "distro", os.distro);
  put_known(system, "product_name", os.product_name);
  put_known(system, "product_variant", os.product_variant);
  system["major_version"] = os.major_version;
  system["minor_version"] = os.minor_version;
  put_known(system, "build", os.build_id);
  put_known(system, "arch", os.arch);
  put_known(system, "osinfo", osinfo_id(os));
  put_known(system, "hostname", os.hostname);
  put_known(system, "package_format", os.package_format);
  put_known(system, "package_management", os.package_management);
  if (os.type == "windows") {
    put(system, "windows_systemroot", os.windows_systemroot);
    put(system, "windows_current_control_set", os.windows_current_control_set);
    put_windows(guest, system);
    return system;
  }
  put_release(guest, system);
  put_timezone(guest, system);
  put_locale(guest, system);
  put_keymap(guest, system);
  put_machine_id(guest, system);
  put_init(guest, system);
  put_install_time(guest, system);
  return system;
}

}  // namespace vmcraft::inspect::report
