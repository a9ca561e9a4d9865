// SPDX-License-Identifier: LGPL-3.0-or-later
#include "shell/option_table.h"

#include <fmt/format.h>

#include "shell/options.h"

namespace vmcraft::shell {
namespace {

constexpr OptionEntry kOptions[] = {
    {Option::k_add, "add", Takes::kValue, "IMAGE|URI", "add a disk image"},
    {Option::k_blocksize, "blocksize", Takes::kOptional, "512|4096",
     "sector size of the disks that follow"},
    {Option::k_cmd_help, "cmd-help", Takes::kOptional, "COMMAND",
     "list the commands, or tell of one"},
    {Option::k_connect, "connect", Takes::kValue, "URI", "libvirt URI for -d"},
    {Option::k_csh, "csh", Takes::kNothing, "", "let --listen print for csh"},
    {Option::k_domain, "domain", Takes::kValue, "GUEST", "add the disks of a libvirt guest"},
    {Option::k_dir_cache_timeout, "dir-cache-timeout", Takes::kValue, "SECONDS",
     "mount: how long names and attributes are cached (60)"},
    {Option::k_echo_keys, "echo-keys", Takes::kNothing, "",
     "show passphrases while they are typed"},
    {Option::k_engine, "engine", Takes::kValue, "host|uml|auto", "which engine serves the disks"},
    {Option::k_file, "file", Takes::kValue, "SCRIPT", "read commands from a file"},
    {Option::k_format, "format", Takes::kOptional, "FORMAT",
     "format of the images that follow (raw, qcow2, ...)"},
    {Option::k_help, "help", Takes::kNothing, "", "show this help"},
    {Option::k_inject_driver, "inject-driver", Takes::kValue, "DIR [INF]",
     "give the Windows guest the drivers of a folder of this machine"},
    {Option::k_inspector, "inspector", Takes::kNothing, "", "launch, inspect and mount the guest"},
    {Option::k_json, "json", Takes::kNothing, "", "print each result as one JSON value"},
    {Option::k_key, "key", Takes::kValue, "SELECTOR",
     "key of an encrypted device: ID:key:KEY, ID:file:FILE or ID:clevis"},
    {Option::k_keys_from_stdin, "keys-from-stdin", Takes::kNothing, "",
     "read passphrases from standard input"},
    {Option::k_listen, "listen", Takes::kNothing, "", "serve commands of --remote"},
    {Option::k_mount, "mount", Takes::kValue, "DEV[:MNT[:OPTS[:FS]]]",
     "launch and mount a file system (on / if not said)"},
    {Option::k_network, "network", Takes::kNothing, "",
     "let programs of the guest use the network"},
    {Option::k_new, "new", Takes::kValue, "[FILE=]TYPE", "make a prepared disk (-N help: list)"},
    {Option::k_no_dest_paths, "no-dest-paths", Takes::kNothing, "",
     "do not complete paths of the guest"},
    {Option::k_no_fork, "no-fork", Takes::kNothing, "", "mount: stay in the foreground"},
    {Option::k_no_progress_bars, "no-progress-bars", Takes::kNothing, "", "no progress bars"},
    {Option::k_no_sync, "no-sync", Takes::kNothing, "", "accepted; disks are always synced"},
    {Option::k_option, "option", Takes::kValue, "OPTION", "mount: an option of FUSE, such as allow_other"},
    {Option::k_pid_file, "pid-file", Takes::kValue, "FILE",
     "mount: write the number of the process that serves the folder"},
    {Option::k_pipe_error, "pipe-error", Takes::kNothing, "",
     "a pipe that does not take all output is a failure"},
    {Option::k_progress_bars, "progress-bars", Takes::kNothing, "",
     "progress bars even without a terminal"},
    {Option::k_reg_list, "reg-list", Takes::kValue, "HIVE KEY",
     "list a key of the guest's registry", 1},
    {Option::k_reg_read, "reg-read", Takes::kValue, "HIVE KEY VALUE",
     "print a value of the guest's registry", 2},
    {Option::k_reg_write, "reg-write", Takes::kValue, "HIVE KEY VALUE TYPE DATA",
     "write a value of the guest's registry", 4},
    {Option::k_remote, "remote", Takes::kOptional, "PID", "send commands to a listening shell"},
    {Option::k_ro, "ro", Takes::kNothing, "", "never change the images"},
    {Option::k_run, "run", Takes::kValue, "LINE", "run a line of script (may be repeated)"},
    {Option::k_rw, "rw", Takes::kNothing, "", "let the images be changed"},
    {Option::k_sbom, "sbom", Takes::kValue, "spdx|cyclonedx",
     "inspect: a bill of materials in JSON"},
    {Option::k_snapshot, "snapshot", Takes::kValue, "NAME",
     "open this snapshot of the image before it, or else of the next"},
    {Option::k_table, "table", Takes::kNothing, "", "inspect: a text to be read by people"},
    {Option::k_verbose, "verbose", Takes::kNothing, "", "tell what the library does"},
    {Option::k_version, "version", Takes::kNothing, "", "show the version"},
    {Option::k_xml, "xml", Takes::kNothing, "", "inspect: XML as virt-inspector writes it"},
    {Option::k_yaml, "yaml", Takes::kNothing, "", "inspect: YAML"},
    {Option::k_trace, "", Takes::kNothing, "", "show each call of the library"},
    {Option::k_long_options, "long-options", Takes::kNothing, "", "list the long options"},
    {Option::k_short_options, "short-options", Takes::kNothing, "", "list the short options"},
    {Option::k_selinux, "selinux", Takes::kNothing, "", "accepted, changes nothing"},
    {Option::k_live, "live", Takes::kNothing, "", ""},
};

std::string option_names(const OptionEntry& entry) {
  std::string text = static_cast<int>(entry.option) < 256
                         ? fmt::format("-{}", static_cast<char>(entry.option))
                         : "  ";
  if (entry.name[0] != '\0') text.append(text[0] == '-' ? ", --" : "  --").append(entry.name);
  if (entry.takes == Takes::kValue) text.append(" ").append(entry.value);
  if (entry.takes == Takes::kOptional) text.append("[=").append(entry.value).append("]");
  return text;
}

}  // namespace

std::span<const OptionEntry> option_table() { return kOptions; }

std::string options_help() {
  std::string text =
      "vmcraft: look into virtual-machine disks and change them\n\n"
      "Usage:\n"
      "  vmcraft [OPTIONS] [COMMAND [ARGUMENTS] [: COMMAND ...]]\n"
      "  vmcraft api --json         print the whole API\n"
      "  vmcraft api --coverage     list which of libguestfs' actions are here\n"
      "  vmcraft guestfs-env CMD... run a program of libguestfs' users on VMCraft\n"
      "  vmcraft inspect IMAGE...   tell all about the guest; --json, --yaml, --xml, --sbom\n"
      "  vmcraft mount -a IMAGE -i FOLDER   show the guest's files under a folder; -m, --ro\n"
      "  vmcraft customize -a IMAGE OPTION...   change a Linux guest; --help lists the options\n"
      "  vmcraft sysprep -a IMAGE   make a guest ready to be cloned; --help lists the options\n"
      "  vmcraft volumes IMAGE...   tell what stands on what on the disks; --json, --key\n"
      "  vmcraft doctor [--json]    tell what the engines can do on this machine\n\n"
      "Options:\n";
  for (const OptionEntry& entry : kOptions)
    if (entry.brief[0] != '\0')
      text += fmt::format("  {:<34} {}\n", option_names(entry), entry.brief);
  return text +
         "\nExamples:\n"
         "  vmcraft --ro -a disk.qcow2 -i\n"
         "  vmcraft --ro -a disk.qcow2 -m /dev/sda1 cat /etc/hostname\n"
         "  vmcraft -a disk.qcow2 --run 'write /etc/motd \"hello\\n\"'\n";
}

std::string long_options() {
  std::string text;
  for (const OptionEntry& entry : kOptions)
    if (entry.name[0] != '\0' && entry.brief[0] != '\0')
      text.append("--").append(entry.name).append(1, '\n');
  return text;
}

std::string short_options() {
  std::string text;
  for (const OptionEntry& entry : kOptions)
    if (static_cast<int>(entry.option) < 256)
      text.append(1, '-').append(1, static_cast<char>(entry.option)).append(1, '\n');
  return text;
}

}  // namespace vmcraft::shell
