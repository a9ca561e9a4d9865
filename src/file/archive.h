// SPDX-License-Identifier: LGPL-3.0-or-later
// Trees in and out of a guest as tar and cpio files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/stream.h"
#include "file/progress.h"
#include "mount/guest_root.h"

namespace vmcraft::file {

struct UnpackSpec {
  std::optional<std::string> method{};  ///< of compression; detected where not given
  bool xattrs = false;
  bool selinux = false;
  bool acls = false;
  bool keep_directory_links = false;
};
/// Unpacks a tar file into an existing directory. Nothing is written outside of the root, and
/// nothing through a symbolic link that came out of the same archive.
void unpack(const mount::GuestRoot& root, const std::string& directory, base::ByteSource& from,
            const UnpackSpec& spec, const Progress& progress);

struct PackSpec {
  std::optional<std::string> method{};
  bool numeric_owner = false;
  std::vector<std::string> excludes{};
  bool xattrs = false;
  bool selinux = false;
  bool acls = false;
};
/// Packs everything below a directory, with names that begin with "./".
void pack(const mount::GuestRoot& root, const std::string& directory, base::ByteSink& to,
          const PackSpec& spec, const Progress& progress);

/// Packs everything below a directory as cpio; the format is "newc" or "crc".
void pack_cpio(const mount::GuestRoot& root, const std::string& directory, base::ByteSink& to,
               const std::string& format, const Progress& progress);

/// Packs a file or directory of this machine under its own last name.
void pack_local(const std::string& path, base::ByteSink& to, const Progress& progress);
/// Unpacks into a directory of this machine, and never outside of it.
void unpack_local(base::ByteSource& from, const std::string& directory, const Progress& progress);

}  // namespace vmcraft::file
