// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <sys/stat.h>

#include <map>
#include <string>
#include <vector>

#include "base/fd.h"
#include "file/archive.h"
#include "file/directory.h"
#include "file/tar_reader.h"

namespace vmcraft::file {

/// Puts the members of an archive into a directory.
///
/// Symbolic links that lead up or to the root are made last: until then nothing is in their place,
/// so that no later member can be written through them.
class Extractor {
 public:
  Extractor(const mount::GuestRoot& root, const std::string& directory, const UnpackSpec& spec);

  void add(const TarEntry& entry, TarReader& content, const Progress& progress);
  /// Makes the delayed links and sets the attributes of directories.
  void finish();

 private:
  struct Place {
    int parent;
    std::string name;
  };
  struct Folder {
    TarEntry entry;
    Identity id;
  };

  std::string object(const std::string& path) const;
  Place place(const std::string& path);
  int parent_of(const std::string& folder);
  void make_parents(const std::string& folder);
  void forget_parent() noexcept { parent_.reset(); }
  void make_room(const Place& place, const std::string& path);
  void add_directory(const std::string& path, const TarEntry& entry);
  void add_file(const std::string& path, const TarEntry& entry, TarReader& content,
                const Progress& progress);
  void add_hard_link(const std::string& path, const TarEntry& entry);
  void add_symlink(const std::string& path, const TarEntry& entry);
  void add_node(const std::string& path, const TarEntry& entry);
  void set_attributes(int file, const TarEntry& entry, const std::string& path) const;
  void set_extended(int file, const TarEntry& entry, const std::string& path) const;

  const mount::GuestRoot& root_;
  const std::string& directory_;
  const UnpackSpec& spec_;
  std::string parent_path_;
  base::UniqueFd parent_;
  std::vector<std::pair<std::string, TarEntry>> delayed_;
  std::map<std::string, std::size_t> delayed_by_path_;
  std::vector<std::pair<std::string, Folder>> folders_;
};

/// A member's name as a path below the directory: without empty and "." components. EINVAL where
/// it has "..".
std::string member_path(const std::string& name);

}  // namespace vmcraft::file
