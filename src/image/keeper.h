// SPDX-License-Identifier: LGPL-3.0-or-later
// The small process behind a served disk: it runs the NBD server and the FUSE file over it, in a
// mount namespace of its own, and outlives the caller just long enough to end them cleanly.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/process.h"

namespace vmcraft::image {

/// By this number the server of a block graph has its patch open: see Graph::patch.
constexpr int kPatchNumber = 4;

/// What the keeper is told.
struct KeeperRequest {
  std::string blockdev;         ///< qemu block graph to serve; empty: `backing_fd`
  int backing_fd = -1;          ///< an open file or block device instead
  int patch_fd = -1;            ///< what `blockdev` calls /proc/self/fd/kPatchNumber
  bool writable = false;        ///< false: writes go to a temporary overlay
  std::string temp_root;        ///< where the overlay lives
};

/// The library's end of one keeper.
class Keeper {
 public:
  /// Starts it and waits for the file; throws Error with the reason the server gave.
  explicit Keeper(const KeeperRequest& request);
  Keeper(Keeper&&) noexcept = default;
  Keeper& operator=(Keeper&&) noexcept = default;
  ~Keeper() { leave(); }

  /// The disk as one file, open for reading and writing.
  int fd() const noexcept { return file_.get(); }
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  /// Gives the file back, waits until everything is flushed, and throws where it was not.
  void close();

 private:
  void leave() noexcept;

  bool writable_ = false;
  base::UniqueFd control_;
  base::ChildProcess process_;
  base::UniqueFd file_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace vmcraft::image
