// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/options.h"

#include <getopt.h>

#include <utility>

#include "base/text.h"
#include "shell/option_table.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

/// The table in getopt's form.
struct GetoptForm {
  std::string letters = ":";
  std::vector<option> longs;

  GetoptForm() {
    for (const OptionEntry& entry : option_table()) {
      const int takes = static_cast<int>(entry.takes);
      if (static_cast<int>(entry.option) < 256)
        letters.append(1, static_cast<char>(entry.option))
            .append(static_cast<std::size_t>(takes), ':');
      if (entry.name[0] != '\0')
        longs.push_back({entry.name, takes, nullptr, static_cast<int>(entry.option)});
    }
    longs.push_back({nullptr, 0, nullptr, 0});
  }
};

/// What --format and --blocksize said last: it holds for the drives that follow.
struct DriveDefaults {
  std::string format;
  int blocksize = 0;
  std::string snapshot;  ///< said before the first drive: of that alone
};

void check_key(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::string kind = first == std::string::npos
                               ? ""
                               : text.substr(first + 1, text.find(':', first + 1) - first - 1);
  if (kind != "key" && kind != "file" && kind != "clevis")
    throw UsageError("--key: " + text + ": must be ID:key:KEY, ID:file:FILE or ID:clevis");
}

int parse_blocksize(const char* value) {
  if (value == nullptr) return 0;
  const auto number = base::parse_number<int>(value);
  if (!number || (*number != 512 && *number != 4096))
    throw UsageError(std::string("--blocksize: ") + value + ": must be 512 or 4096");
  return *number;
}

void take_engine(CommandLine& line, const std::string& name) {
  if (name != "host" && name != "uml" && name != "auto")
    throw UsageError("--engine: " + name + ": must be host, uml or auto");
  line.settings.engine = name;
}

void take_snapshot(CommandLine& line, DriveDefaults& defaults, const std::string& name) {
  const bool after = !line.drives.empty();
  std::string& place = after ? line.drives.back().snapshot : defaults.snapshot;
  if (name.empty()) throw UsageError("--snapshot: needs the name of a snapshot");
  if (!place.empty()) throw UsageError("--snapshot: " + name + ": the image has one already");
  if (after && line.drives.back().prepared)
    throw UsageError("--snapshot: " + name + ": a prepared disk has none");
  place = name;
}

/// Options that say what is opened, and how.
bool take_disk_option(CommandLine& line, DriveDefaults& defaults, Option option,
                      const char* value) {
  switch (option) {
    case Option::k_add:
      line.drives.push_back({false, value, defaults.format, defaults.blocksize,
                             std::exchange(defaults.snapshot, {})});
      return true;
    case Option::k_new:
      line.drives.push_back({true, value, "", 0, ""});
      return true;
    case Option::k_blocksize:
      defaults.blocksize = parse_blocksize(value);
      return true;
    case Option::k_format:
      defaults.format = value != nullptr ? value : "";
      return true;
    case Option::k_snapshot:
      take_snapshot(line, defaults, value);
      return true;
    case Option::k_mount:
      line.mounts.push_back(parse_mount(value));
      return true;
    case Option::k_inspector:
      line.inspect = true;
      return true;
    case Option::k_ro:
      line.readonly = true;
      return true;
    case Option::k_rw:
      line.readonly = false;
      return true;
    case Option::k_engine:
      take_engine(line, value);
      return true;
    case Option::k_key:
      check_key(value);
      line.keys.emplace_back(value);
      return true;
    case Option::k_domain:
      if (!line.domain.empty()) throw UsageError("-d: " + std::string(value) + ": one guest at a time");
      line.domain = value;
      return true;
    case Option::k_connect:
      line.libvirt_uri = value;
      return true;
    case Option::k_live:
      throw UsageError("--live: not supported; guestfish dropped it as well");
    default:
      return false;
  }
}

/// Options that say what is done instead of running commands.
bool take_task_option(CommandLine& line, Option option, const char* value) {
  switch (option) {
    case Option::k_help:
      line.task = CommandLine::Task::help;
      return true;
    case Option::k_version:
      line.task = CommandLine::Task::version;
      return true;
    case Option::k_long_options:
      line.task = CommandLine::Task::long_options;
      return true;
    case Option::k_short_options:
      line.task = CommandLine::Task::short_options;
      return true;
    case Option::k_cmd_help:
      line.task = CommandLine::Task::command_help;
      line.help_topic = value != nullptr ? value : "";
      return true;
    default:
      return false;
  }
}

int remote_process(const char* value) {
  if (value == nullptr) value = std::getenv("GUESTFISH_PID");
  const auto number = value != nullptr ? base::parse_number<int>(value) : std::nullopt;
  if (!number || *number <= 0)
    throw UsageError("--remote: needs the process number, or GUESTFISH_PID set");
  return *number;
}

/// Options of "vmcraft mount".
bool take_mount_option(CommandLine& line, Option option, const char* value) {
  MountTask& mount = line.mount;
  switch (option) {
    case Option::k_option:
      mount.options.emplace_back(value);
      return true;
    case Option::k_pid_file:
      mount.pid_file = value;
      return true;
    case Option::k_no_fork:
      mount.foreground = true;
      return true;
    case Option::k_dir_cache_timeout:
      mount.cache_seconds = base::parse_number<int>(value);
      if (!mount.cache_seconds) throw UsageError(std::string("--dir-cache-timeout: ") + value + ": not a number");
      return true;
    default:
      return false;
  }
}

const OptionEntry& entry_of(Option option) {
  for (const OptionEntry& entry : option_table())
    if (entry.option == option) return entry;
  throw UsageError("an option that is not in the table");
}

