// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/disk.h"
#include "volume/base/reaper.h"
#include "volume/md/superblock.h"

namespace vmcraft::volume::md {

/// An array that the kernel runs, on devices that were handed to it one by one: nothing is searched.
class KernelArray {
 public:
  /// Starts it; `device` is for errors. Read-only, it writes nothing to its members; writable, it
  /// begins to with the first write. `force` starts one that was not closed well and lacks members.
  KernelArray(const std::string& device, const Superblock& superblock,
              std::vector<std::shared_ptr<image::BlockNode>> parts, bool writable, bool force);
  ~KernelArray();
  KernelArray(const KernelArray&) = delete;
  KernelArray& operator=(const KernelArray&) = delete;

  const std::shared_ptr<image::BlockNode>& node() const noexcept { return node_; }
  bool writable() const noexcept { return writable_; }
  const std::string& name() const noexcept { return name_; }
  /// Throws EBUSY where somebody has it open.
  void stop();

 private:
  void reserve(const std::string& device);
  void set(const std::string& attribute, const std::string& value) const;
  void run(const std::string& device, bool force);

  std::string name_;  // md127
  bool writable_;
  std::vector<std::shared_ptr<image::BlockNode>> parts_;
  std::optional<Lease> lease_;
  std::shared_ptr<image::BlockNode> node_;
};

}  // namespace vmcraft::volume::md
