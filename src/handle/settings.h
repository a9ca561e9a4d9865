// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vmcraft::handle {

/// What set_* changes and get_* returns. Those that only an appliance would use are kept and
/// returned, and do nothing here.
struct Settings {
  Settings();

  std::string engine = "auto";  ///< host, uml or auto
  std::vector<std::string> engine_settings;
  std::vector<std::string> backing_files;  ///< that any image may name; folders end in a slash
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

/// The value of an environment variable, null where it is not set.
using Lookup = std::function<const char*(const std::string& name)>;
/// Takes the settings that LIBGUESTFS_* and VMCRAFT_* variables say; throws Error{invalid_argument} naming the
/// first that is wrong.
void take_environment(Settings& settings, const Lookup& lookup);

/// The engine that a backend's name means; throws Error{invalid_argument} for one that is none.
std::string engine_of_backend(const std::string& backend);

}  // namespace vmcraft::handle
