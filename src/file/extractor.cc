// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/extractor.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "file/attributes.h"
#include "file/compress.h"
#include "file/region.h"
#include "file/walk.h"
#include "file/xattr.h"

namespace vmcraft::file {
namespace {

bool leads_away(const std::string& target) {
  if (target.starts_with('/')) return true;
  for (const std::string& part : base::split(target, '/'))
    if (part == "..") return true;
  return false;
}

// FAT and its like have no owners, modes or attributes; unprivileged users may not give files away.
bool is_beyond_file_system(int error) {
  return error == 0 || error == EPERM || error == ENOTSUP || error == ENOSYS;
}

}  // namespace

std::string member_path(const std::string& name) {
  if (name.find('\0') != std::string::npos) base::throw_invalid("archive", "a name holds a NUL");
  std::string path;
  for (const std::string& part : base::split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") base::throw_invalid(name, "a member's name leads out of the directory");
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

Extractor::Extractor(const mount::GuestRoot& root, const std::string& directory,
                     const UnpackSpec& spec)
    : root_(root), directory_(directory), spec_(spec) {
  root_.open(directory_, O_PATH | O_DIRECTORY);
}

std::string Extractor::object(const std::string& path) const { return below(directory_, path); }

int Extractor::parent_of(const std::string& folder) {
  if (parent_ && parent_path_ == folder) return parent_.get();
  auto found = root_.try_open(object(folder), O_PATH | O_DIRECTORY);
  if (!found) {
    make_parents(folder);
    found = root_.open(object(folder), O_PATH | O_DIRECTORY);
  }
  parent_ = std::move(*found);
  parent_path_ = folder;
  return parent_.get();
}

void Extractor::make_parents(const std::string& folder) {
  std::string so_far;
  for (const std::string& part : base::split(folder, '/')) {
    so_far = so_far.empty() ? part : so_far + "/" + part;
    const auto entry = root_.entry(object(so_far));
    if (::mkdirat(entry.directory.get(), entry.name.c_str(), 0755) < 0 && errno != EEXIST)
      base::throw_errno(object(so_far));
  }
}

Extractor::Place Extractor::place(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {parent_of(""), path};
  return {parent_of(path.substr(0, slash)), path.substr(slash + 1)};
}

// As tar: what is in the way is replaced, but never a directory that holds anything.
void Extractor::make_room(const Place& place, const std::string& path) {
  if (::unlinkat(place.parent, place.name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno != EISDIR && errno != EPERM) base::throw_errno(object(path));
  base::check(::unlinkat(place.parent, place.name.c_str(), AT_REMOVEDIR), object(path));
}

void Extractor::add(const TarEntry& entry, TarReader& content, const Progress& progress) {
  const std::string path = member_path(entry.path);
  if (entry.link.find('\0') != std::string::npos)
    base::throw_invalid(object(path), "its link holds a NUL");
  if (path.empty() && entry.type != TarType::kDirectory)
    base::throw_invalid(object(entry.path), "not a name for a file");
  if (const auto delayed = delayed_by_path_.find(path); delayed != delayed_by_path_.end()) {
    delayed_[delayed->second].first.clear();  // the later member counts
    delayed_by_path_.erase(delayed);
  }
  switch (entry.type) {
    case TarType::kDirectory:
      return add_directory(path, entry);
    case TarType::kHardLink:
      return add_hard_link(path, entry);
    case TarType::kSymlink:
      return add_symlink(path, entry);
    case TarType::kFile:
      return add_file(path, entry, content, progress);
    default:
      return add_node(path, entry);
  }
}

void Extractor::add_directory(const std::string& path, const TarEntry& entry) {
  if (path.empty()) {
    const base::UniqueFd top = root_.open_directory(directory_);
    struct stat st {};
    base::check(::fstat(top.get(), &st), directory_);
    folders_.emplace_back(path, Folder{entry, identity(st)});
    return;
  }
  const Place at = place(path);
  if (::mkdirat(at.parent, at.name.c_str(), 0700) < 0) {
    if (errno != EEXIST) base::throw_errno(object(path));
    struct stat st {};
    base::check(::fstatat(at.parent, at.name.c_str(), &st, AT_SYMLINK_NOFOLLOW), object(path));
    if (S_ISLNK(st.st_mode) && spec_.keep_directory_links) {
      const auto behind = root_.stat(object(path));
      if (behind && S_ISDIR(behind->st_mode)) return;
    }
    if (!S_ISDIR(st.st_mode)) {
      make_room(at, path);
      base::check(::mkdirat(at.parent, at.name.c_str(), 0700), object(path));
    }
  }
  struct stat st {};
  const base::UniqueFd made = open_child_directory(at.parent, at.name.c_str(), object(path));
  base::check(::fstat(made.get(), &st), object(path));
  folders_.emplace_back(path, Folder{entry, identity(st)});
}

void Extractor::add_file(const std::string& path, const TarEntry& entry, TarReader& content,
                         const Progress& progress) {
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL;
  const Place at = place(path);
  base::UniqueFd file(open_child(at.parent, at.name.c_str(), kNew, 0600));
  if (!file && errno == EEXIST) {
    make_room(at, path);
    file.reset(open_child(at.parent, at.name.c_str(), kNew, 0600));
  }
  base::check(file.get(), object(path));
  const Region region{object(path), file.get()};
  std::uint64_t end = 0;
  while (const auto piece = content.content()) {
    progress.stop_if_cancelled();
    write_at(region, piece->data, piece->position);
    end = std::max(end, piece->position + piece->data.size());
  }
  if (end < entry.size_bytes)
    base::check(::ftruncate(file.get(), to_offset(entry.size_bytes)), object(path));
  set_attributes(file.get(), entry, path);
}

void Extractor::add_hard_link(const std::string& path, const TarEntry& entry) {
  const std::string target = member_path(entry.link);
  if (delayed_by_path_.contains(target)) {
    TarEntry copy = delayed_[delayed_by_path_[target]].second;
    delayed_by_path_[path] = delayed_.size();
    delayed_.emplace_back(path, std::move(copy));
    return;
  }
  const auto from = root_.entry(object(target));
  const Place at = place(path);
  const auto link = [&] {
    return ::linkat(from.directory.get(), from.name.c_str(), at.parent, at.name.c_str(), 0);
  };
  if (link() == 0) return;
  if (errno != EEXIST) base::throw_errno(object(path));
  if (path == target) return;
  make_room(at, path);
  base::check(link(), object(path));
}

void Extractor::add_symlink(const std::string& path, const TarEntry& entry) {
  if (leads_away(entry.link)) {
    delayed_by_path_[path] = delayed_.size();
    delayed_.emplace_back(path, entry);
    return;
  }
  add_node(path, entry);
}

void Extractor::add_node(const std::string& path, const TarEntry& entry) {
  const Place at = place(path);
  const char* name = at.name.c_str();
  const auto make = [&] {
    switch (entry.type) {
      case TarType::kSymlink:
        return ::symlinkat(entry.link.c_str(), at.parent, name);
      case TarType::kCharacter:
        return ::mknodat(at.parent, name, S_IFCHR | 0600U, makedev(entry.major, entry.minor));
      case TarType::kBlock:
        return ::mknodat(at.parent, name, S_IFBLK | 0600U, makedev(entry.major, entry.minor));
      default:
        return ::mknodat(at.parent, name, S_IFIFO | 0600U, 0);
    }
  };
  if (make() < 0) {
    if (errno != EEXIST) base::throw_errno(object(path));
    make_room(at, path);
    base::check(make(), object(path));
  }
  const base::UniqueFd node(base::check(open_child(at.parent, name, O_PATH), object(path)));
  set_attributes(node.get(), entry, path);
}

void Extractor::set_attributes(int file, const TarEntry& entry, const std::string& path) const {
  const bool link = entry.type == TarType::kSymlink;
  // Changing the owner takes set-id bits and capabilities away: they come after it.
  if (const int error = set_owner(file, entry.uid, entry.gid); !is_beyond_file_system(error))
    base::throw_errno(object(path), error);
  const int error = link ? 0 : set_mode(file, entry.mode);
  if (!is_beyond_file_system(error)) base::throw_errno(object(path), error);
  set_extended(file, entry, path);
  if (const int late = set_times(file, entry.mtime, entry.mtime); !is_beyond_file_system(late))
    base::throw_errno(object(path), late);
}

void Extractor::set_extended(int file, const TarEntry& entry, const std::string& path) const {
  for (const auto& [name, value] : entry.xattrs) {
    if (name.starts_with("system.posix_acl_")) continue;
    if (!(name == "security.selinux" ? spec_.selinux : spec_.xattrs)) continue;
    if (const int error = set_xattr(file, name, value); !is_beyond_file_system(error))
      base::throw_errno(object(path), error);
  }
  if (!spec_.acls || entry.type == TarType::kSymlink) return;
  if (!entry.access_acl.empty()) set_acl(file, false, entry.access_acl);
  if (!entry.default_acl.empty()) set_acl(file, true, entry.default_acl);
}

void Extractor::finish() {
  forget_parent();
  for (const auto& [path, entry] : delayed_)
    if (!path.empty()) add_node(path, entry);
  // From below: what is set on a directory may close it.
  for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
    const auto& [path, made] = *folder;
    const int links = path.empty() ? 0 : O_NOFOLLOW;
    const auto fd = root_.try_open(object(path), O_RDONLY | O_DIRECTORY | links);
    struct stat st {};
    if (!fd || ::fstat(fd->get(), &st) < 0 || identity(st) != made.id) continue;
    set_attributes(fd->get(), made.entry, path);
  }
}

void unpack(const mount::GuestRoot& root, const std::string& directory, base::ByteSource& from,
            const UnpackSpec& spec, const Progress& progress) {
  std::optional<Method> method;
  if (spec.method) method = parse_method(*spec.method);
  Extractor extractor(root, directory, spec);
  Decompressor source(from, method, directory);
  TarReader reader(source, directory);
  while (const auto entry = reader.next()) {
    progress.stop_if_cancelled();
    extractor.add(*entry, reader, progress);
  }
  extractor.finish();
}

}  // namespace vmcraft::file
