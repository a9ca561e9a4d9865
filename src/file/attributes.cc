// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/attributes.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "file/create.h"
#include "file/proc_path.h"
#include "file/xattr.h"

namespace vmcraft::file {
namespace {

void check_error(int error, const std::string& object) {
  if (error != 0) base::throw_errno(object, error);
}

}  // namespace

int set_mode(int file, mode_t mode) noexcept {
  return ::chmod(proc_path(file).c_str(), mode) == 0 ? 0 : errno;
}

int set_owner(int file, uid_t owner, gid_t group) noexcept {
  return ::fchownat(file, "", owner, group, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

int set_times(int file, timespec access, timespec modification) noexcept {
  const std::array<timespec, 2> times{access, modification};
  return ::utimensat(AT_FDCWD, proc_path(file).c_str(), times.data(), 0) == 0 ? 0 : errno;
}

void change_mode(const mount::GuestRoot& root, const std::string& path, int mode) {
  const mode_t wanted = checked_mode(mode);
  const base::UniqueFd node = root.open(path, O_PATH);
  check_error(set_mode(node.get(), wanted), path);
}

void change_owner(const mount::GuestRoot& root, const std::string& path, int owner, int group,
                  Links links) {
  if (owner < -1 || group < -1) base::throw_invalid(path, "owner and group must not be negative");
  const base::UniqueFd node =
      root.open(path, links == Links::follow ? O_PATH : O_PATH | O_NOFOLLOW);
  check_error(set_owner(node.get(), static_cast<uid_t>(owner), static_cast<gid_t>(group)), path);
}

timespec time_argument(std::int64_t seconds, std::int64_t nanoseconds) {
  if (nanoseconds == -1) return {0, UTIME_NOW};
  if (nanoseconds == -2) return {0, UTIME_OMIT};
  if (nanoseconds < 0 || nanoseconds > 999'999'999)
    base::throw_invalid("nanoseconds", "outside 0 to 999999999");
  return {seconds, nanoseconds};
}

void change_times(const mount::GuestRoot& root, const std::string& path, timespec access,
                  timespec modification, Links links) {
  const base::UniqueFd node =
      root.open(path, links == Links::follow ? O_PATH : O_PATH | O_NOFOLLOW);
  check_error(set_times(node.get(), access, modification), path);
}

int change_umask(Session& session, int mask) {
  const mode_t wanted = checked_mode(mask, 0777);
  return static_cast<int>(std::exchange(session.umask, wanted));
}

void copy_attributes(const mount::GuestRoot& root, const std::string& from, const std::string& to,
                     const AttributeSet& which) {
  const base::UniqueFd source = root.open(from, O_PATH);
  const base::UniqueFd target = root.open(to, O_PATH);
  struct stat st {};
  base::check(::fstat(source.get(), &st), from);
  // Changing the owner takes set-id bits away: the mode comes after it.
  if (which.owner) check_error(set_owner(target.get(), st.st_uid, st.st_gid), to);
  if (which.mode) check_error(set_mode(target.get(), st.st_mode & 07777U), to);
  if (which.xattrs) copy_xattrs(source.get(), target.get());
}

}  // namespace vmcraft::file
