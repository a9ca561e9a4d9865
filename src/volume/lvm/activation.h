// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "image/block_reader.h"
#include "image/disk.h"

namespace vmcraft::volume::lvm {

/// A logical volume that can be opened.
struct Volume {
  std::string group;
  std::string name;
  std::string uuid;
  std::string group_uuid;
  std::uint64_t size_bytes = 0;
  std::string device() const { return "/dev/" + group + "/" + name; }
};

/// A device that may be a physical volume.
struct Candidate {
  std::string device;  ///< the name the user knows
  std::shared_ptr<image::BlockReader> reader;
  /// A block device for device-mapper to stand on.
  std::function<std::shared_ptr<image::BlockNode>(bool writable)> node;
};

/// The volume groups found on a set of devices, and the device-mapper devices made for them: under
/// private names that udev ignores, removed with the last user.
class Activation {
 public:
  explicit Activation(std::vector<Candidate> candidates);
  ~Activation();
  Activation(const Activation&) = delete;
  Activation& operator=(const Activation&) = delete;

  const std::vector<Volume>& volumes() const noexcept;
  /// The devices a volume stands on, by the names of their candidates.
  std::vector<std::string> devices_below(std::size_t index) const;
  /// Maps the volume and returns its block device. Throws Error naming what is missing.
  std::shared_ptr<image::BlockNode> node(std::size_t index, bool writable);
  /// Unmaps everything; throws where a volume is busy.
  void deactivate();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vmcraft::volume::lvm
