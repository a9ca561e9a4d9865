// SPDX-License-Identifier: LGPL-3.0-or-later
// What all volumes have in common, whatever they are made of.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "image/block_reader.h"
#include "image/disk.h"

namespace vmcraft::volume {

/// Where bytes are that something may stand on: a disk, a partition, or another volume.
struct Place {
  std::string device;  ///< the name the user knows
  bool for_lvm = true;  ///< LVM may look at it
  /// Every device it stands on, itself among them: what stands on itself is refused.
  std::set<std::string> foundation;
  std::function<std::unique_ptr<image::BlockReader>()> reader;
  /// A block device for the kernel to stand on.
  std::function<std::shared_ptr<image::BlockNode>(bool writable)> node;
  /// Of a drive whose partition table is that of a Windows dynamic disk: offsets of its headers.
  std::vector<std::uint64_t> private_headers = {};
};

enum class Kind { lvm, md, crypt, ldm };

/// A block device made of others; mapped into the kernel with its first use.
class Volume {
 public:
  virtual ~Volume() = default;
  virtual Kind kind() const = 0;
  /// /dev/VG/LV, /dev/md127, /dev/mapper/NAME.
  virtual const std::string& device() const = 0;
  virtual std::uint64_t size_bytes() const = 0;
  virtual std::string uuid() const = 0;
  /// "linear", "raid5", "crypto_LUKS": how its bytes are laid out.
  virtual std::string layout() const = 0;
  /// Devices it stands on, by the names of their places.
  virtual std::vector<std::string> below() const = 0;
  /// What is wrong with it, as a sentence; empty where nothing is.
  virtual std::string trouble() const = 0;
  /// True where it only is a side or column of another one.
  virtual bool is_part() const { return false; }
  /// Maps it and returns its block device. Throws Error naming what is missing.
  virtual std::shared_ptr<image::BlockNode> node(bool writable) = 0;
  /// Unmaps it; throws EBUSY where it is in use.
  virtual void deactivate() = 0;
  virtual bool active() const = 0;
};

/// What a caller allows that could lose data.
struct Allowed {
  bool partial = false;         ///< opening volumes of which a part is missing
  bool degraded_write = false;  ///< writing to arrays without redundancy
};

}  // namespace vmcraft::volume