// The value and the words behind it, whatever they begin with.
Words take_more_words(Option option, const char* value, int argc, char** argv) {
  const OptionEntry& entry = entry_of(option);
  Words words = {value};
  for (int i = 0; i < entry.more_words; ++i) {
    if (optind >= argc) throw UsageError(std::string("--") + entry.name + ": needs " + entry.value);
    words.emplace_back(argv[optind++]);
  }
  return words;
}

/// Options that are commands: to be run where the guest's root is mounted.
bool take_command_option(CommandLine& line, Option option, const char* value, int argc, char** argv) {
  if (option != Option::k_reg_list && option != Option::k_reg_read && option != Option::k_reg_write &&
      option != Option::k_inject_driver)
    return false;
  Words words = take_more_words(option, value, argc, argv);
  if (option == Option::k_inject_driver) {
    const bool inf = optind < argc && base::lower(argv[optind]).ends_with(".inf");
    if (inf) words.push_back(std::string("inf:") + argv[optind++]);
    words.insert(words.begin(), "inject-driver");
  } else if (option == Option::k_reg_write) {
    words = {"registry-write", words[0], words[1], words[2], words[4], "value_type:" + words[3]};
  } else {
    words.insert(words.begin(), option == Option::k_reg_read ? "registry-read" : "registry-list");
  }
  line.tasks.push_back(std::move(words));
  return true;
}

/// Options of "vmcraft inspect".
bool take_inspect_option(CommandLine& line, Option option, const char* value) {
  InspectTask& task = line.inspect_task;
  if (option == Option::k_sbom) {
    task.sbom = value;
    if (task.sbom != "spdx" && task.sbom != "cyclonedx")
      throw UsageError("--sbom: " + task.sbom + ": must be spdx or cyclonedx");
    return true;
  }
  const char* form = option == Option::k_table  ? "table"
                     : option == Option::k_xml  ? "xml"
                     : option == Option::k_yaml ? "yaml"
                                                : nullptr;
  if (form == nullptr) return false;
  task.form = form;
  return true;
}

/// Options that say how the shell behaves.
void take_shell_option(CommandLine& line, Option option, const char* value) {
  Settings& settings = line.settings;
  switch (option) {
    case Option::k_csh:
      line.csh = true;
      break;
    case Option::k_listen:
      line.listen = true;
      break;
    case Option::k_remote:
      line.remote = remote_process(value);
      break;
    case Option::k_run:
      line.run_lines.emplace_back(value);
      break;
    case Option::k_file:
      line.script = value;
      break;
    case Option::k_json:
      settings.json = true;
      break;
    case Option::k_echo_keys:
      settings.echo_keys = true;
      break;
    case Option::k_keys_from_stdin:
      settings.keys_from_stdin = true;
      break;
    case Option::k_network:
      settings.network = true;
      break;
    case Option::k_no_dest_paths:
      settings.guest_paths = false;
      break;
    case Option::k_no_progress_bars:
      settings.progress_bars = false;
      break;
    case Option::k_progress_bars:
      settings.progress_bars = true;
      break;
    case Option::k_no_sync:
      settings.autosync = false;
      break;
    case Option::k_pipe_error:
      settings.pipe_error = true;
      break;
    case Option::k_verbose:
      settings.verbose = true;
      break;
    case Option::k_trace:
      settings.trace = true;
      break;
    default:
      break;  // accepted, without effect
  }
}

void check_remote(const CommandLine& line) {
  if (!line.remote) return;
  if (!line.drives.empty() || !line.domain.empty() || !line.mounts.empty() || line.inspect || line.listen)
    throw UsageError("--remote: disks are opened by the listening shell, not here");
}

}  // namespace

MountOption parse_mount(const std::string& text) {
  // A btrfs subvolume is one device with a colon in it.
  const std::size_t skip = text.starts_with("btrfsvol:") ? 9 : 0;
  std::vector<std::string> parts = base::split(std::string_view(text).substr(skip), ':');
  if (parts.empty()) throw UsageError("-m: needs DEVICE[:MOUNTPOINT[:OPTIONS[:TYPE]]]");
  MountOption mount;
  mount.device = text.substr(0, skip) + parts[0];
  if (parts.size() > 1) mount.point = parts[1];
  if (parts.size() > 2) mount.options = parts[2];
  if (parts.size() > 3) mount.type = parts[3];
  if (parts.size() > 4) throw UsageError("-m: " + text + ": has a part too many");
  return mount;
}

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine line;
  DriveDefaults defaults;
  const GetoptForm form;
  for (;;) {
    const int code = ::getopt_long(argc, argv, form.letters.c_str(), form.longs.data(), nullptr);
    if (code == -1) break;
    if (code == '?')
      throw UsageError(std::string(argv[optind - 1]) + ": unknown option; --help lists all");
    if (code == ':') throw UsageError(std::string(argv[optind - 1]) + ": needs a value");
    const auto option = static_cast<Option>(code);
    if (!take_disk_option(line, defaults, option, optarg) &&
        !take_task_option(line, option, optarg) && !take_mount_option(line, option, optarg) &&
        !take_inspect_option(line, option, optarg) && !take_command_option(line, option, optarg, argc, argv))
      take_shell_option(line, option, optarg);
  }
  line.words.assign(argv + optind, argv + argc);
  // -h takes its command as the next word too.
  if (line.task == CommandLine::Task::command_help && line.help_topic.empty() &&
      !line.words.empty())
    line.help_topic = line.words.front();
  if (!defaults.snapshot.empty())
    throw UsageError("--snapshot: " + defaults.snapshot + ": no image is added with -a");
  check_remote(line);
  return line;
}

}  // namespace vmcraft::shell
