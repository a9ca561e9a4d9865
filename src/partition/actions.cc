// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/partition.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "base/error.h"
#include "base/fd.h"
#include "handle/handle.h"
#include "handle/mounting.h"
#include "partition/edit.h"
#include "partition/sfdisk.h"

namespace vmcraft {
namespace {

using handle::Device;
using handle::Handle;
using Entry = partition::Partition;
using partition::Table;

constexpr std::uint64_t kGptLegacyBoot = 4;
constexpr std::string_view kEfiSystem = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
constexpr std::uint64_t kMbrActive = 0x80;

const Table& table_of(Handle& h, const std::string& device) {
  const Device found = h.devices().find(device);
  if (found.kind != Device::Kind::disk) base::throw_invalid(device, "not a whole drive");
  const auto& table = h.devices().table(found.disk_index);
  if (!table) base::throw_invalid(device, "has no partition table that is known");
  return *table;
}

const Entry& partition_of(const Table& table, const std::string& device, int number) {
  for (const Entry& part : table.partitions)
    if (part.number == number) return part;
  base::throw_errno(device + " partition " + std::to_string(number), ENOENT);
}

const Entry& gpt_partition(Handle& h, const std::string& device, int number) {
  const Table& table = table_of(h, device);
  if (table.type != "gpt") base::throw_invalid(device, "partition table is not a GPT");
  return partition_of(table, device, number);
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// A drive to edit. What was read of it before is forgotten in the end.
class EditedDrive {
 public:
  /// `size_bytes` is how much of the drive there is to be; 0 is all of it.
  EditedDrive(Handle& h, const std::string& name, bool writable = true, std::uint64_t size_bytes = 0)
      : handle_(h), writable_(writable) {
    Device device = h.devices().find(name);
    if (device.kind != Device::Kind::disk) base::throw_invalid(name, "not a whole drive");
    index_ = device.disk_index;
    const auto view = h.devices().view(device, writable);
    target_ = {view.fd, h.devices().drive(index_).disk->sector_size_bytes(), device.name};
    // The device may have more sectors than the image, whose last one is not whole.
    const std::uint64_t wanted = size_bytes == 0 ? device.extent.size_bytes : size_bytes;
    const std::uint64_t usable = wanted - wanted % target_.sector_size_bytes;
    if (usable == device.extent.size_bytes) return;
    if (usable == 0 || usable > device.extent.size_bytes)
      base::throw_invalid("size", "is not within the drive");
    device.extent.size_bytes = usable;
    node_ = h.devices().drive(index_).disk->node(device.extent, writable);  // nobody else wants it so
    target_.fd = node_->fd();
  }
  EditedDrive(const EditedDrive&) = delete;
  EditedDrive& operator=(const EditedDrive&) = delete;
  ~EditedDrive() {
    if (writable_) handle_.devices().changed(index_);
  }

  const partition::EditTarget& target() const noexcept { return target_; }

  // Throws EBUSY where one of the partitions that would move or go is mounted, or the drive is.
  void check_unused(const std::function<bool(int number)>& affected) const {
    for (const handle::Use& use : handle::mounted_of(handle_, index_))
      if (use.partition_number == 0 || affected(use.partition_number))
        throw Error(ErrorCode::system, EBUSY, use.mountable + ": is mounted");
  }
  void check_all_unused() const {
    check_unused([](int) { return true; });
  }
  void check_unused(int number) const {
    check_unused([number](int other) { return other == number; });
  }

 private:
  Handle& handle_;
  bool writable_;
  std::size_t index_ = 0;
  partition::EditTarget target_;
  std::shared_ptr<image::BlockNode> node_;
};

partition::Place place_of(const std::string& prlogex) {
  if (prlogex == "p" || prlogex == "primary") return partition::Place::primary;
  if (prlogex == "l" || prlogex == "logical") return partition::Place::logical;
  if (prlogex == "e" || prlogex == "extended") return partition::Place::extended;
  base::throw_invalid("prlogex", "'" + prlogex + "' is not one of primary, logical, extended");
}

// Which partitions lose their place or their number with this one.
std::function<bool(int)> gone_with(const Table& table, const Entry& entry) {
  const int number = entry.number;
  if (table.type != "msdos") return [number](int other) { return other == number; };
  const bool all_logical = entry.extended;
  const bool later_logical = entry.logical;
  return [=](int other) {
    return other == number || (all_logical && other > 4) || (later_logical && other > number);
  };
}

partition::Geometry geometry(int cylinders, int heads, int sectors) {
  if (cylinders < 0 || heads < 0 || sectors < 0)
    base::throw_invalid("geometry", "must not be negative");
  return {static_cast<unsigned>(cylinders), static_cast<unsigned>(heads),
          static_cast<unsigned>(sectors)};
}

Device partition_device(Handle& h, const std::string& name) {
  Device device = h.devices().find(name);
  if (device.kind != Device::Kind::partition) base::throw_invalid(name, "not a partition");
  return device;
}

}  // namespace

std::vector<Partition> action::part_list(Handle& h, const std::string& device) {
  std::vector<Partition> list;
  for (const Entry& part : table_of(h, device).partitions)
    list.push_back({part.number, part.start_bytes, part.start_bytes + part.size_bytes - 1,
                    part.size_bytes});
  return list;
}

std::string action::part_get_parttype(Handle& h, const std::string& device) {
  return table_of(h, device).type;
}

bool action::part_get_bootable(Handle& h, const std::string& device, int partnum) {
  const Table& table = table_of(h, device);
  const Entry& part = partition_of(table, device, partnum);
  if (table.type != "gpt") return (part.attributes & kMbrActive) != 0;
  return part.type == kEfiSystem || (part.attributes & kGptLegacyBoot) != 0;
}

int action::part_get_mbr_id(Handle& h, const std::string& device, int partnum) {
  const Table& table = table_of(h, device);
  if (table.type != "msdos") base::throw_invalid(device, "partition table is not an MBR");
  return std::stoi(partition_of(table, device, partnum).type, nullptr, 16);
}

std::string action::part_get_mbr_part_type(Handle& h, const std::string& device, int partnum) {
  const Entry& part = partition_of(table_of(h, device), device, partnum);
  return part.extended ? "extended" : part.logical ? "logical" : "primary";
}

std::string action::part_get_gpt_type(Handle& h, const std::string& device, int partnum) {
  return upper(gpt_partition(h, device, partnum).type);
}

std::string action::part_get_gpt_guid(Handle& h, const std::string& device, int partnum) {
  return upper(gpt_partition(h, device, partnum).uuid);
}

std::int64_t action::part_get_gpt_attributes(Handle& h, const std::string& device, int partnum) {
  return static_cast<std::int64_t>(gpt_partition(h, device, partnum).attributes);
}

std::string action::part_get_disk_guid(Handle& h, const std::string& device) {
  const Table& table = table_of(h, device);
  if (table.type != "gpt") base::throw_invalid(device, "partition table is not a GPT");
  return upper(table.id);
}

std::string action::part_get_name(Handle& h, const std::string& device, int partnum) {
  return gpt_partition(h, device, partnum).name;
}

std::string action::part_to_dev(Handle& h, const std::string& name) {
  return h.devices().drive(partition_device(h, name).disk_index).name;
}

int action::part_to_partnum(Handle& h, const std::string& name) {
  return partition_device(h, name).partition_number;
}

// Changes of the layout.

void action::part_init(Handle& h, const std::string& device, const std::string& parttype) {
  const EditedDrive drive(h, device);
  drive.check_all_unused();
  partition::create_table(drive.target(), parttype);
}

void action::part_disk(Handle& h, const std::string& device, const std::string& parttype) {
  const EditedDrive drive(h, device);
  drive.check_all_unused();
  partition::create_single(drive.target(), parttype);
}

void action::part_add(Handle& h, const std::string& device, const std::string& prlogex,
                      std::int64_t startsect, std::int64_t endsect) {
  const partition::Place place = place_of(prlogex);
  partition::add(EditedDrive(h, device).target(), place, {startsect, endsect});
}

void action::part_del(Handle& h, const std::string& device, int partnum) {
  const EditedDrive drive(h, device);
  const Table& table = table_of(h, device);
  drive.check_unused(gone_with(table, partition_of(table, device, partnum)));
  partition::remove(drive.target(), partnum);
}

void action::part_move(Handle& h, const std::string& device, int partnum, std::int64_t startsect) {
  if (startsect < 0) base::throw_invalid("startsect", "must not be negative");
  const EditedDrive drive(h, device);
  drive.check_unused(partnum);
  partition::move(drive.target(), partnum, static_cast<std::uint64_t>(startsect),
                  [&h](std::uint64_t done, std::uint64_t total) { h.progress(done, total); });
}

void action::part_resize(Handle& h, const std::string& device, int partnum, std::int64_t endsect) {
  const EditedDrive drive(h, device);
  drive.check_unused(partnum);
  partition::resize(drive.target(), partnum, endsect);
}

void action::part_expand_gpt(Handle& h, const std::string& device) {
  partition::expand_gpt(EditedDrive(h, device).target());
}

void action::part_shrink_gpt(Handle& h, const std::string& device, std::int64_t size) {
  if (size <= 0) base::throw_invalid("size", "must be positive");
  const EditedDrive whole(h, device);
  whole.check_all_unused();
  const EditedDrive rest(h, device, true, static_cast<std::uint64_t>(size));
  partition::shrink_gpt(whole.target(), rest.target());
}

// Names, types and flags.

void action::part_set_bootable(Handle& h, const std::string& device, int partnum, bool bootable) {
  partition::set_bootable(EditedDrive(h, device).target(), partnum, bootable);
}

void action::part_set_mbr_id(Handle& h, const std::string& device, int partnum, int idbyte) {
  partition::set_mbr_type(EditedDrive(h, device).target(), partnum, idbyte);
}

void action::part_set_name(Handle& h, const std::string& device, int partnum,
                           const std::string& name) {
  partition::set_gpt_name(EditedDrive(h, device).target(), partnum, name);
}

void action::part_set_gpt_type(Handle& h, const std::string& device, int partnum,
                               const std::string& guid) {
  partition::set_gpt_type(EditedDrive(h, device).target(), partnum, guid);
}

void action::part_set_gpt_guid(Handle& h, const std::string& device, int partnum,
                               const std::string& guid) {
  partition::set_gpt_guid(EditedDrive(h, device).target(), partnum, guid);
}

void action::part_set_gpt_attributes(Handle& h, const std::string& device, int partnum,
                                     std::int64_t attributes) {
  partition::set_gpt_attributes(EditedDrive(h, device).target(), partnum,
                                static_cast<std::uint64_t>(attributes));
}

void action::part_set_disk_guid(Handle& h, const std::string& device, const std::string& guid) {
  partition::set_disk_guid(EditedDrive(h, device).target(), guid);
}

void action::part_set_disk_guid_random(Handle& h, const std::string& device) {
  partition::set_disk_guid(EditedDrive(h, device).target(), std::nullopt);
}

// As sfdisk does it.

void action::sfdisk(Handle& h, const std::string& device, int cyls, int heads, int sectors,
                    const std::vector<std::string>& lines) {
  const EditedDrive drive(h, device);
  drive.check_all_unused();
  partition::apply_lines(drive.target(), geometry(cyls, heads, sectors), lines,
                         partition::LineUnit::sectors);
}

void action::sfdiskM(Handle& h, const std::string& device, const std::vector<std::string>& lines) {
  const EditedDrive drive(h, device);
  drive.check_all_unused();
  partition::apply_lines(drive.target(), {}, lines, partition::LineUnit::mebibytes);
}

void action::sfdisk_N(Handle& h, const std::string& device, int partnum, int cyls, int heads,
                      int sectors, const std::string& line) {
  const EditedDrive drive(h, device);
  drive.check_unused(partnum);
  partition::apply_line(drive.target(), partnum, geometry(cyls, heads, sectors), line);
}

std::string action::sfdisk_l(Handle& h, const std::string& device) {
  return partition::describe(EditedDrive(h, device, false).target());
}

std::string action::sfdisk_disk_geometry(Handle& h, const std::string& device) {
  return partition::describe_geometry(EditedDrive(h, device, false).target());
}

std::string action::sfdisk_kernel_geometry(Handle& h, const std::string& device) {
  return partition::describe_geometry(EditedDrive(h, device, false).target());
}

}  // namespace vmcraft
