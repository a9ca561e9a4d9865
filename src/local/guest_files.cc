// SPDX-License-Identifier: LGPL-3.0-or-later
#include "local/guest_files.h"

#include <sys/sysmacros.h>

#include <mutex>

#include "api/guest_call.h"
#include "base/error.h"

namespace vmcraft::local {
namespace {

constexpr mode_t kPermissions = 07777;

struct stat native(const Statns& from) {
  struct stat st {};
  st.st_dev = static_cast<dev_t>(from.st_dev);
  st.st_ino = static_cast<ino_t>(from.st_ino);
  st.st_mode = static_cast<mode_t>(from.st_mode);
  st.st_nlink = static_cast<nlink_t>(from.st_nlink);
  st.st_uid = static_cast<uid_t>(from.st_uid);
  st.st_gid = static_cast<gid_t>(from.st_gid);
  st.st_rdev = static_cast<dev_t>(from.st_rdev);
  st.st_size = from.st_size;
  st.st_blksize = from.st_blksize;
  st.st_blocks = from.st_blocks;
  st.st_atim = {from.st_atime_sec, from.st_atime_nsec};
  st.st_mtim = {from.st_mtime_sec, from.st_mtime_nsec};
  st.st_ctim = {from.st_ctime_sec, from.st_ctime_nsec};
  return st;
}

// As utimens takes the nanoseconds.
std::int64_t nanoseconds(const timespec& time) {
  if (time.tv_nsec == UTIME_NOW) return -1;
  if (time.tv_nsec == UTIME_OMIT) return -2;
  return time.tv_nsec;
}

}  // namespace

template <typename... Args>
std::string GuestFiles::call(std::string_view action, const Args&... args) const {
  const std::lock_guard lock(handle_.mutex());
  if (handle_.phase() != handle::Phase::launched) base::throw_errno("handle", ENODEV);
  return api::call_guest(handle_, action, {}, args...);
}

template <typename Ret, typename... Args>
Ret GuestFiles::ask(std::string_view action, const Args&... args) const {
  const std::string reply = call(action, args...);
  return rpc::Reader(reply).get<Ret>();
}

struct stat GuestFiles::status(const std::string& path) const {
  return native(ask<Statns>("lstatns", path));
}

std::vector<Entry> GuestFiles::list(const std::string& directory) const {
  std::vector<std::string> names;
  for (Dirent& entry : ask<std::vector<Dirent>>("readdir", directory))
    names.push_back(std::move(entry.name));
  const auto facts = ask<std::vector<Statns>>("lstatnslist", directory, names);
  std::vector<Entry> entries;
  // A name that has gone meanwhile has the inode number -1.
  for (std::size_t i = 0; i < names.size() && i < facts.size(); ++i)
    if (facts[i].st_ino != -1) entries.push_back({std::move(names[i]), native(facts[i])});
  return entries;
}

std::string GuestFiles::link_text(const std::string& path) const {
  return ask<std::string>("readlink", path);
}

std::string GuestFiles::read(const std::string& path, std::size_t size_bytes, off_t offset) const {
  return ask<std::string>("pread", path, static_cast<int>(size_bytes), std::int64_t{offset});
}

std::size_t GuestFiles::write(const std::string& path, std::string_view data, off_t offset) const {
  return static_cast<std::size_t>(ask<int>("pwrite", path, data, std::int64_t{offset}));
}

struct statvfs GuestFiles::space(const std::string& path) const {
  const auto from = ask<Statvfs>("statvfs", path);
  struct statvfs st {};
  st.f_bsize = static_cast<unsigned long>(from.bsize);
  st.f_frsize = static_cast<unsigned long>(from.frsize);
  st.f_blocks = static_cast<fsblkcnt_t>(from.blocks);
  st.f_bfree = static_cast<fsblkcnt_t>(from.bfree);
  st.f_bavail = static_cast<fsblkcnt_t>(from.bavail);
  st.f_files = static_cast<fsfilcnt_t>(from.files);
  st.f_ffree = static_cast<fsfilcnt_t>(from.ffree);
  st.f_favail = static_cast<fsfilcnt_t>(from.favail);
  st.f_namemax = static_cast<unsigned long>(from.namemax);
  return st;
}

void GuestFiles::make_node(const std::string& path, mode_t mode, dev_t number) const {
  call("mknod", static_cast<int>(mode), static_cast<int>(major(number)),
       static_cast<int>(minor(number)), path);
  change_mode(path, mode);
}

void GuestFiles::make_directory(const std::string& path, mode_t mode) const {
  call("mkdir_mode", path, static_cast<int>(mode & kPermissions));
  // A group that is inherited stays inherited.
  change_mode(path, mode | (status(path).st_mode & S_ISGID));
}

void GuestFiles::make_link(const std::string& target, const std::string& path) const {
  call("ln", target, path);
}
void GuestFiles::make_symlink(const std::string& text, const std::string& path) const {
  call("ln_s", text, path);
}
void GuestFiles::remove(const std::string& path) const { call("rm", path); }
void GuestFiles::remove_directory(const std::string& path) const { call("rmdir", path); }
void GuestFiles::rename(const std::string& from, const std::string& to) const {
  call("rename", from, to);
}

void GuestFiles::change_mode(const std::string& path, mode_t mode) const {
  call("chmod", static_cast<int>(mode & kPermissions), path);
}
void GuestFiles::change_owner(const std::string& path, uid_t owner, gid_t group) const {
  call("lchown", static_cast<int>(owner), static_cast<int>(group), path);
}
void GuestFiles::truncate(const std::string& path, off_t size_bytes) const {
  call("truncate_size", path, std::int64_t{size_bytes});
}
void GuestFiles::change_times(const std::string& path, const std::array<timespec, 2>& times) const {
  call("lutimens", path, std::int64_t{times[0].tv_sec}, nanoseconds(times[0]),
       std::int64_t{times[1].tv_sec}, nanoseconds(times[1]));
}
void GuestFiles::sync() const { call("sync"); }

std::string GuestFiles::attribute(const std::string& path, const std::string& name) const {
  return ask<std::string>("lgetxattr", path, name);
}

std::vector<std::string> GuestFiles::attribute_names(const std::string& path) const {
  std::vector<std::string> names;
  for (Xattr& attribute : ask<std::vector<Xattr>>("lgetxattrs", path))
    names.push_back(std::move(attribute.attrname));
  return names;
}

void GuestFiles::set_attribute(const std::string& path, const std::string& name,
                               std::string_view value) const {
  call("lsetxattr", name, value, static_cast<int>(value.size()), path);
}
void GuestFiles::remove_attribute(const std::string& path, const std::string& name) const {
  call("lremovexattr", name, path);
}

}  // namespace vmcraft::local
