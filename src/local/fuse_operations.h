// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "local/guest_files.h"

struct fuse_operations;

namespace vmcraft::local {

/// What the operations work on: the private data of libfuse's handle.
struct FuseContext {
  GuestFiles files;
  const base::TraceSink* trace = nullptr;  ///< null where calls are not told
  bool readonly = false;
  bool others = false;  ///< other users may see the files
  double cache_seconds = 60;
};

const fuse_operations& operations();

}  // namespace vmcraft::local
