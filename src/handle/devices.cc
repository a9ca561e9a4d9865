// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/devices.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::handle {
namespace {

constexpr std::array<std::string_view, 4> kDiskPrefixes = {"/dev/sd", "/dev/hd", "/dev/vd",
                                                           "/dev/xvd"};
constexpr std::string_view kLabelFolder = "/dev/disk/guestfs/";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";

struct DiskName {
  std::size_t index;
  int partition;  // 0: the disk itself
};

// "/dev/sda12" and its like; nothing for any other name.
std::optional<DiskName> parse_disk_name(std::string_view name) {
  for (const std::string_view prefix : kDiskPrefixes) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(prefix.size());
    const std::size_t letters = std::min(rest.find_first_not_of(kLetters), rest.size());
    const auto index = drive_index(rest.substr(0, letters));
    const std::string_view digits = rest.substr(letters);
    if (!index || digits.find_first_not_of(kDigits) != std::string_view::npos) continue;
    if (digits.empty()) return DiskName{*index, 0};
    const auto number = base::parse_number<int>(digits);
    if (number && *number > 0) return DiskName{*index, *number};
  }
  return std::nullopt;
}

// What the kernel keeps of a block device in its own cache, which others do not see.
void forget_cached(int fd) { ::ioctl(fd, BLKFLSBUF, 0); }

}  // namespace

std::optional<std::string> volume_of_mapper_name(const std::string& name) {
  constexpr std::string_view kFolder = "/dev/mapper/";
  if (!name.starts_with(kFolder)) return std::nullopt;
  const std::string_view rest = std::string_view(name).substr(kFolder.size());
  if (rest.starts_with("ldm_vol_") || rest.starts_with("ldm_part_")) return std::nullopt;
  std::string group;
  for (std::size_t i = kFolder.size(); i < name.size(); ++i) {
    const bool hyphen = name[i] == '-';
    if (hyphen && (i + 1 == name.size() || name[i + 1] != '-')) {
      std::string volume;
      for (std::size_t j = i + 1; j < name.size(); ++j) {
        volume += name[j];
        if (name[j] == '-') ++j;
      }
      return group.empty() || volume.empty() ? std::nullopt
                                             : std::optional("/dev/" + group + "/" + volume);
    }
    group += name[i];
    if (hyphen) ++i;
  }
  return std::nullopt;
}

std::optional<std::size_t> drive_index(std::string_view letters) {
  if (letters.empty() || letters.size() > 4) return std::nullopt;
  std::size_t value = 0;
  for (const char c : letters) {
    if (c < 'a' || c > 'z') return std::nullopt;
    value = value * 26 + static_cast<std::size_t>(c - 'a') + 1;
  }
  return value - 1;
}

std::string drive_letters(std::size_t index) {
  std::string letters;
  for (std::size_t value = index + 1; value > 0; value = (value - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('a' + (value - 1) % 26));
  return letters;
}

void Devices::add(const image::DriveSpec& spec, std::unique_ptr<image::Disk> disk) {
  drives_.push_back({spec, "/dev/sd" + drive_letters(drives_.size()), std::move(disk), {}, false, false});
}

std::vector<std::string> Devices::disk_names() const {
  std::vector<std::string> names;
  for (const Drive& drive : drives_) names.push_back(drive.name);
  return names;
}

std::vector<std::string> Devices::partition_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < drives_.size(); ++i) {
    if (!table(i)) continue;
    for (const partition::Partition& part : table(i)->partitions)
      names.push_back(drives_[i].name + std::to_string(part.number));
  }
  return names;
}

std::vector<std::string> Devices::volume_names() {
  std::vector<std::string> names;
  for (const auto& volume : stack_.volumes()) names.push_back(volume->device());
  return names;
}

const std::optional<partition::Table>& Devices::table(std::size_t disk_index) {
  Drive& drive = drives_.at(disk_index);
  if (!drive.table_read) {
    drive.table = partition::read_table(drive.disk->fd(), drive.disk->sector_size_bytes());
    drive.table_read = true;
  }
  return drive.table;
}

