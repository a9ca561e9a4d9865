// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "file/create.h"
#include "file/directory.h"
#include "file/path.h"
#include "file/remove.h"
#include "file/transfer.h"
#include "file/tree_copier.h"
#include "file/walk.h"

namespace vmcraft::file {
namespace {

// Two spellings of one name in one directory.
bool is_same(const mount::GuestRoot::Entry& one, const mount::GuestRoot::Entry& other) {
  struct stat first {}, second {};
  base::check(::fstat(one.directory.get(), &first), one.name);
  base::check(::fstat(other.directory.get(), &second), other.name);
  return one.name == other.name && identity(first) == identity(second);
}

// Only a directory gets a name with a slash at its end.
void refuse_new_slash(const mount::GuestRoot& root, const std::string& from, const std::string& to) {
  const auto st = root.lstat(from);
  if (to.ends_with('/') && st && !S_ISDIR(st->st_mode) && !root.lstat(to)) base::throw_errno(to, ENOTDIR);
}

}  // namespace

void copy_file(const mount::GuestRoot& root, const std::string& from, const std::string& to,
               const Session& session, const Progress& progress) {
  const Region source = file_region(root, from);
  struct stat st {};
  base::check(::fstat(source.fd, &st), from);
  const std::string path = destination(root, from, to);
  const Region target =
      file_region(open_or_create(root, path, O_RDWR, session, st.st_mode & 07777U), path);
  struct stat there {};
  base::check(::fstat(target.fd, &there), path);
  if (identity(st) == identity(there)) base::throw_invalid(path, "is the same file");
  base::check(::ftruncate(target.fd, 0), path);
  copy(source, target, {.onto_holes = true}, progress);
}

void copy_tree(const mount::GuestRoot& root, const std::string& from, const std::string& to,
               Keep keep, const Progress& progress) {
  const std::string path = destination(root, from, to);
  TreeCopier copier(root.entry(path), path, keep, progress);
  copier.run(root.entry(from), from);
}

void rename(const mount::GuestRoot& root, const std::string& from, const std::string& to) {
  refuse_slash(root, from);
  refuse_slash(root, to);
  refuse_new_slash(root, from, to);
  const auto source = root.entry(from);
  const auto target = root.entry(to);
  base::check(::renameat(source.directory.get(), source.name.c_str(), target.directory.get(),
                         target.name.c_str()),
              from);
}

void move(const mount::GuestRoot& root, const std::string& from, const std::string& to,
          const Progress& progress) {
  refuse_slash(root, from);
  refuse_slash(root, to);
  refuse_new_slash(root, from, to);
  const std::string path = destination(root, from, to);
  const auto source = root.entry(from);
  const auto target = root.entry(path);
  if (is_same(source, target)) base::throw_invalid(from, "and " + path + " are the same file");
  if (::renameat(source.directory.get(), source.name.c_str(), target.directory.get(),
                 target.name.c_str()) == 0)
    return;
  if (errno != EXDEV) base::throw_errno(from);
  // As a rename would: what is there is replaced, but never a directory that holds anything.
  if (const auto st = root.lstat(path))
    base::check(::unlinkat(target.directory.get(), target.name.c_str(),
                           S_ISDIR(st->st_mode) ? AT_REMOVEDIR : 0),
                path);
  TreeCopier copier(root.entry(path), path, Keep::all, progress);
  copier.run(root.entry(from), from);
  remove_tree(root, from, progress);
}

}  // namespace vmcraft::file
