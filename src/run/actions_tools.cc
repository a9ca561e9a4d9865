// SPDX-License-Identifier: LGPL-3.0-or-later
// Programs of the machine that work on the guest's files.
#include <fcntl.h>
#include <sys/stat.h>

#include "actions/run.h"
#include "base/error.h"
#include "handle/file_system.h"
#include "handle/handle.h"
#include "handle/tool.h"
#include "run/labels.h"
#include "run/program.h"

namespace vmcraft {
namespace {

using handle::Handle;
using handle::Tool;
using Texts = std::vector<std::string>;

// rsync.

template <typename Options>
base::Command rsync_command(Handle& h, const Options& options) {
  base::Command command;
  command.argv = {"rsync"};
  if (options.archive.value_or(false)) command.argv.insert(command.argv.end(), {"--archive", "--numeric-ids"});
  if (options.deletedest.value_or(false)) command.argv.emplace_back("--delete");
  command.environment = {"LC_ALL=C", "RSYNC_RSH=ssh -o BatchMode=yes"};
  command.while_running = [&h] { h.check_cancelled(); };
  return command;
}

// It runs where the guest is mounted: rsync reads the link that a name by descriptor is, and that says
// nothing to other mount namespaces. "DIR/" is what the folder holds, "DIR" itself.
void run_rsync(Handle& h, base::Command command,
               const std::function<std::vector<std::string>(const run::GuestPaths&)>& words) {
  const Tool there(h, "rsync");  // its error names the package
  h.root();
  const base::CommandResult result = run::run_beside_guest(h.mounts(), [&](const run::GuestPaths& paths) {
    const Texts places = words(paths);
    command.argv.insert(command.argv.end(), places.begin(), places.end());
    return command;
  });
  base::require_success(command, result);
}

std::string source(const run::GuestPaths& paths, const std::string& path) {
  return path.ends_with('/') ? paths.find(path) + "/" : paths.find_entry(path);
}

std::string destination(Handle& h, const run::GuestPaths& paths, const std::string& path) {
  const auto found = h.root().stat(path);
  if (path.ends_with('/') && !found) return paths.find_entry(path) + "/";
  return found && S_ISDIR(found->st_mode) ? paths.find(path) + "/" : paths.find_entry(path);
}

void check_remote(Handle& h, const std::string& remote) {
  if (remote.find(':') == std::string::npos || remote.starts_with('-'))
    base::throw_invalid(remote, "is not of the form HOST:PATH or rsync://HOST/MODULE/PATH");
  if (!h.settings.network)
    base::throw_not_supported(
        "network", "is not enabled; call set_network before launch, on the host engine, which has one");
}

}  // namespace

void action::rsync(Handle& h, const std::string& src, const std::string& dest,
                   const RsyncOptions& options) {
  run_rsync(h, rsync_command(h, options), [&](const run::GuestPaths& paths) {
    return Texts{source(paths, src), destination(h, paths, dest)};
  });
}

void action::rsync_in(Handle& h, const std::string& remote, const std::string& dest,
                      const RsyncInOptions& options) {
  check_remote(h, remote);
  run_rsync(h, rsync_command(h, options), [&](const run::GuestPaths& paths) {
    return Texts{remote, destination(h, paths, dest)};
  });
}

void action::rsync_out(Handle& h, const std::string& src, const std::string& remote,
                       const RsyncOutOptions& options) {
  check_remote(h, remote);
  run_rsync(h, rsync_command(h, options),
            [&](const run::GuestPaths& paths) { return Texts{source(paths, src), remote}; });
}

// SELinux.

std::string action::getcon(Handle& h) {
  run::require_selinux("context");
  return h.programs.context.empty() ? run::own_context() : h.programs.context;
}

void action::setcon(Handle& h, const std::string& context) {
  run::require_selinux(context);
  run::check_context(context);
  h.programs.context = context;
}

void action::selinux_relabel(Handle& h, const std::string& specfile, const std::string& path,
                             const SelinuxRelabelOptions& options) {
  SetfilesOptions all;
  all.force = options.force;
  setfiles(h, specfile, {path}, all);
}

void action::setfiles(Handle& h, const std::string& specfile, const Texts& paths,
                      const SetfilesOptions& options) {
  h.root();
  const Tool there(h, "setfiles");  // its error names the package
  run::label_files(h.mounts(),
                   {specfile, paths, options.excludes.value_or(Texts{}), options.force.value_or(false)},
                   [&h] { h.check_cancelled(); });
}

// Boot loaders.

void action::extlinux(Handle& h, const std::string& directory) {
  const Tool there(h, "extlinux");
  const base::UniqueFd folder = h.root().open_directory(directory);
  // It opens its files by name, and would follow a link of the guest's.
  for (const char* name : {"ldlinux.sys", "ldlinux.c32"}) {
    struct stat st {};
    if (::fstatat(folder.get(), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
      base::throw_invalid(directory + "/" + name, "is not a regular file");
  }
  const handle::Device device = handle::device_below(h, folder.get(), directory);
  const auto node = h.devices().node(device, true);
  const base::CommandResult result = run::run_beside_guest(h.mounts(), [&](const run::GuestPaths& paths) {
    base::Command command;
    command.argv = {"extlinux", "--install", "--device=" + node->path(), paths.find(directory)};
    return command;
  });
  h.devices().wrote(device);
  base::require_success({.argv = {"extlinux"}, .input = {}, .environment = {}}, result);
}

void action::syslinux(Handle& h, const std::string& device, const SyslinuxOptions& options) {
  Tool tool(h, "syslinux");
  tool.args("--install", "--force");
  if (options.directory) tool.args("--directory", *options.directory);
  tool.writes(device).run();
}

void action::grub_install(Handle& h, const std::string& root, const std::string& device) {
  h.root().open_directory(root);
  h.devices().find(device);
  const auto program = base::find_program("grub-install");
  const std::string version =
      program ? base::system_runner().run({.argv = {*program, "--version"}, .input = {}, .environment = {}}).out
              : "";
  if (version.find("GRUB 0.") == std::string::npos && version.find("0.97") == std::string::npos)
    base::throw_not_supported("grub-install",
                              "GRUB 1 is not installed here; it is in the package grub-legacy, and GRUB 2 is "
                              "installed by the guest's own grub-install");
  const auto node = h.devices().node(h.devices().find(device), true);
  const base::CommandResult result = run::run_beside_guest(h.mounts(), [&](const run::GuestPaths& paths) {
    base::Command command;
    command.argv = {*program, "--root-directory=" + paths.find(root), node->path()};
    return command;
  });
  base::require_success({.argv = {"grub-install"}, .input = {}, .environment = {}}, result);
}

}  // namespace vmcraft