void Devices::changed(std::size_t disk_index) {
  stack_.changed();
  drives_.at(disk_index).table_read = false;
  drives_.at(disk_index).table.reset();
  std::erase_if(nodes_, [&](const Node& known) {
    return known.disk_index == disk_index && known.name != drives_.at(disk_index).name;
  });
}

Device Devices::find(const std::string& name) {
  if (const auto disk = parse_disk_name(name)) {
    if (disk->index >= drives_.size()) base::throw_errno(name, ENOENT);
    if (disk->partition != 0) return find_partition(disk->index, disk->partition, name);
    Device device;
    device.name = drives_[disk->index].name;
    device.disk_index = disk->index;
    device.extent = {0, drives_[disk->index].disk->size_bytes()};
    return device;
  }
  if (name.starts_with(kLabelFolder)) {
    const std::string rest = name.substr(kLabelFolder.size());
    for (const Drive& drive : drives_) {
      if (drive.spec.label.empty() || !rest.starts_with(drive.spec.label)) continue;
      const std::string digits = rest.substr(drive.spec.label.size());
      if (digits.find_first_not_of(kDigits) == std::string::npos) return find(drive.name + digits);
    }
  }
  const auto volume = stack_.find(volume_of_mapper_name(name).value_or(name));
  const auto found = volume ? volume : stack_.find(name);
  if (!found) base::throw_errno(name, ENOENT);
  Device device;
  device.kind = Device::Kind::volume;
  device.name = found->device();
  device.volume = found;
  device.extent = {0, found->size_bytes()};
  return device;
}

