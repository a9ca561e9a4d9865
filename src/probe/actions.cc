// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/probe.h"

#include <functional>

#include "base/error.h"
#include "base/text.h"
#include "handle/handle.h"
#include "handle/mounting.h"
#include "mount/drivers.h"
#include "probe/superblock.h"

namespace vmcraft {
namespace {

using handle::Device;
using handle::Handle;
using probe::Superblock;

Superblock superblock(Handle& h, const std::string& mountable) {
  const Device device = h.devices().find(handle::split_mountable(mountable).first);
  const auto view = h.devices().view(device, false);
  return probe::probe(view.fd, view.extent);
}

const partition::Partition* partition_entry(Handle& h, const Device& device) {
  if (device.kind != Device::Kind::partition) return nullptr;
  for (const partition::Partition& part : h.devices().table(device.disk_index)->partitions)
    if (part.number == device.partition_number) return &part;
  return nullptr;
}

std::string find_by(Handle& h, const std::string& wanted,
                    const std::function<std::string(const Superblock&)>& key) {
  if (wanted.empty()) base::throw_invalid("name", "is empty");
  for (const handle::FileSystem& found : handle::filesystems(h))
    if (key(found.superblock) == wanted) return found.mountable;
  base::throw_errno(wanted, ENOENT);
}

std::string find_partition_by(Handle& h, const std::string& wanted,
                              std::string partition::Partition::*member) {
  for (const std::string& name : h.devices().partition_names())
    if (base::lower(partition_entry(h, h.devices().find(name))->*member) == base::lower(wanted))
      return name;
  base::throw_errno(wanted, ENOENT);
}

}  // namespace

std::string action::vfs_type(Handle& h, const std::string& mountable) {
  return superblock(h, mountable).type;
}

std::string action::vfs_label(Handle& h, const std::string& mountable) {
  return superblock(h, mountable).label;
}

std::string action::vfs_uuid(Handle& h, const std::string& mountable) {
  return superblock(h, mountable).uuid;
}

HashTable action::blkid(Handle& h, const std::string& device) {
  HashTable table = superblock(h, device).values;
  if (const partition::Partition* part = partition_entry(h, h.devices().find(device))) {
    table.emplace_back("PART_ENTRY_NUMBER", std::to_string(part->number));
    table.emplace_back("PART_ENTRY_TYPE", part->type);
    if (!part->uuid.empty()) table.emplace_back("PART_ENTRY_UUID", part->uuid);
    if (!part->name.empty()) table.emplace_back("PART_ENTRY_NAME", part->name);
    table.emplace_back("PART_ENTRY_OFFSET", std::to_string(part->start_bytes / 512));
    table.emplace_back("PART_ENTRY_SIZE", std::to_string(part->size_bytes / 512));
  }
  return table;
}

HashTable action::list_filesystems(Handle& h) {
  HashTable table;
  for (const handle::FileSystem& found : handle::filesystems(h))
    table.emplace_back(found.mountable, found.type);
  return table;
}

std::string action::findfs_uuid(Handle& h, const std::string& uuid) {
  return find_by(h, uuid, [](const Superblock& found) { return found.uuid; });
}

std::string action::findfs_label(Handle& h, const std::string& label) {
  return find_by(h, label, [](const Superblock& found) { return found.label; });
}

std::string action::findfs_partuuid(Handle& h, const std::string& uuid) {
  return find_partition_by(h, uuid, &partition::Partition::uuid);
}

std::string action::findfs_partlabel(Handle& h, const std::string& label) {
  return find_partition_by(h, label, &partition::Partition::name);
}

bool action::filesystem_available(Handle&, const std::string& filesystem) {
  try {
    return !mount::drivers_for(filesystem).empty();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace vmcraft
