// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "image/disk.h"

namespace vmcraft::volume {

/// One line of a device-mapper table, in sectors of 512 bytes.
struct Target {
  std::uint64_t start_sector = 0;
  std::uint64_t sector_count = 0;
  std::string type;
  std::string parameters;
  bool operator==(const Target&) const = default;
};

/// True where the kernel has device-mapper; loads its module where that helps.
bool device_mapper_available();
/// Throws ENOTSUP naming the device where it has none.
void require_device_mapper(const std::string& device);

/// A name in device-mapper that is this process's alone.
std::string private_name(const std::string& label);

/// A device-mapper device under a private name that udev ignores. The kernel removes it with its
/// last user, so that nothing is left even if this process is killed.
class Mapping {
 public:
  Mapping(const std::string& label, std::vector<Target> table, bool writable);
  /// Takes over a device that somebody else made under a private name.
  static Mapping adopt(const std::string& name, bool writable);
  /// In no kernel: what a Mapper of tests returns.
  static Mapping imitate(std::vector<Target> table, bool writable);
  Mapping(Mapping&&) noexcept = default;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  const std::shared_ptr<image::BlockNode>& node() const noexcept { return node_; }
  bool writable() const noexcept { return writable_; }
  const std::vector<Target>& table() const noexcept { return table_; }
  /// Puts another table in the place of the present one, without users noticing.
  void reload(std::vector<Target> table);
  /// True where somebody beside this object has it open.
  bool in_use() const;
  /// The same for good: what was closed just now, a mount or a mapping above, is let go of by the kernel
  /// a moment later.
  bool stays_in_use() const;

 private:
  Mapping() = default;
  std::string name_;
  std::vector<Target> table_;
  bool writable_ = false;
  std::shared_ptr<image::BlockNode> node_;
};

/// What makes mappings: the kernel, or in tests something that only looks at their tables.
using Mapper = std::function<Mapping(const std::string& label, std::vector<Target> table, bool writable)>;

bool mapping_exists(const std::string& name);
/// Marks a device to go with its last user; true where it is gone already.
bool remove_mapping(const std::string& name);

/// "major:minor" of a block device.
std::string device_number(const image::BlockNode& node);

}  // namespace vmcraft::volume
