// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace vmcraft::handle {

/// What set_* changes and get_* returns. Those that only an appliance would use are kept and
/// returned, and do nothing here.
struct Settings {
  Settings();

  std::string engine = "auto";  ///< host, uml or auto
  std::vector<std::string> engine_settings;
  bool verbose = false;
  bool trace = false;
  bool autosync = true;
  bool network = false;
  bool process_group = false;
  bool recovery_process = true;
  bool selinux = false;
  bool direct = false;
  int memory_mib = 0;  ///< 0: the engine's own default
  int processors = 1;
  std::string path;
  std::string program;
  std::string identifier;
  std::string append;
  std::string hypervisor;
  std::string temp_dir;   ///< empty: $TMPDIR or /tmp
  std::string cache_dir;  ///< empty: $TMPDIR or /var/tmp
};

}  // namespace vmcraft::handle
