// SPDX-License-Identifier: LGPL-3.0-or-later
#include <glob.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>

#include "base/error.h"
#include "file/directory.h"
#include "file/list.h"

namespace vmcraft::file {
namespace {

// glob(3) gives its callbacks no context. They are called by the thread that called glob.
thread_local const mount::GuestRoot* current_root = nullptr;

struct OpenDirectory {
  OpenDirectory(base::UniqueFd opened, const char* path)
      : fd(std::move(opened)), reader(fd.get(), path) {}
  base::UniqueFd fd;
  DirectoryReader reader;
  struct dirent64 entry {};
};

// No exception may pass through glob: errors end a directory.
void* open_directory(const char* path) noexcept {
  try {
    auto fd = current_root->try_open(path, O_RDONLY | O_DIRECTORY);
    if (!fd) return nullptr;
    return new OpenDirectory(std::move(*fd), path);
  } catch (...) {
    return nullptr;
  }
}

struct dirent64* read_directory(void* handle) noexcept {
  auto* directory = static_cast<OpenDirectory*>(handle);
  try {
    const auto item = directory->reader.next();
    if (!item || std::strlen(item->name) >= sizeof directory->entry.d_name) return nullptr;
    directory->entry.d_ino = item->inode == 0 ? 1 : item->inode;
    directory->entry.d_type = item->type;
    std::strcpy(directory->entry.d_name, item->name);
    return &directory->entry;
  } catch (...) {
    return nullptr;
  }
}

void close_directory(void* handle) noexcept { delete static_cast<OpenDirectory*>(handle); }

int look(const char* path, struct stat64* out, int flags) noexcept {
  const base::UniqueFd fd(mount::open_in_root(current_root->fd(), path, O_PATH | flags));
  return fd ? ::fstat64(fd.get(), out) : -1;
}
int look_through(const char* path, struct stat64* out) noexcept { return look(path, out, 0); }
int look_at(const char* path, struct stat64* out) noexcept { return look(path, out, O_NOFOLLOW); }

struct Matches {
  Matches() = default;
  Matches(const Matches&) = delete;
  Matches& operator=(const Matches&) = delete;
  ~Matches() { ::globfree64(&found); }
  glob64_t found{};
};

}  // namespace

std::vector<std::string> expand_pattern(const mount::GuestRoot& root, const std::string& pattern,
                                        bool directory_slash) {
  Matches matches;
  matches.found.gl_opendir = open_directory;
  matches.found.gl_readdir = read_directory;
  matches.found.gl_closedir = close_directory;
  matches.found.gl_stat = look_through;
  matches.found.gl_lstat = look_at;
  current_root = &root;
  const int flags = GLOB_ALTDIRFUNC | GLOB_BRACE | (directory_slash ? GLOB_MARK : 0);
  const int result = ::glob64(pattern.c_str(), flags, nullptr, &matches.found);
  current_root = nullptr;
  if (result == GLOB_NOMATCH) return {};
  if (result == GLOB_NOSPACE) base::throw_errno(pattern, ENOMEM);
  if (result != 0) base::throw_errno(pattern, EIO);
  return {matches.found.gl_pathv, matches.found.gl_pathv + matches.found.gl_pathc};
}

}  // namespace vmcraft::file
