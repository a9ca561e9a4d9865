// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <span>

namespace vmcraft::shell {

enum class Option : int {
  k_add = 'a',
  k_connect = 'c',
  k_domain = 'd',
  k_no_dest_paths = 'D',
  k_file = 'f',
  k_cmd_help = 'h',
  k_inspector = 'i',
  k_mount = 'm',
  k_no_sync = 'n',
  k_new = 'N',
  k_option = 'o',
  k_ro = 'r',
  k_verbose = 'v',
  k_version = 'V',
  k_rw = 'w',
  k_trace = 'x',
  k_blocksize = 256,
  k_csh,
  k_dir_cache_timeout,
  k_echo_keys,
  k_engine,
  k_format,
  k_help,
  k_inject_driver,
  k_json,
  k_key,
  k_keys_from_stdin,
  k_listen,
  k_live,
  k_long_options,
  k_network,
  k_no_fork,
  k_no_progress_bars,
  k_pid_file,
  k_pipe_error,
  k_progress_bars,
  k_reg_list,
  k_reg_read,
  k_reg_write,
  k_remote,
  k_run,
  k_sbom,
  k_selinux,
  k_short_options,
  k_snapshot,
  k_table,
  k_xml,
  k_yaml,
};

enum class Takes { kNothing, kValue, kOptional };

struct OptionEntry {
  Option option;
  const char* name;  ///< without the dashes; empty where there is only a letter
  Takes takes;
  const char* value;  ///< how --help names the value
  const char* brief;  ///< empty: not shown by --help
  int more_words = 0;  ///< that follow the value, each a word of its own
};

/// In the order of --help.
std::span<const OptionEntry> option_table();

}  // namespace vmcraft::shell
