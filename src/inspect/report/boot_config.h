// SPDX-License-Identifier: LGPL-3.0-or-later
// What boot loaders' configuration says is started, without running the scripts that some of them are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmcraft::inspect::report {

struct BootEntry {
  std::string title;
  std::string kernel;  ///< as written; empty for an entry that starts another loader
  std::vector<std::string> initrds;
  std::string options;  ///< of the kernel
  std::string chain;    ///< what is started in place of a kernel
};

struct BootConfig {
  std::vector<BootEntry> entries;
  std::string default_entry;  ///< a title, a label or a number, as written
  std::string timeout;        ///< in the loader's own unit, as written
};

/// grub.cfg: menuentry blocks, those in submenus too.
BootConfig parse_grub2(std::string_view text);
/// menu.lst and grub.conf of GRUB Legacy.
BootConfig parse_grub1(std::string_view text);
/// extlinux.conf, syslinux.cfg, isolinux.cfg.
BootConfig parse_extlinux(std::string_view text);
/// lilo.conf, elilo.conf, yaboot.conf.
BootConfig parse_lilo(std::string_view text);
BootConfig parse_zipl(std::string_view text);
/// loader.conf of systemd-boot: default and timeout.
BootConfig parse_loader_conf(std::string_view text);
/// One file of the Boot Loader Specification.
BootEntry parse_bls(std::string_view text);

}  // namespace vmcraft::inspect::report