bool Devices::exists(const std::string& name) {
  try {
    find(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Device Devices::find_partition(std::size_t disk_index, int number, const std::string& name) {
  if (table(disk_index)) {
    for (const partition::Partition& part : table(disk_index)->partitions) {
      if (part.number != number) continue;
      Device device;
      device.kind = Device::Kind::partition;
      device.name = drives_[disk_index].name + std::to_string(number);
      device.disk_index = disk_index;
      device.partition_number = number;
      device.extent = {part.start_bytes, part.size_bytes};
      // As the kernel has it: room for a boot loader, and no way to the logical ones inside.
      constexpr unsigned kLoaderBytes = 1024;
      if (part.extended)
        device.extent.size_bytes = std::min<std::uint64_t>(
            part.size_bytes, std::max(kLoaderBytes, drives_[disk_index].disk->sector_size_bytes()));
      return device;
    }
  }
  base::throw_errno(name, ENOENT);
}

std::vector<Device> Devices::bases(const Device& device) {
  if (device.kind != Device::Kind::volume) return {device};
  std::vector<Device> list;
  for (const std::string& name : device.volume->below())
    for (Device& base : bases(find(name))) list.push_back(std::move(base));
  return list;
}

bool Devices::is_readonly(const Device& device) {
  for (const Device& base : bases(device)) {
    const Drive& drive = drives_.at(base.disk_index);
    if (drive.spec.readonly || drive.set_readonly) return true;
  }
  return false;
}

void Devices::set_readonly(const Device& device, bool readonly) {
  if (device.kind == Device::Kind::volume)
    base::throw_not_supported(device.name, "volumes are set read-only with their drives");
  drives_.at(device.disk_index).set_readonly = readonly;
}

void Devices::check_writable(const Device& device) const {
  if (device.kind != Device::Kind::volume && drives_.at(device.disk_index).set_readonly)
    base::throw_errno(device.name, EROFS);
}

std::shared_ptr<image::BlockNode> Devices::node(const Device& device, bool writable) {
  if (writable) check_writable(device);
  if (device.kind == Device::Kind::volume) return device.volume->node(writable);
  return drive_node(device, writable);
}

std::shared_ptr<image::BlockNode> Devices::drive_node(const Device& device, bool writable) {
  for (const Node& known : nodes_) {
    if (known.name != device.name || known.writable != writable) continue;
    forget_cached(known.node->fd());
    return known.node;
  }
  // Nodes over a read-only image do not show the overlay that its first writer opens.
  if (writable && drives_.at(device.disk_index).spec.readonly)
    std::erase_if(nodes_, [&](const Node& known) {
      return known.disk_index == device.disk_index && !known.writable;
    });
  auto node = drives_.at(device.disk_index).disk->node(device.extent, writable);
  nodes_.push_back({device.disk_index, device.name, writable, node});
  return node;
}

void Devices::wrote(const Device& device) {
  stack_.changed();
  if (device.kind == Device::Kind::volume) {
    const auto written = device.volume->node(false);
    base::check(::fsync(written->fd()), device.name);
    forget_cached(written->fd());
    return;
  }
  for (const Node& known : nodes_) {
    if (known.disk_index != device.disk_index) continue;
    if (known.writable) base::check(::fsync(known.node->fd()), known.name);
    forget_cached(known.node->fd());
  }
  Drive& drive = drives_.at(device.disk_index);
  drive.disk->flush();
  forget_cached(drive.disk->fd());
  if (device.kind == Device::Kind::disk) changed(device.disk_index);
}

Devices::View Devices::view(const Device& device, bool writable) {
  if (writable) check_writable(device);
  if (device.kind == Device::Kind::volume) {
    // The node stays with the volume, so the descriptor does too.
    return {device.volume->node(writable)->fd(), device.extent};
  }
  image::Disk& disk = *drives_.at(device.disk_index).disk;
  const int fd = writable ? disk.writable_fd() : disk.fd();
  // What was written through a node is on the drive, but not in what the kernel keeps of it: read as it
  // was before, or written back with a small write into the same page.
  const bool written = std::any_of(nodes_.begin(), nodes_.end(), [&](const Node& known) {
    return known.disk_index == device.disk_index && known.writable;
  });
  if (written) forget_cached(fd);
  return {fd, device.extent};
}

image::FdReader Devices::reader(const Device& device) {
  const View bytes = view(device, false);
  return {bytes.fd, bytes.extent.offset_bytes, bytes.extent.size_bytes};
}

void Devices::set_lvm_filter(std::set<std::string> names) {
  lvm_filter_ = std::move(names);
  stack_.changed();
}

bool Devices::lvm_may_see(const std::string& device) const {
  if (lvm_filter_.empty() || lvm_filter_.contains(device)) return true;
  const auto disk = parse_disk_name(device);
  return disk && lvm_filter_.contains(drives_.at(disk->index).name);
}

volume::Place Devices::place(const std::string& name) {
  const Device device = find(name);
  return {name, lvm_may_see(name), {}, [this, device] { return std::make_unique<image::FdReader>(reader(device)); },
          [this, device](bool writable) { return node(device, writable); }};
}

// LDM stands on the drive as a whole, and says where its volumes are itself.
void Devices::add_dynamic_disk(std::size_t index, std::vector<volume::Place>& places) {
  const image::Disk& disk = *drives_[index].disk;
  if (disk.sector_size_bytes() != volume::ldm::kSectorBytes) return;
  auto headers = volume::ldm::header_offsets(*table(index), disk.size_bytes());
  if (headers.empty()) return;
  places.push_back(place(drives_[index].name));
  places.back().private_headers = std::move(headers);
}

// A drive that is a member of an array as a whole may seem to have a table: that of the array.
std::vector<volume::Place> Devices::ground() {
  std::vector<volume::Place> places;
  for (std::size_t i = 0; i < drives_.size(); ++i) {
    const bool member =
        table(i) && volume::md::read_superblock(reader(find(drives_[i].name))).has_value();
    if (!table(i) || member) {
      places.push_back(place(drives_[i].name));
      continue;
    }
    add_dynamic_disk(i, places);
    for (const partition::Partition& part : table(i)->partitions)
      if (!part.extended && !volume::ldm::is_dynamic(part)) places.push_back(place(drives_[i].name + std::to_string(part.number)));
  }
  return places;
}

void Devices::flush() {
  for (const Drive& drive : drives_) drive.disk->flush();
}

void Devices::close() {
  stack_.deactivate_all();
  nodes_.clear();
  std::exception_ptr first;
  for (Drive& drive : drives_) {
    try {
      drive.disk->close();
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  drives_.clear();
  if (first) std::rethrow_exception(first);
}

}  // namespace vmcraft::handle
