// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/tree_copier.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "file/attributes.h"
#include "file/create.h"
#include "file/path.h"
#include "file/transfer.h"
#include "file/xattr.h"

namespace vmcraft::file {

TreeCopier::TreeCopier(mount::GuestRoot::Entry to, std::string object, Keep keep,
                       const Progress& progress)
    : to_(std::move(to)), object_(std::move(object)), keep_(keep), progress_(progress) {}

void TreeCopier::run(const mount::GuestRoot::Entry& from, const std::string& object) {
  from_object_ = object;
  const char* name = from.name.c_str();
  struct stat st {};
  base::check(::fstatat(from.directory.get(), name, &st, AT_SYMLINK_NOFOLLOW), object);
  if (S_ISDIR(st.st_mode)) {
    base::UniqueFd source = open_child_directory(from.directory.get(), name, object);
    base::check(::fstat(source.get(), &st), object);
    copy_directory(std::move(source), st);
  } else {
    copy_node({from.directory.get(), name, {}, st, -1}, to_.directory.get(), to_.name.c_str());
  }
}

void TreeCopier::copy_directory(base::UniqueFd source, const struct stat& st) {
  top_ = make_directory(to_.directory.get(), to_.name.c_str(), {});
  struct stat made {};
  base::check(::fstat(top_.get(), &made), object_);
  top_id_ = identity(made);
  if (top_id_ == identity(st)) base::throw_invalid(object_, "is the directory that is copied");
  stack_.emplace(base::duplicate(top_.get()), object_);
  const base::UniqueFd kept = base::duplicate(source.get());
  walk(std::move(source), from_object_, *this, {}, progress_);
  finish(kept.get(), top_.get(), st, {});
}

void TreeCopier::file(const Found& found) { copy_node(found, stack_->current(), found.name); }

bool TreeCopier::enter(const Found& found) {
  if (identity(found.st) == top_id_)
    base::throw_invalid(from_object_, "cannot be copied into itself");
  base::UniqueFd made = make_directory(stack_->current(), found.name, found.path);
  struct stat st {};
  base::check(::fstat(made.get(), &st), target(found.path));
  stack_->push(std::move(made), st, target(found.path));
  return true;
}

void TreeCopier::leave(const Found& found) {
  finish(found.self, stack_->current(), found.st, found.path);
  stack_->pop(target(found.path));
}

base::UniqueFd TreeCopier::make_directory(int parent, const char* name, const std::string& path) {
  if (::mkdirat(parent, name, 0700) < 0 && errno != EEXIST) base::throw_errno(target(path));
  return open_child_directory(parent, name, target(path));
}

void TreeCopier::remove_obstacle(int parent, const char* name, const std::string& path) const {
  if (::unlinkat(parent, name, 0) < 0 && errno != ENOENT) base::throw_errno(target(path));
}

void TreeCopier::copy_node(const Found& found, int parent, const char* name) {
  const bool several = keep_ == Keep::all && found.st.st_nlink > 1;
  if (several && link_copied(found, parent, name)) return;
  if (S_ISREG(found.st.st_mode)) {
    copy_regular(found, parent, name);
  } else {
    const std::string object = below(from_object_, found.path);
    const base::UniqueFd source(
        base::check(open_child(found.directory, found.name, O_PATH), object));
    remove_obstacle(parent, name, found.path);
    if (S_ISLNK(found.st.st_mode)) {
      const auto text = read_link_at(source.get(), "");
      if (!text) base::throw_errno(object);
      base::check(::symlinkat(text->c_str(), parent, name), target(found.path));
    } else {
      base::check(::mknodat(parent, name, (found.st.st_mode & S_IFMT) | 0600U, found.st.st_rdev),
                  target(found.path));
    }
    const base::UniqueFd made(base::check(open_child(parent, name, O_PATH), target(found.path)));
    finish(source.get(), made.get(), found.st, found.path);
  }
  if (several) remember(found, parent, name);
}

void TreeCopier::copy_regular(const Found& found, int parent, const char* name) {
  struct stat st {};
  const std::string object = below(from_object_, found.path);
  const Region source =
      file_region(open_child_regular(found.directory, found.name, object, st), object);
  const Region made = file_region(create_regular(parent, name, found.path, st), target(found.path));
  copy(source, made, {.onto_holes = true}, {{}, progress_.check});
  finish(source.fd, made.fd, st, found.path);
}

base::UniqueFd TreeCopier::create_regular(int parent, const char* name, const std::string& path,
                                          const struct stat& source) {
  constexpr int kNew = O_RDWR | O_CREAT | O_EXCL;
  base::UniqueFd file(open_child(parent, name, kNew, 0600));
  if (file || errno != EEXIST) {
    base::check(file.get(), target(path));
    return file;
  }
  struct stat st {};
  base::check(::fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW), target(path));
  if (identity(st) == identity(source)) base::throw_invalid(target(path), "is the same file");
  remove_obstacle(parent, name, path);
  return base::UniqueFd(base::check(open_child(parent, name, kNew, 0600), target(path)));
}

bool TreeCopier::link_copied(const Found& found, int parent, const char* name) {
  const auto known = copied_.find(identity(found.st));
  if (known == copied_.end()) return false;
  const std::string& path = known->second.path;
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  const std::string first = slash == std::string::npos ? path : path.substr(slash + 1);
  const base::UniqueFd directory(
      mount::open_component(top_.get(), folder.c_str(), O_PATH | O_DIRECTORY));
  if (!directory) return false;
  remove_obstacle(parent, name, found.path);
  if (::linkat(directory.get(), first.c_str(), parent, name, 0) < 0) return false;
  // Somebody may have put another file in the place of the copy.
  struct stat st {};
  if (::fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && identity(st) == known->second.id)
    return true;
  remove_obstacle(parent, name, found.path);
  return false;
}

void TreeCopier::remember(const Found& found, int parent, const char* name) {
  struct stat st {};
  if (!top_ || ::fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return;
  copied_[identity(found.st)] = {found.path, identity(st)};
}

void TreeCopier::finish(int from, int to, const struct stat& st, const std::string& path) const {
  const bool all = keep_ == Keep::all;
  if (all) {
    const int error = set_owner(to, st.st_uid, st.st_gid);
    // FAT and its like have no owners.
    if (error != 0 && error != EPERM && error != ENOTSUP) base::throw_errno(target(path), error);
  }
  if (!S_ISLNK(st.st_mode))
    if (const int error = set_mode(to, st.st_mode & 07777U); error != 0 && error != EPERM)
      base::throw_errno(target(path), error);
  if (!all) return;
  copy_xattrs(from, to);
  if (const int error = set_times(to, st.st_atim, st.st_mtim); error != 0 && error != EPERM)
    base::throw_errno(target(path), error);
}

}  // namespace vmcraft::file
