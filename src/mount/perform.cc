// SPDX-License-Identifier: LGPL-3.0-or-later
#include "mount/perform.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/helper.h"
#include "base/text.h"
#include "base/trace.h"
#include "mount/drivers.h"

namespace vmcraft::mount {
namespace {

// Options as mount(2) wants them: flags, and what only the file system understands.
struct SplitOptions {
  unsigned long flags = 0;
  std::string data;
};

struct Flag {
  std::string_view name;
  unsigned long set;
  unsigned long clear;
};

// What mount(8) turns into flags; anything else is for the file system.
constexpr std::array kFlags = std::to_array<Flag>({
    {"ro", MS_RDONLY, 0},           {"rw", 0, MS_RDONLY},
    {"nosuid", MS_NOSUID, 0},       {"nodev", MS_NODEV, 0},
    {"noexec", MS_NOEXEC, 0},       {"sync", MS_SYNCHRONOUS, 0},
    {"async", 0, MS_SYNCHRONOUS},   {"dirsync", MS_DIRSYNC, 0},
    {"noatime", MS_NOATIME, 0},     {"atime", 0, MS_NOATIME},
    {"nodiratime", MS_NODIRATIME, 0}, {"diratime", 0, MS_NODIRATIME},
    {"relatime", MS_RELATIME, 0},   {"norelatime", 0, MS_RELATIME},
    {"strictatime", MS_STRICTATIME, 0}, {"lazytime", MS_LAZYTIME, 0},
    {"nolazytime", 0, MS_LAZYTIME}, {"mand", MS_MANDLOCK, 0},
    {"nomand", 0, MS_MANDLOCK},     {"silent", MS_SILENT, 0},
    {"loud", 0, MS_SILENT},
});

SplitOptions split_options(const std::string& options) {
  SplitOptions split;
  for (const std::string& option : base::split(options, ',')) {
    const auto* flag = std::find_if(kFlags.begin(), kFlags.end(),
                                    [&](const Flag& known) { return known.name == option; });
    if (flag != kFlags.end()) split.flags = (split.flags | flag->set) & ~flag->clear;
    else if (!option.empty()) split.data += (split.data.empty() ? "" : ",") + option;
  }
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

/// Another name of a device. Of one named dm-0, ntfs-3g opens what /dev/mapper calls by the name that
/// device-mapper has for it: ours are not there, and must not be.
class OtherName {
 public:
  OtherName(const std::string& node, const std::string& folder) : path_(folder + "/device") {
    base::open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (::mount(node.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) == 0) return;
    const int failure = errno;
    ::unlink(path_.c_str());
    base::throw_errno(node, failure);
  }
  OtherName(const OtherName&) = delete;
  OtherName& operator=(const OtherName&) = delete;
  ~OtherName() {
    ::umount2(path_.c_str(), MNT_DETACH);
    ::unlink(path_.c_str());
  }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// The words that keep the program in the foreground.
std::vector<std::string> command_of(const Driver& driver, const std::string& node,
                                    const std::string& target, const std::string& options) {
  const std::string& program = driver.fs_type;
  if (program == "ntfs-3g") return {program, node, target, "-o", joined("no_detach", options)};
  if (program == "mount.exfat-fuse")
    return {base::own_program("vmcraft-fuse-keeper"), program, node, target, "-o", options};
  if (program != "grub-mount") return {program, node, target, "-f", "-o", options};
  std::vector<std::string> words = {base::own_program("vmcraft-fuse-keeper"), program, "-r", "loop0", node};
  for (const std::string& option : base::split(options, ','))
    if (option.starts_with("device=")) words.push_back(option.substr(option.find('=') + 1));
  words.push_back(target);
  return words;
}

// It has no options for that, and no way to write.
void make_readonly(const std::string& target) {
  constexpr unsigned long kReadonly = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV;
  base::check(::mount(nullptr, target.c_str(), nullptr, kReadonly, nullptr), target);
}

// The program stays in the foreground as our child, so that it ends when we do.
base::ChildProcess mount_by_program(const MountCall& call, const Driver& driver,
                                    const std::string& options) {
  struct stat before {};
  base::check(::stat(call.target.c_str(), &before), call.target);
  std::optional<OtherName> other;
  if (call.node.find("/dm-") != std::string::npos) other.emplace(call.node, call.folder);
  const std::string& node = other ? other->path() : call.node;
  if (!kernel_has("fuse")) kernel_load("fuse");
  auto [read_end, write_end] = base::make_pipe();
  base::SpawnSpec spec;
  spec.argv = command_of(driver, node, call.target,
                         joined(driver.default_options, joined(options, "nosuid,nodev")));
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
  if (driver.fs_type == "grub-mount") make_readonly(call.target);
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
