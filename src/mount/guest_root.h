// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"

namespace vmcraft::mount {

/// The only door to a guest's files: a directory descriptor under which openat2 resolves every
/// path, so that no symbolic link, "..", or magic link of the guest leads outside.
///
/// Paths are absolute as the guest sees them. All methods throw Error as "path: reason".
class GuestRoot {
 public:
  explicit GuestRoot(base::UniqueFd root) : root_(std::move(root)) {}

  int fd() const noexcept { return root_.get(); }

  /// The number to tell for a device: the kernel's own depends on what else this machine has open.
  dev_t shown_device(dev_t number) const {
    const auto found = shown_.find(number);
    return found == shown_.end() ? number : found->second;
  }
  void show_device(dev_t number, dev_t shown) { shown_[number] = shown; }

  /// open(2) inside the guest; follows links unless flags hold O_NOFOLLOW. Never waits on a FIFO.
  base::UniqueFd open(const std::string& path, int flags, mode_t mode = 0) const;
  /// As open, but nothing where the path does not exist (ENOENT, ENOTDIR, ELOOP).
  std::optional<base::UniqueFd> try_open(const std::string& path, int flags) const;
  /// Opens a regular file; refuses FIFOs, devices, sockets and directories by name.
  base::UniqueFd open_regular(const std::string& path, int flags, mode_t mode = 0) const;
  base::UniqueFd open_directory(const std::string& path) const;

  /// A resolved directory and one component in it: what creating, removing and lstat need.
  struct Entry {
    base::UniqueFd directory;
    std::string name;  ///< "." for the root itself; never empty, never with a slash
  };
  /// Resolves all but the last component of `path`, which itself is not followed.
  Entry entry(const std::string& path) const;

  /// stat following links, and lstat; nothing where the path does not exist.
  std::optional<struct stat> stat(const std::string& path) const;
  std::optional<struct stat> lstat(const std::string& path) const;

 private:
  base::UniqueFd root_;
  std::map<dev_t, dev_t> shown_;
};

/// openat2 below `root` with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS; -1 and errno on failure.
int open_in_root(int root, const char* path, int flags, mode_t mode = 0) noexcept;
/// One component below `directory`, never followed out of it; -1 and errno on failure.
int open_component(int directory, const char* name, int flags, mode_t mode = 0) noexcept;

}  // namespace vmcraft::mount
