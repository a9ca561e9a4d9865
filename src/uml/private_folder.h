// SPDX-License-Identifier: LGPL-3.0-or-later
// Where the engine's memory and sockets are: a tmpfs without a name where the host grants it, so
// that it goes with its last user; a directory otherwise.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace vmcraft::uml {

/// Steps into a user namespace that maps only the caller to itself.
bool enter_user_namespace();

class PrivateFolder {
 public:
  /// Throws where no place has `room_bytes` and lets files be executed.
  PrivateFolder(const std::string& preferred, std::uint64_t room_bytes);
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  /// Valid in this process and in children that have kFolderFd.
  const std::string& path() const noexcept { return path_; }
  bool named() const noexcept { return !mount_; }
  int fd() const noexcept { return mount_.get(); }
  /// A directory with a name is removed with all it holds; may be repeated.
  void remove() noexcept;

 private:
  bool make_mount(std::uint64_t room_bytes);
  void make_directory(const std::string& preferred, std::uint64_t room_bytes);

  base::UniqueFd mount_;
  std::string path_;
};

}  // namespace vmcraft::uml
