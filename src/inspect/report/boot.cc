// SPDX-License-Identifier: LGPL-3.0-or-later
// Firmware, boot loaders and what they start.
#include "base/text.h"
#include "inspect/files.h"
#include "inspect/report/bcd.h"
#include "inspect/report/boot_config.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {
namespace {

Json describe(const BootEntry& entry) {
  Json object = Json::object();
  put(object, "title", entry.title);
  put(object, "kernel", entry.kernel);
  put_json(object, "initrds", entry.initrds);
  put(object, "options", entry.options);
  put(object, "chain", entry.chain);
  return object;
}

Json describe(const char* name, const std::string& path, const BootConfig& config) {
  Json loader = {{"name", name}, {"path", path}};
  put(loader, "default", config.default_entry);
  put(loader, "timeout", config.timeout);
  Json entries = Json::array();
  for (const BootEntry& entry : config.entries) entries.push_back(describe(entry));
  put_json(loader, "entries", std::move(entries));
  return loader;
}

struct Kind {
  const char* name;
  const char* path;
  BootConfig (*parse)(std::string_view);
};

constexpr Kind kKinds[] = {
    {"grub2", "/boot/grub/grub.cfg", parse_grub2},
    {"grub2", "/boot/grub2/grub.cfg", parse_grub2},
    {"grub", "/boot/grub/menu.lst", parse_grub1},
    {"grub", "/boot/grub/grub.conf", parse_grub1},
    {"extlinux", "/boot/extlinux/extlinux.conf", parse_extlinux},
    {"extlinux", "/boot/extlinux.conf", parse_extlinux},
    {"syslinux", "/boot/syslinux/syslinux.cfg", parse_extlinux},
    {"syslinux", "/boot/syslinux.cfg", parse_extlinux},
    {"lilo", "/etc/lilo.conf", parse_lilo},
    {"elilo", "/etc/elilo.conf", parse_lilo},
    {"yaboot", "/etc/yaboot.conf", parse_lilo},
    {"zipl", "/etc/zipl.conf", parse_zipl},
};

void read_configs(Reader& guest, Json& loaders) {
  std::string last;
  for (const Kind& kind : kKinds) {
    // menu.lst is a link to grub.conf in some.
    if (kind.name == last && kind.name == std::string_view("grub")) continue;
    const auto text = guest.text(kind.path);
    if (!text) continue;
    loaders.push_back(describe(kind.name, kind.path, kind.parse(*text)));
    last = kind.name;
  }
}

// What a package of the distribution put on the EFI system partition.
void read_efi_programs(Reader& guest, Json& boot) {
  for (const std::string base : {"/boot/efi/EFI", "/boot/EFI", "/efi/EFI", "/EFI"})
    for (const std::string& vendor : guest.names(base))
      for (const std::string& name : guest.names(base + "/" + vendor)) {
        const std::string lower = base::lower(name);
        if (lower.ends_with(".efi")) boot["efi_programs"].push_back(base + "/" + vendor + "/" + name);
        if (lower == "grub.cfg") {
          const std::string path = base + "/" + vendor + "/" + name;
          const auto text = guest.text(path);
          if (text && text->find("menuentry") != std::string::npos)
            boot["loaders"].push_back(describe("grub2", path, parse_grub2(*text)));
        }
      }
}

// Entries of the Boot Loader Specification: systemd-boot's own, and GRUB's on Fedora and its kin.
void read_bls(Reader& guest, Json& loaders) {
  for (const std::string base : {"/boot", "/boot/efi", "/efi"}) {
    Json entries = Json::array();
    for (const std::string& path : guest.files(base + "/loader/entries", ".conf")) {
      const auto text = guest.text(path);
      if (!text) continue;
      Json entry = describe(parse_bls(*text));
      entry["path"] = path;
      entries.push_back(std::move(entry));
    }
    const std::string conf = base + "/loader/loader.conf";
    const auto settings = guest.text(conf);
    if (entries.empty() && !settings) continue;
    Json loader = describe(settings ? "systemd-boot" : "bls", settings ? conf : base + "/loader/entries",
                           settings ? parse_loader_conf(*settings) : BootConfig());
    put_json(loader, "entries", std::move(entries));
    loaders.push_back(std::move(loader));
  }
}

void read_defaults(Reader& guest, Json& boot) {
  for (const char* path : {"/etc/default/grub", "/etc/sysconfig/grub"})
    if (const auto text = guest.text(path)) {
      const auto all = shell_variables(*text);
      put(boot, "default_options", std::string(base::trim(variable(all, "GRUB_CMDLINE_LINUX") + " " +
                                                          variable(all, "GRUB_CMDLINE_LINUX_DEFAULT"))));
      break;
    }
  if (const auto text = guest.text("/etc/kernel/cmdline")) put(boot, "default_options", base::trim(*text));
}

void read_bcd(Reader& guest, Json& boot) {
  for (const char* path : {"/Boot/BCD", "/EFI/Microsoft/Boot/BCD", "/boot/efi/EFI/Microsoft/Boot/BCD"}) {
    const auto real = any_case(guest.root(), path);
    if (!real || !guest.has_file(*real)) continue;
    guest.guarded(*real, [&] {
      Json loader = {{"name", "bcd"}, {"path", *real}};
      loader.update(parse_bcd(guest.root(), *real));
      boot["loaders"].push_back(std::move(loader));
    });
  }
}

// What the guest was installed for; the machine it ran on is not known.
std::string firmware_of(Reader& guest, const Json& boot) {
  if (boot.contains("efi_programs")) return "efi";
  if (guest.os().type == "windows")
    return any_case(guest.root(), guest.os().windows_systemroot + "/Boot/EFI") && !any_case(guest.root(), "/bootmgr") ? "efi"
                                                                                                                    : "bios";
  if (guest.has_folder("/boot/grub/x86_64-efi") || guest.has_folder("/boot/grub/arm64-efi")) return "efi";
  if (guest.has_folder("/boot/grub/i386-pc") || guest.has_folder("/boot/grub2/i386-pc")) return "bios";
  return "";
}

}  // namespace

Json read_boot(Reader& guest) {
  Json boot = Json::object();
  Json loaders = Json::array();
  read_configs(guest, loaders);
  read_bls(guest, loaders);
  put_json(boot, "loaders", std::move(loaders));
  read_efi_programs(guest, boot);
  read_bcd(guest, boot);
  read_defaults(guest, boot);
  const std::string firmware = firmware_of(guest, boot);
  if (!firmware.empty()) {
    Json whole = {{"firmware", firmware}};
    whole.update(boot);
    return whole;
  }
  return boot;
}

}  // namespace vmcraft::inspect::report
