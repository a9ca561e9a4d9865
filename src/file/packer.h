// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "file/accounts.h"
#include "file/archive.h"
#include "file/region.h"
#include "file/tar_writer.h"
#include "file/walk.h"

namespace vmcraft::file {

/// True where a shell pattern matches the path or the end of it that begins behind a slash.
bool is_excluded(const std::vector<std::string>& patterns, const std::string& path);

/// Content of a file for an archive, exactly as many bytes as were announced: what a file has lost
/// meanwhile is made up by zeroes. Returns false then.
bool put_content(const Region& region, const TarRun& run, OutputBuffer& out,
                 const Progress& progress);

/// Packs what a walk meets.
class Packer : public Visitor {
 public:
  /// `prefix` goes before each path: "./" or "name/".
  Packer(base::ByteSink& to, std::string object, std::string prefix, const PackSpec& spec,
         Accounts accounts, const Progress& progress);

  /// The directory above all, under the prefix itself.
  void add_top(int directory);
  /// One file that is not a directory, under the prefix itself.
  void add_single(int directory, const char* name);
  void finish();

  void file(const Found& found) override;
  bool enter(const Found& found) override;

 private:
  TarEntry entry(const std::string& path, const struct stat& st) const;
  /// A hard link, where the file was packed under another name.
  bool add_again(const std::string& path, const struct stat& st);
  void add_extended(TarEntry& entry, int file) const;
  void add_regular(const Found& found, const std::string& path);
  void add_other(const Found& found, const std::string& path);
  void find_holes(TarEntry& entry, const Region& region, const struct stat& st) const;

  TarWriter writer_;
  std::string object_;
  std::string prefix_;
  const PackSpec& spec_;
  Accounts accounts_;
  const Progress& progress_;
  std::map<Identity, std::string> packed_;  ///< files with several names
  std::string damaged_;                     ///< a file that became shorter
};

}  // namespace vmcraft::file
