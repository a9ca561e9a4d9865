// SPDX-License-Identifier: LGPL-3.0-or-later
#include "edit/linux/guest_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/trace.h"
#include "file/path.h"
#include "inspect/files.h"

namespace vmcraft::edit {
namespace {

using mount::GuestRoot;

constexpr const char* kSuffix = ".vmcraft-new";

// Extended attributes are all kept or the old file stays: a shadow file without its label locks everybody out.
void copy_attributes(int from, int to, const std::string& path) {
  std::vector<char> names(1U << 16U);
  const ssize_t size = ::flistxattr(from, names.data(), names.size());
  if (size < 0 && errno == ENOTSUP) return;
  base::check(size, path);
  std::vector<char> value(1U << 16U);
  for (const char* name = names.data(); name < names.data() + size; name += std::string_view(name).size() + 1) {
    const ssize_t length = base::check(::fgetxattr(from, name, value.data(), value.size()), path);
    base::check(::fsetxattr(to, name, value.data(), static_cast<std::size_t>(length), 0), path + ": " + name);
  }
}

void keep_properties(int directory, const std::string& name, int to, const std::string& path) {
  const base::UniqueFd old(
      base::check(mount::open_component(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), path));
  struct stat st {};
  base::check(::fstat(old.get(), &st), path);
  base::check(::fchown(to, st.st_uid, st.st_gid), path);
  base::check(::fchmod(to, st.st_mode & 07777U), path);
  copy_attributes(old.get(), to, path);
}

/// A new file or link, which is removed unless it takes the name.
class Fresh {
 public:
  Fresh(int directory, const std::string& name) : directory_(directory), name_(name + kSuffix) {
    ::unlinkat(directory_, name_.c_str(), 0);  // of a run that was killed
  }
  ~Fresh() {
    if (!taken_) ::unlinkat(directory_, name_.c_str(), 0);
  }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;
  const char* name() const noexcept { return name_.c_str(); }
  void take(const std::string& name, const std::string& path) {
    base::check(::renameat(directory_, name_.c_str(), directory_, name.c_str()), path);
    taken_ = true;
    if (::fsync(directory_) < 0) base::trace("replace: {}: {}", path, base::errno_text(errno));
  }

 private:
  int directory_;
  std::string name_;
  bool taken_ = false;
};

// One that can be synced; GuestRoot's can only be gone through.
base::UniqueFd folder_of(const GuestRoot::Entry& entry, const std::string& path) {
  return base::UniqueFd(
      base::check(mount::open_component(entry.directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), path));
}

}  // namespace

std::optional<std::string> read_guest_text(const GuestRoot& root, const std::string& path) {
  if (!root.stat(path)) return std::nullopt;
  const base::UniqueFd file = root.open_regular(path, O_RDONLY);
  return base::read_text_fd(file.get(), path);
}

bool write_guest_text(const GuestRoot& root, const std::string& asked, std::string_view content,
                      const NewFileOwner& owner, LastLink link) {
  auto before = root.lstat(asked);
  std::string path = asked;
  if (before && S_ISLNK(before->st_mode) && link == LastLink::followed) {
    path = file::real_path(root, asked);
    before = root.lstat(path);
  }
  if (before && !S_ISREG(before->st_mode) && !S_ISLNK(before->st_mode))
    base::throw_invalid(path, "is not a regular file");
  const bool keeps = before && S_ISREG(before->st_mode);
  if (keeps && read_guest_text(root, path) == content) return false;
  const GuestRoot::Entry entry = root.entry(path);
  const base::UniqueFd folder = folder_of(entry, path);
  Fresh fresh(folder.get(), entry.name);
  const base::UniqueFd file(base::check(
      mount::open_component(folder.get(), fresh.name(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), path));
  base::write_full(file.get(), base::as_bytes(content));
  if (keeps) {
    keep_properties(folder.get(), entry.name, file.get(), path);
  } else {
    base::check(::fchown(file.get(), owner.uid, owner.gid), path);
    base::check(::fchmod(file.get(), owner.mode), path);
  }
  base::check(::fsync(file.get()), path);
  fresh.take(entry.name, path);
  return true;
}

bool write_guest_link(const GuestRoot& root, const std::string& path, const std::string& target) {
  if (inspect::link_target(root, path) == target) return false;
  const GuestRoot::Entry entry = root.entry(path);
  const base::UniqueFd folder = folder_of(entry, path);
  Fresh fresh(folder.get(), entry.name);
  base::check(::symlinkat(target.c_str(), folder.get(), fresh.name()), path);
  fresh.take(entry.name, path);
  return true;
}

void make_guest_folder(const GuestRoot& root, const std::string& path, mode_t mode) {
  std::string folder;
  for (const std::string& part : base::split(path, '/')) {
    if (part.empty()) continue;
    folder += "/" + part;
    if (inspect::is_directory(root, folder)) continue;
    const GuestRoot::Entry entry = root.entry(folder);
    base::check(::mkdirat(entry.directory.get(), entry.name.c_str(), mode), folder);
    const base::UniqueFd made(base::check(
        mount::open_component(entry.directory.get(), entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
        folder));
    base::check(::fchmod(made.get(), mode), folder);
  }
}

bool remove_guest_file(const GuestRoot& root, const std::string& path) {
  if (!root.lstat(path)) return false;
  const GuestRoot::Entry entry = root.entry(path);
  base::check(::unlinkat(entry.directory.get(), entry.name.c_str(), 0), path);
  return true;
}

}  // namespace vmcraft::edit
