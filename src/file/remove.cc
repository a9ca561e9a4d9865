// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/remove.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "file/path.h"
#include "file/walk.h"

namespace vmcraft::file {
namespace {

class Remover : public Visitor {
 public:
  explicit Remover(const std::string& top) : top_(top) {}

  void file(const Found& found) override { remove(found, 0); }
  bool enter(const Found&) override { return true; }
  void leave(const Found& found) override { remove(found, AT_REMOVEDIR); }

 private:
  void remove(const Found& found, int flags) const {
    if (::unlinkat(found.directory, found.name, flags) < 0 && errno != ENOENT)
      base::throw_errno(below(top_, found.path));
  }
  const std::string& top_;
};

}  // namespace

void remove_file(const mount::GuestRoot& root, const std::string& path, Missing missing) {
  refuse_slash(root, path);
  if (missing == Missing::is_fine && !root.lstat(path)) {
    if (errno == ENOTDIR) base::throw_errno(path);
    return;
  }
  const auto entry = root.entry(path);
  if (entry.name == ".") base::throw_errno(path, EISDIR);
  base::check(::unlinkat(entry.directory.get(), entry.name.c_str(), 0), path);
}

void remove_directory(const mount::GuestRoot& root, const std::string& path) {
  const auto entry = root.entry(path);
  base::check(::unlinkat(entry.directory.get(), entry.name.c_str(), AT_REMOVEDIR), path);
}

void remove_tree(const mount::GuestRoot& root, const std::string& path, const Progress& progress) {
  if (path.find_first_not_of('/') == std::string::npos)
    base::throw_invalid(path, "the root directory cannot be removed");
  refuse_slash(root, path);
  if (!root.lstat(path)) return;
  const auto entry = root.entry(path);
  const int directory = entry.directory.get();
  if (entry.name == ".") base::throw_invalid(path, "ends in . or ..");
  struct stat st {};
  base::check(::fstatat(directory, entry.name.c_str(), &st, AT_SYMLINK_NOFOLLOW), path);
  if (!S_ISDIR(st.st_mode)) {
    base::check(::unlinkat(directory, entry.name.c_str(), 0), path);
    return;
  }
  Remover remover(path);
  walk(open_child_directory(directory, entry.name.c_str(), path), path, remover, {.facts = false},
       progress);
  base::check(::unlinkat(directory, entry.name.c_str(), AT_REMOVEDIR), path);
}

}  // namespace vmcraft::file
