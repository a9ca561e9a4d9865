// SPDX-License-Identifier: LGPL-3.0-or-later
#include "mount/perform.h"

#include <fcntl.h>
#include <libmount/libmount.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"
#include "mount/drivers.h"

namespace vmcraft::mount {
namespace {

struct FreeDeleter {
  void operator()(char* text) const noexcept { std::free(text); }
};
using MallocedText = std::unique_ptr<char, FreeDeleter>;

// Options as mount(2) wants them: flags, and what only the file system understands.
struct SplitOptions {
  unsigned long flags = 0;
  std::string data;
};

SplitOptions split_options(const std::string& options) {
  char* vfs = nullptr;
  char* data = nullptr;
  if (mnt_split_optstr(options.c_str(), nullptr, &vfs, &data, 0, 0) != 0)
    base::throw_invalid(options, "not a list of mount options");
  const MallocedText vfs_owner(vfs);
  const MallocedText data_owner(data);
  SplitOptions split;
  if (vfs != nullptr &&
      mnt_optstr_get_flags(vfs, &split.flags, mnt_get_builtin_optmap(MNT_LINUX_MAP)) != 0)
    base::throw_invalid(options, "not a list of mount options");
  if (data != nullptr) split.data = data;
  return split;
}

std::string joined(const std::string& first, const std::string& second) {
  return first.empty() ? second : second.empty() ? first : first + "," + second;
}

// What fstab and mount(8) understand and the kernel does not.
std::string without_user_space_options(const std::string& options) {
  std::vector<std::string> kept;
  for (const std::string& option : base::split(options, ',')) {
    const bool ours = option == "defaults" || option == "auto" || option == "noauto" ||
                      option == "user" || option == "users" || option == "nouser" ||
                      option == "nofail" || option == "_netdev" || option.starts_with("x-") ||
                      option.starts_with("comment=") || option == "loop" || option == "exec" ||
                      option == "suid" || option == "dev";
    if (!ours && !option.empty()) kept.push_back(option);
  }
  return base::join(kept, ",");
}

void mount_in_kernel(const MountCall& call, const Driver& driver, const std::string& options) {
  const SplitOptions split = split_options(joined(driver.default_options, options));
  const unsigned long flags = split.flags | MS_NOSUID | MS_NODEV;
  base::trace("mount: {} on {} type {} flags {:#x} data '{}'", call.node, call.target,
              driver.fs_type, flags, split.data);
  if (::mount(call.node.c_str(), call.target.c_str(), driver.fs_type.c_str(), flags,
              split.data.c_str()) < 0)
    base::throw_errno(driver.fs_type);
}

bool same_mount(const std::string& target, dev_t device) {
  struct stat st {};
  return ::stat(target.c_str(), &st) != 0 || st.st_dev == device;
}

// The program stays in the foreground as our child, so that it ends when we do.
base::ChildProcess mount_by_program(const MountCall& call, const Driver& driver,
                                    const std::string& options) {
  struct stat before {};
  base::check(::stat(call.target.c_str(), &before), call.target);
  auto [read_end, write_end] = base::make_pipe();
  base::SpawnSpec spec;
  spec.argv = {driver.fs_type, call.node, call.target, "-f", "-o",
               joined(driver.default_options, joined(options, "nosuid,nodev"))};
  if (driver.fs_type == "ntfs-3g")
    spec.argv = {driver.fs_type, call.node, call.target, "-o",
                 joined("no_detach,nosuid,nodev", options)};
  spec.descriptors = {{write_end.get(), 1}, {write_end.get(), 2}};
  spec.die_with_parent = true;
  base::ChildProcess child(spec);
  write_end.reset();
  while (same_mount(call.target, before.st_dev)) {
    pollfd watched{read_end.get(), POLLIN, 0};
    ::poll(&watched, 1, 2);
    if ((watched.revents & POLLHUP) == 0) continue;
    std::string said = base::read_text_fd(read_end.get(), driver.fs_type);
    const int status = child.wait();
    said = std::string(base::trim(said));
    throw CommandError(driver.fs_type + ": " + (said.empty() ? base::describe_status(status) : said),
                       spec.argv, status, said);
  }
  return child;
}

bool readonly_wanted(const std::string& options) {
  bool readonly = false;
  for (const std::string& option : base::split(options, ',')) {
    if (option == "ro") readonly = true;
    if (option == "rw") readonly = false;
  }
  return readonly;
}

}  // namespace

base::ChildProcess perform_mount(const MountCall& call) {
  const std::string wanted = without_user_space_options(call.options);
  const std::vector<Driver> drivers = drivers_for(call.fs_type);
  for (const Driver& driver : drivers) {
    const std::string options =
        readonly_wanted(wanted) ? joined(wanted, driver.readonly_options) : wanted;
    try {
      if (driver.fuse) return mount_by_program(call, driver, options);
      mount_in_kernel(call, driver, options);
      return {};
    } catch (const Error& failure) {
      base::trace("mount: {}: {}", call.node, failure.what());
      if (&driver == &drivers.back()) throw;
    }
  }
  base::throw_not_supported(call.fs_type, "no driver");
}

}  // namespace vmcraft::mount
