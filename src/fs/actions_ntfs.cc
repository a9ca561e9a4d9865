// SPDX-License-Identifier: LGPL-3.0-or-later
#include <fmt/format.h>
#include <sys/wait.h>

#include "actions/fs.h"
#include "base/error.h"
#include "fs/words.h"
#include "handle/mounting.h"
#include "handle/tool.h"

namespace vmcraft {

using handle::Handle;
using handle::Tool;

int action::ntfs_3g_probe(Handle& h, bool rw, const std::string& device) {
  Tool tool(h, "ntfs-3g.probe");
  tool.args(rw ? "--readwrite" : "--readonly");
  const base::CommandResult result =
      rw ? tool.writes(device).attempt() : tool.reads(device).attempt();
  if (!WIFEXITED(result.status))
    base::require_success({.argv = {"ntfs-3g.probe"}, .input = {}, .environment = {}}, result);
  return WEXITSTATUS(result.status);
}

void action::ntfs_chmod(Handle& h, const std::string& device, int mode, const std::string& path,
                        const NtfsChmodOptions& options) {
  if (mode < 0 || mode > 0777) base::throw_invalid("mode", "must be from 0 to 0777");
  Tool tool(h, "ntfssecaudit");
  if (options.recursive.value_or(false)) tool.args("-r");
  tool.writes(device).args(fmt::format("{:03o}", mode), path).run();
}

void action::ntfscat_i(Handle& h, const std::string& device, std::int64_t inode,
                       base::ByteSink& filename) {
  Tool(h, "ntfscat")
      .args("-f", "-i", fs::Words::not_negative("inode", inode))
      .reads(handle::split_mountable(device).first)
      .to(filename)
      .run();
}

void action::ntfsclone_out(Handle& h, const std::string& device, base::ByteSink& backupfile,
                           const NtfscloneOutOptions& options) {
  fs::Words words{"ntfsclone", "--quiet", "--save-image", "--output", "-"};
  words.flag("--metadata", options.metadataonly);
  words.flag("--rescue", options.rescue);
  words.flag("--ignore-fs-check", options.ignorefscheck);
  words.flag("--preserve-timestamps", options.preservetimestamps);
  words.flag("--force", options.force);
  Tool(h, words.take()).reads(device).to(backupfile).run();
}

void action::ntfsclone_in(Handle& h, base::ByteSource& backupfile, const std::string& device) {
  Tool(h, "ntfsclone")
      .args("--quiet", "--restore-image", "--overwrite")
      .writes(device)
      .args("-")
      .from(backupfile)
      .run();
}

void action::ntfsfix(Handle& h, const std::string& device, const NtfsfixOptions& options) {
  Tool tool(h, "ntfsfix");
  if (options.clearbadsectors.value_or(false)) tool.args("--clear-bad-sectors");
  tool.writes(device).run();
}

void action::ntfsresize(Handle& h, const std::string& device, const NtfsresizeOptions& options) {
  fs::Words words{"ntfsresize", "-P"};
  words.flag("--force", options.force);
  words.number("--size", "size", options.size);
  // Without force the program asks, and still refuses what was not unmounted.
  Tool(h, words.take()).writes(device).input("y\n").run();
}

void action::ntfsresize_size(Handle& h, const std::string& device, std::int64_t size) {
  NtfsresizeOptions options;
  options.size = size;
  ntfsresize(h, device, options);
}

}  // namespace vmcraft
