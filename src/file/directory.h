// SPDX-License-Identifier: LGPL-3.0-or-later
// Directories by descriptor: their names, and a way down a tree that no rename can lead astray.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace vmcraft::file {

/// Which file a descriptor or name stands for.
using Identity = std::pair<dev_t, ino_t>;
inline Identity identity(const struct stat& st) { return {st.st_dev, st.st_ino}; }

/// Reads a directory in large steps, in the order of the file system.
class DirectoryReader {
 public:
  struct Item {
    const char* name;  ///< valid until the next call
    std::uint64_t inode;
    unsigned char type;  ///< DT_*
  };

  /// `object` names the directory in errors. The descriptor stays the caller's.
  DirectoryReader(int directory, std::string object);
  /// The next entry, "." and ".." among them; nothing at the end.
  std::optional<Item> next();

 private:
  int directory_;
  std::string object_;
  std::unique_ptr<char[]> buffer_;
  std::size_t filled_ = 0;
  std::size_t position_ = 0;
};

enum class NameOrder { name, inode };

/// All names of a directory but "." and "..", in little memory.
class NameList {
 public:
  struct Entry {
    std::size_t start;
    std::uint64_t inode;
    unsigned char type;
  };

  NameList() = default;
  NameList(int directory, const std::string& object, NameOrder order);

  std::size_t size() const noexcept { return entries_.size(); }
  const char* name(std::size_t i) const { return text_.c_str() + entries_[i].start; }
  unsigned char type(std::size_t i) const { return entries_[i].type; }

 private:
  std::string text_;  ///< names, each with a NUL behind it
  std::vector<Entry> entries_;
};

/// The directories from the top of a tree down to where a walk is. However deep that is, few of
/// them are open: those further up are found again through ".." and checked to be the same.
class DirectoryStack {
 public:
  DirectoryStack(base::UniqueFd top, const std::string& object);

  int current() const { return levels_.back().fd.get(); }
  /// The one above the current.
  int parent(const std::string& object);
  std::size_t depth() const noexcept { return levels_.size(); }
  /// Goes down; throws ELOOP where the directory is one of those above it.
  void push(base::UniqueFd directory, const struct stat& st, const std::string& object);
  void pop(const std::string& object);

 private:
  struct Level {
    base::UniqueFd fd;
    Identity id;
  };
  std::vector<Level> levels_;
  std::set<Identity> above_;
};

/// openat2 of one component that must not be a link: -1 and errno on failure.
int open_child(int directory, const char* name, int flags, mode_t mode = 0) noexcept;
/// A directory of that name, which is not a link.
base::UniqueFd open_child_directory(int directory, const char* name, const std::string& object);
/// A regular file of that name, and what fstat says of it; never waits and never opens a device's
/// other end. Throws where it is something else.
base::UniqueFd open_child_regular(int directory, const char* name, const std::string& object,
                                  struct stat& st);

}  // namespace vmcraft::file
