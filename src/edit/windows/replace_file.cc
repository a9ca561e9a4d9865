// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/windows/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/trace.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

constexpr std::size_t kBlock = 1U << 20U;
constexpr const char* kSuffix = ".vmcraft-new";

// Rights and attributes of NTFS, by ntfs-3g and by the kernel's ntfs3.
constexpr std::array kNtfsAttributes =
    std::to_array<const char*>({"system.ntfs_acl", "system.ntfs_security", "system.ntfs_attrib"});

void copy_attribute(int from, int to, const char* name) {
  const ssize_t size = ::fgetxattr(from, name, nullptr, 0);
  if (size <= 0) return;
  std::vector<char> value(static_cast<std::size_t>(size));
  const ssize_t got = ::fgetxattr(from, name, value.data(), value.size());
  if (got <= 0 || ::fsetxattr(to, name, value.data(), static_cast<std::size_t>(got), 0) < 0)
    base::trace("replace: {}: {}", name, base::errno_text(errno));
}

// Many file systems of Windows have neither owner nor mode; what cannot be kept is traced.
void keep_properties(int directory, const std::string& name, int to) {
  const base::UniqueFd old(mount::open_component(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  struct stat st {};
  if (!old || ::fstat(old.get(), &st) < 0) return;
  if (::fchown(to, st.st_uid, st.st_gid) < 0 || ::fchmod(to, st.st_mode & 07777U) < 0)
    base::trace("replace: {}: {}", name, base::errno_text(errno));
  for (const char* attribute : kNtfsAttributes) copy_attribute(old.get(), to, attribute);
}

/// Removes the new file unless it has taken the name.
class NewFile {
 public:
  NewFile(int directory, const std::string& name, mode_t mode) : directory_(directory), name_(name + kSuffix) {
    ::unlinkat(directory_, name_.c_str(), 0);  // of a run that was killed
    fd_ = base::UniqueFd(base::check(
        mount::open_component(directory_, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), name));
  }
  ~NewFile() {
    if (fd_) ::unlinkat(directory_, name_.c_str(), 0);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  int fd() const noexcept { return fd_.get(); }
  void take_name(const std::string& name) {
    base::check(::fsync(fd_.get()), name);
    base::check(::renameat(directory_, name_.c_str(), directory_, name.c_str()), name);
    fd_.reset();
    if (::fsync(directory_) < 0) base::trace("replace: {}: {}", name, base::errno_text(errno));
  }

 private:
  int directory_;
  std::string name_;
  base::UniqueFd fd_;
};

}  // namespace

void replace_file(const mount::GuestRoot& root, const std::string& path, const std::function<void(int fd)>& fill,
                  mode_t mode) {
  const mount::GuestRoot::Entry entry = root.entry(path);
  const int directory = entry.directory.get();
  struct stat st {};
  const bool exists = ::fstatat(directory, entry.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && !S_ISREG(st.st_mode)) base::throw_invalid(path, "is not a regular file");
  // A descriptor that can only be named by a path cannot be synced.
  const base::UniqueFd folder(
      base::check(mount::open_component(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), path));
  NewFile file(folder.get(), entry.name, mode);
  fill(file.fd());
  if (exists) keep_properties(folder.get(), entry.name, file.fd());
  file.take_name(entry.name);
}

void replace_file(const mount::GuestRoot& root, const std::string& path, std::string_view content) {
  replace_file(root, path, [&](int fd) { base::write_full(fd, base::as_bytes(content)); });
}

void copy_file(const mount::GuestRoot& root, const std::string& from, const std::string& to) {
  const base::UniqueFd source = root.open_regular(from, O_RDONLY);
  replace_file(root, to, [&](int fd) { copy_bytes(source.get(), fd); });
}

std::string spelled(const mount::GuestRoot& root, const std::string& path) {
  std::string found;
  bool exists = true;
  for (const std::string& part : base::split(path, '/')) {
    if (part.empty()) continue;
    const auto known = exists ? inspect::any_case(root, found + "/" + part) : std::nullopt;
    exists = known.has_value();
    found = known ? *known : found + "/" + part;
  }
  return found;
}

std::string make_folder(const mount::GuestRoot& root, const std::string& path) {
  std::string folder;
  const std::string target = spelled(root, path);
  for (const std::string& part : base::split(target, '/')) {
    if (part.empty()) continue;
    folder += "/" + part;
    if (inspect::is_directory(root, folder)) continue;
    const mount::GuestRoot::Entry entry = root.entry(folder);
    base::check(::mkdirat(entry.directory.get(), entry.name.c_str(), 0755), folder);
  }
  return target;
}

void copy_bytes(int from, int to) {
  std::vector<std::byte> block(kBlock);
  std::uint64_t offset = 0;
  while (const std::size_t n = base::pread_full(from, block, offset)) {
    base::write_full(to, std::span<const std::byte>(block).first(n));
    offset += n;
  }
}

}  // namespace vmcraft::edit
