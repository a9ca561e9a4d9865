// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/private_folder.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "uml/keeper.h"

namespace vmcraft::uml {
namespace {

bool write_file(const char* path, const std::string& text) {
  const base::UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

int configure(int fs, unsigned command, const char* key, const char* value) {
  return static_cast<int>(::syscall(SYS_fsconfig, fs, command, key, value, 0));
}

// A tmpfs attached nowhere, as kFolderFd.
bool mount_nameless(std::uint64_t room_bytes) {
  const base::UniqueFd fs(static_cast<int>(::syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)));
  if (!fs) return false;
  if (configure(fs.get(), FSCONFIG_SET_STRING, "mode", "0700") < 0) return false;
  const std::string size = std::to_string(room_bytes);
  if (configure(fs.get(), FSCONFIG_SET_STRING, "size", size.c_str()) < 0) return false;
  // Whole pages of 2 MiB where there are such: the guest's memory comes and goes faster.
  configure(fs.get(), FSCONFIG_SET_STRING, "huge", "within_size");
  if (configure(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr) < 0) return false;
  const base::UniqueFd mount(static_cast<int>(
      ::syscall(SYS_fsmount, fs.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)));
  return mount && ::dup3(mount.get(), kFolderFd, O_CLOEXEC) == kFolderFd;
}

// A mount namespace is needed to make the mount, not to use it, and would pin the host's mounts:
// a child that shares our descriptors enters one, and ends.
bool mount_by_child(std::uint64_t room_bytes) {
  const auto pid = static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid == 0) ::_exit(::unshare(CLONE_NEWNS) == 0 && mount_nameless(room_bytes) ? 0 : 1);
  int status = 1;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return pid > 0 && status == 0;
}

// Why the place will not do, or nothing.
std::string unfit(const std::string& place, std::uint64_t room_bytes) {
  struct statvfs found {};
  if (::statvfs(place.c_str(), &found) < 0) return base::errno_text(errno);
  if (::access(place.c_str(), W_OK | X_OK) < 0) return base::errno_text(errno);
  if ((found.f_flag & ST_NOEXEC) != 0) return "mounted noexec";
  const std::uint64_t room = std::uint64_t{found.f_bavail} * found.f_frsize;
  if (room < room_bytes)
    return std::to_string(room >> 20U) + " MiB free, " + std::to_string(room_bytes >> 20U) +
           " MiB needed";
  return {};
}

}  // namespace

bool enter_user_namespace() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER) < 0) return false;
  write_file("/proc/self/setgroups", "deny");
  return write_file("/proc/self/uid_map", user + " " + user + " 1") &&
         write_file("/proc/self/gid_map", group + " " + group + " 1");
}

PrivateFolder::PrivateFolder(const std::string& preferred, std::uint64_t room_bytes) {
  if (!make_mount(room_bytes)) make_directory(preferred, room_bytes);
}

bool PrivateFolder::make_mount(std::uint64_t room_bytes) {
  if (!mount_by_child(room_bytes)) return false;
  mount_.reset(kFolderFd);
  path_ = "/proc/self/fd/" + std::to_string(kFolderFd);
  return true;
}

void PrivateFolder::make_directory(const std::string& preferred, std::uint64_t room_bytes) {
  const char* from_environment = std::getenv("TMPDIR");
  std::string reasons;
  for (const std::string& place :
       {preferred, std::string(from_environment != nullptr ? from_environment : ""),
        std::string("/dev/shm"), std::string("/tmp"), std::string("/var/tmp")}) {
    if (place.empty()) continue;
    const std::string reason = unfit(place, room_bytes);
    path_ = place + "/vmcraft-XXXXXX";
    if (reason.empty() && ::mkdtemp(path_.data()) != nullptr) return;
    reasons += (reasons.empty() ? "" : "; ") + place + ": " +
               (reason.empty() ? base::errno_text(errno) : reason);
  }
  path_.clear();
  throw Error(ErrorCode::not_supported, ENOSPC, "no place for the engine's memory: " + reasons);
}

void PrivateFolder::remove() noexcept {
  if (!named() || path_.empty()) return;
  std::error_code ignored;  // the other process of the keeper removes it too
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace vmcraft::uml
