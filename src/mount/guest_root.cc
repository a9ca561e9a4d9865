// SPDX-License-Identifier: LGPL-3.0-or-later
#include "mount/guest_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

namespace vmcraft::mount {
namespace {

int resolve_and_open(int directory, const char* path, int flags, mode_t mode, std::uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  // openat2 refuses a mode where nothing can be created.
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? (mode & 07777U) : 0U;
  how.resolve = resolve;
  // EAGAIN: a rename raced with "..", which the kernel will not judge; asking again is the remedy.
  constexpr int kAttempts = 1000;
  long fd = -1;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    fd = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (fd >= 0 || (errno != EINTR && errno != EAGAIN)) break;
  }
  return static_cast<int>(fd);
}

bool is_absence(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

}  // namespace

int open_in_root(int root, const char* path, int flags, mode_t mode) noexcept {
  return resolve_and_open(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int open_component(int directory, const char* name, int flags, mode_t mode) noexcept {
  return resolve_and_open(directory, name, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

base::UniqueFd GuestRoot::open(const std::string& path, int flags, mode_t mode) const {
  const int waitless = (flags & O_PATH) != 0 ? flags : flags | O_NOCTTY | O_NONBLOCK;
  const int fd = open_in_root(root_.get(), path.c_str(), waitless, mode);
  return base::UniqueFd(base::check(fd, path));
}

std::optional<base::UniqueFd> GuestRoot::try_open(const std::string& path, int flags) const {
  const int waitless = (flags & O_PATH) != 0 ? flags : flags | O_NOCTTY | O_NONBLOCK;
  const int fd = open_in_root(root_.get(), path.c_str(), waitless);
  if (fd < 0 && is_absence(errno)) return std::nullopt;
  return base::UniqueFd(base::check(fd, path));
}

base::UniqueFd GuestRoot::open_regular(const std::string& path, int flags, mode_t mode) const {
  base::UniqueFd file = open(path, flags, mode);
  struct stat st {};
  base::check(::fstat(file.get(), &st), path);
  if (S_ISDIR(st.st_mode)) base::throw_errno(path, EISDIR);
  if (!S_ISREG(st.st_mode)) base::throw_invalid(path, "not a regular file");
  return file;
}

base::UniqueFd GuestRoot::open_directory(const std::string& path) const {
  return open(path, O_RDONLY | O_DIRECTORY);
}

GuestRoot::Entry GuestRoot::entry(const std::string& path) const {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return {open("/", O_PATH | O_DIRECTORY), "."};
  const std::size_t slash = path.find_last_of('/', end);
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  std::string name = path.substr(start, end + 1 - start);
  const std::string parent = slash == std::string::npos ? "/" : path.substr(0, slash + 1);
  // A trailing ".." is resolved like any directory; it has no entry of its own to act on.
  if (name == "..") return {open(path, O_PATH | O_DIRECTORY), "."};
  return {open(parent, O_PATH | O_DIRECTORY), std::move(name)};
}

std::optional<struct stat> GuestRoot::stat(const std::string& path) const {
  const std::optional<base::UniqueFd> file = try_open(path, O_PATH);
  if (!file) return std::nullopt;
  struct stat st {};
  base::check(::fstat(file->get(), &st), path);
  return st;
}

std::optional<struct stat> GuestRoot::lstat(const std::string& path) const {
  const std::optional<base::UniqueFd> file = try_open(path, O_PATH | O_NOFOLLOW);
  if (!file) return std::nullopt;
  struct stat st {};
  base::check(::fstat(file->get(), &st), path);
  return st;
}

}  // namespace vmcraft::mount
