// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>

#include "base/fd.h"

namespace vmcraft::base {

/// Where temporary files go: `preferred` if not empty, else $TMPDIR, else /tmp.
std::string temp_root(const std::string& preferred = {});

/// A private directory (mode 0700), removed with all it holds.
class TempDir {
 public:
  explicit TempDir(const std::string& root = temp_root(), const std::string& prefix = "vmcraft-");
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::string& path() const noexcept { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  void remove() noexcept;
  std::string path_;
};

/// A file without a name, gone with its last descriptor.
UniqueFd unnamed_temp_file(const std::string& root = temp_root());

}  // namespace vmcraft::base
