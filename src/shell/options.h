// SPDX-License-Identifier: LGPL-3.0-or-later
// The command line of vmcraft.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shell/session.h"

namespace vmcraft::shell {

/// One -a or -N, with what the options before it said of it.
struct DriveOption {
  bool prepared = false;  ///< -N
  std::string text;
  std::string format;  ///< empty: found out
  int blocksize = 0;   ///< 0: not said
  std::string snapshot;  ///< empty: what the image holds now
};

/// One -m.
struct MountOption {
  std::string device;
  std::string point = "/";
  std::optional<std::string> options;
  std::string type;
};

/// What only "vmcraft mount" takes.
struct MountTask {
  std::vector<std::string> options;  ///< of FUSE
  std::string pid_file;
  bool foreground = false;
  std::optional<int> cache_seconds;
};

/// What only "vmcraft inspect" takes.
struct InspectTask {
  std::string form;  ///< json, yaml, xml, table; empty: not said
  std::string sbom;  ///< spdx, cyclonedx; empty: none
};

struct CommandLine {
  enum class Task { run, help, version, long_options, short_options, command_help, volumes, mount, inspect };
  Task task = Task::run;
  Settings settings;
  std::optional<bool> readonly;  ///< nothing: as the configuration says
  std::vector<DriveOption> drives;
  std::vector<MountOption> mounts;
  MountTask mount;
  InspectTask inspect_task;
  std::string domain;       ///< of libvirt
  std::string libvirt_uri;  ///< empty: its default
  bool inspect = false;
  bool listen = false;
  bool csh = false;
  std::optional<int> remote;  ///< process to talk to
  std::vector<std::string> keys;
  std::vector<std::string> run_lines;
  /// Commands that options such as --reg-read stand for, in their order.
  std::vector<Words> tasks;
  std::string script;
  std::string help_topic;
  Words words;  ///< what is left: commands separated by ':'
};

/// Throws UsageError.
CommandLine parse_command_line(int argc, char** argv);

MountOption parse_mount(const std::string& text);

std::string options_help();
std::string long_options();
std::string short_options();

/// What guestfish's configuration files say of read_only.
bool configured_readonly();

}  // namespace vmcraft::shell
