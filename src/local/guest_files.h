// SPDX-License-Identifier: LGPL-3.0-or-later
// The guest's files by path, whichever engine has them. One call at a time goes to the handle.
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <array>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "handle/handle.h"

namespace vmcraft::local {

struct Entry {
  std::string name;
  struct stat facts {};
};

class GuestFiles {
 public:
  explicit GuestFiles(handle::Handle& handle) : handle_(handle) {}

  struct stat status(const std::string& path) const;
  std::vector<Entry> list(const std::string& directory) const;
  std::string link_text(const std::string& path) const;
  std::string read(const std::string& path, std::size_t size_bytes, off_t offset) const;
  std::size_t write(const std::string& path, std::string_view data, off_t offset) const;
  struct statvfs space(const std::string& path) const;

  /// Any node but a directory or link; the permission bits are set as they are, umask or not.
  void make_node(const std::string& path, mode_t mode, dev_t number) const;
  void make_directory(const std::string& path, mode_t mode) const;
  void make_link(const std::string& target, const std::string& path) const;
  void make_symlink(const std::string& text, const std::string& path) const;
  void remove(const std::string& path) const;
  void remove_directory(const std::string& path) const;
  void rename(const std::string& from, const std::string& to) const;

  void change_mode(const std::string& path, mode_t mode) const;
  void change_owner(const std::string& path, uid_t owner, gid_t group) const;
  void truncate(const std::string& path, off_t size_bytes) const;
  void change_times(const std::string& path, const std::array<timespec, 2>& times) const;
  void sync() const;

  std::string attribute(const std::string& path, const std::string& name) const;
  std::vector<std::string> attribute_names(const std::string& path) const;
  void set_attribute(const std::string& path, const std::string& name,
                     std::string_view value) const;
  void remove_attribute(const std::string& path, const std::string& name) const;

 private:
  template <typename... Args>
  std::string call(std::string_view action, const Args&... args) const;
  template <typename Ret, typename... Args>
  Ret ask(std::string_view action, const Args&... args) const;
  handle::Handle& handle_;
};

}  // namespace vmcraft::local
