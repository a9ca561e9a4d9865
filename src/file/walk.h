// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/fd.h"
#include "file/directory.h"
#include "file/prefetch.h"
#include "file/progress.h"

namespace vmcraft::file {

/// Something met on a walk. Act on it by `directory` and `name` only: the path is for showing.
struct Found {
  int directory;            ///< the directory that holds it
  const char* name;         ///< its name there
  const std::string& path;  ///< below the top: "a/b"
  const struct stat& st;    ///< as lstat; only the type in st_mode without WalkOptions::facts
  int self;                 ///< a directory's own descriptor, else -1
  const Content* content = nullptr;  ///< a regular file's, where it was read ahead
};

/// An open regular file that a walk met: as it was read ahead, or opened now.
class FoundFile {
 public:
  /// Throws where it is no regular file any more; `object` names it.
  FoundFile(const Found& found, const std::string& object);
  int fd() const noexcept { return fd_; }
  const struct stat& st() const noexcept { return st_; }
  /// Its beginning, empty where nothing was read ahead; all of it where whole().
  std::span<const std::byte> head() const noexcept { return head_; }
  bool whole() const noexcept { return whole_; }

 private:
  base::UniqueFd owned_;
  int fd_;
  struct stat st_ {};
  std::span<const std::byte> head_;
  bool whole_ = false;
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  /// Anything but a directory.
  virtual void file(const Found& found) = 0;
  /// A directory; what is in it is visited where this returns true.
  virtual bool enter(const Found& found) = 0;
  /// A directory that was entered, after everything in it.
  virtual void leave(const Found&) {}
};

struct WalkOptions {
  bool facts = true;     ///< st is complete
  bool content = false;  ///< visits read regular files: those may be read ahead
  NameOrder order = NameOrder::name;
};

/// Visits everything below a directory, never through a symbolic link, whatever is renamed
/// meanwhile. What vanishes between its name and its visit is left out. `object` names the top in
/// errors.
void walk(base::UniqueFd top, const std::string& object, Visitor& visitor,
          const WalkOptions& options = {}, const Progress& progress = {});

/// "/top/a/b" for messages.
std::string below(const std::string& top, const std::string& path);

}  // namespace vmcraft::file
