// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "image/drive_spec.h"

namespace vmcraft::image {

/// What has to be opened to serve a drive, once format and backing files are known and allowed.
struct Graph {
  bool raw_local = false;   ///< the bytes of a local file or block device as they are
  std::string path;         ///< raw_local only
  /// Otherwise: qemu's block graph as nested JSON, without node names.
  std::string blockdev;
  std::string format;
  /// Where a snapshot is opened: what has to be open as `patch_number` in the process that opens the
  /// graph.
  std::shared_ptr<base::UniqueFd> patch;
};

/// Finds the format, walks the backing chain, and refuses what an untrusted image must not name.
/// Nothing is opened for writing.
Graph resolve(const DriveSpec& spec, int patch_number);

}  // namespace vmcraft::image
