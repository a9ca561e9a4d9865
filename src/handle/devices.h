// SPDX-License-Identifier: LGPL-3.0-or-later
// Disks, partitions and volumes of a handle, by the names guestfs gives them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/block_reader.h"
#include "image/disk.h"
#include "partition/table.h"
#include "volume/stack.h"

namespace vmcraft::handle {

/// What a device name stands for.
struct Device {
  enum class Kind { disk, partition, volume };
  Kind kind = Kind::disk;
  std::string name;              ///< canonical: /dev/sda, /dev/sda1, /dev/VG/LV
  std::size_t disk_index = 0;    ///< disk and partition
  int partition_number = 0;      ///< partition only
  image::Extent extent;          ///< on the disk; the whole for a volume
  std::shared_ptr<volume::Volume> volume;  ///< volume only
};

class Devices {
 public:
  struct Drive {
    image::DriveSpec spec;
    std::string name;  ///< /dev/sda
    std::unique_ptr<image::Disk> disk;
    std::optional<partition::Table> table;  ///< read on first use
    bool table_read = false;
    bool set_readonly = false;              ///< by blockdev_setro
  };

  void add(const image::DriveSpec& spec, std::unique_ptr<image::Disk> disk);
  std::size_t size() const noexcept { return drives_.size(); }
  Drive& drive(std::size_t index) { return drives_.at(index); }

  /// Names in the order of the drives.
  std::vector<std::string> disk_names() const;
  std::vector<std::string> partition_names();
  /// Of all volumes, whatever they are made of.
  std::vector<std::string> volume_names();

  /// Understands /dev/sd*, hd*, vd*, xvd*, /dev/disk/guestfs/LABEL, /dev/VG/LV and
  /// /dev/mapper/VG-LV. Throws Error naming the device where there is none.
  Device find(const std::string& name);
  bool exists(const std::string& name);

  /// The partition table of a disk; nothing where it has none.
  const std::optional<partition::Table>& table(std::size_t disk_index);
  /// Forgets what was read from a disk, after it was written to.
  void changed(std::size_t disk_index);

  /// Makes what a program wrote to a device visible to all who read it, and forgets what was known
  /// of it.
  void wrote(const Device& device);

  /// A block device for mounts and tools; it stays until the drive changes or the handle ends.
  std::shared_ptr<image::BlockNode> node(const Device& device, bool writable);
  /// The device's bytes: a descriptor and the range in it.
  struct View {
    int fd;
    image::Extent extent;
  };
  View view(const Device& device, bool writable);
  image::FdReader reader(const Device& device);

  /// Lets LVM see only these devices, and the partitions of those that are drives; all of them where
  /// the set is empty.
  void set_lvm_filter(std::set<std::string> names);

  /// LVM, RAID, dynamic disks, opened encrypted volumes.
  volume::Stack& stack() noexcept { return stack_; }

  /// The disks and partitions a device stands on: itself, or those below a volume.
  std::vector<Device> bases(const Device& device);

  bool is_readonly(const Device& device);
  /// Refuses or allows writes through this handle to the drive below the device.
  void set_readonly(const Device& device, bool readonly);

  void flush();
  void close();

 private:
  void check_writable(const Device& device) const;
  Device find_partition(std::size_t disk_index, int number, const std::string& name);
  std::vector<volume::Place> ground();
  bool lvm_may_see(const std::string& device) const;
  void add_dynamic_disk(std::size_t index, std::vector<volume::Place>& places);
  volume::Place place(const std::string& name);

  std::shared_ptr<image::BlockNode> drive_node(const Device& device, bool writable);

  std::vector<Drive> drives_;
  struct Node {
    std::size_t disk_index;
    std::string name;
    bool writable;
    std::shared_ptr<image::BlockNode> node;
  };
  std::vector<Node> nodes_;
  std::set<std::string> lvm_filter_;
  volume::Stack stack_{[this] { return ground(); }};
};

/// /dev/VG/LV of /dev/mapper/VG-LV, where hyphens inside names are doubled; nothing for a volume of
/// dynamic disks.
std::optional<std::string> volume_of_mapper_name(const std::string& name);
/// Index of a disk letter suffix: "a" is 0, "z" 25, "aa" 26; nothing where it is not one.
std::optional<std::size_t> drive_index(std::string_view letters);
std::string drive_letters(std::size_t index);

}  // namespace vmcraft::handle
