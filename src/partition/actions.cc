// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/partition.h"

#include <algorithm>

#include "base/error.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using handle::Device;
using handle::Handle;
using Entry = partition::Partition;
using partition::Table;

constexpr std::uint64_t kGptLegacyBoot = 4;
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
  const std::uint64_t bit = table.type == "gpt" ? kGptLegacyBoot : kMbrActive;
  return (partition_of(table, device, partnum).attributes & bit) != 0;
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

}  // namespace vmcraft
