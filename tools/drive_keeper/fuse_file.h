// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "face.h"
#include "store.h"

struct fuse_session;

namespace vmcraft::keeper {

/// A FUSE file system with one file, "disk", whose bytes are those of a store.
class FuseFile : public Face {
 public:
  /// Mounts on the folder and serves from threads of its own.
  FuseFile(Store& store, const std::string& folder);
  FuseFile(const FuseFile&) = delete;
  FuseFile& operator=(const FuseFile&) = delete;
  ~FuseFile() override;

  base::UniqueFd open() const override;
  bool wait_released(int limit_seconds) override;

  // Called by the FUSE operations.
  Store& store() noexcept { return store_; }
  void opened();
  void released();

 private:
  Store& store_;
  std::string folder_;
  fuse_session* session_ = nullptr;
  std::thread server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int open_files_ = 0;
};

}  // namespace vmcraft::keeper
