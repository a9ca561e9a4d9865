// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"
#include "image/drive_spec.h"

namespace vmcraft::image {

/// A block device of the kernel at hand, for mounts and tools; it goes with its last owner.
class BlockNode {
 public:
  BlockNode(std::string path, base::UniqueFd holder) : path_(std::move(path)), holder_(std::move(holder)) {}
  const std::string& path() const noexcept { return path_; }
  int fd() const noexcept { return holder_.get(); }

 private:
  std::string path_;
  base::UniqueFd holder_;
};

/// A range of a disk or volume.
struct Extent {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
};

/// An attached drive: its bytes as one descriptor, and block devices over ranges of it on demand.
///
/// A read-only disk may still be written: what is written goes to a temporary overlay, and the
/// image never changes.
class Disk {
 public:
  virtual ~Disk() = default;
  /// All bytes; a regular file or a block device.
  virtual int fd() const = 0;
  virtual std::uint64_t size_bytes() const = 0;
  virtual unsigned sector_size_bytes() const = 0;
  /// As fd(), and writable: opens the overlay of a read-only disk if it is not open yet.
  virtual int writable_fd() = 0;
  /// A block device over the range.
  virtual std::shared_ptr<BlockNode> node(const Extent& extent, bool writable) = 0;
  /// Makes what was written durable; throws where it is not.
  virtual void flush() = 0;
  /// Flushes and ends the servers behind the disk; throws where data was lost.
  virtual void close() = 0;
};

struct AttachOptions {
  std::string temp_root;   ///< where overlays live
  /// Of a raw image, where the device that shows it is larger: it ends on a full sector.
  std::uint64_t size_bytes = 0;
};

/// Attaches by the best means this kernel has: see docs/engines.md.
std::unique_ptr<Disk> attach(const DriveSpec& spec, const AttachOptions& options);

}  // namespace vmcraft::image
