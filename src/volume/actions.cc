// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "handle/handle.h"
#include "handle/mounting.h"
#include "handle/zfs.h"
#include "probe/superblock.h"

namespace vmcraft {
namespace {

using handle::Device;
using handle::Handle;

const char* kind_name(volume::Kind kind) {
  switch (kind) {
    case volume::Kind::lvm: return "lvm";
    case volume::Kind::md: return "md";
    case volume::Kind::crypt: return "crypt";
    case volume::Kind::ldm: return "ldm";
  }
  return "";
}

// Fills in what is on the device; where it cannot be looked at, why.
void describe_content(Handle& h, Volume& row) {
  try {
    const auto view = h.devices().view(h.devices().find(row.vol_device), false);
    const probe::Superblock found = probe::probe(view.fd, view.extent);
    row.vol_content = found.ambiguous ? "ambiguous" : found.type;
    row.vol_content_uuid = found.uuid;
    row.vol_label = found.label;
    if (found.usage == "crypto" && row.vol_trouble.empty())
      row.vol_trouble = handle::locked_text(h, row.vol_device);
    if (found.type == "bcache" && row.vol_trouble.empty())
      row.vol_trouble = "is part of a bcache, which is not opened";
  } catch (const Error& failure) {
    if (row.vol_trouble.empty()) row.vol_trouble = failure.what();
  }
}

void add_drives(Handle& h, std::vector<Volume>& rows) {
  handle::Devices& devices = h.devices();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const Device disk = devices.find(devices.drive(i).name);
    Volume row;
    row.vol_device = disk.name;
    row.vol_kind = "disk";
    row.vol_size = disk.extent.size_bytes;
    const auto& table = devices.table(i);
    if (table) {
      row.vol_layout = table->type;
      row.vol_uuid = table->id;
    } else {
      describe_content(h, row);
    }
    rows.push_back(row);
    if (!table) continue;
    for (const partition::Partition& part : table->partitions) {
      Volume child;
      child.vol_device = disk.name + std::to_string(part.number);
      child.vol_kind = "partition";
      child.vol_layout = part.type;
      child.vol_size = part.size_bytes;
      child.vol_below = disk.name;
      if (!part.extended) describe_content(h, child);
      rows.push_back(child);
    }
  }
}

void add_group(const volume::lvm::Group& group, std::vector<Volume>& rows) {
  Volume row;
  const volume::lvm::VolumeGroup& metadata = group.metadata();
  row.vol_device = "/dev/" + metadata.name;
  row.vol_kind = "group";
  row.vol_uuid = metadata.uuid;
  row.vol_trouble = group.trouble();
  std::vector<std::string> below;
  for (const volume::lvm::PhysicalVolume& physical : metadata.physical_volumes) {
    row.vol_size += physical.extent_count * metadata.extent_sectors * 512;
    if (const auto* member = group.member(physical.name)) below.push_back(member->place.device);
  }
  row.vol_below = base::join(below, " ");
  rows.push_back(row);
}

// What of the rows is a member of a pool, and the pools.
void add_pools(Handle& h, std::vector<Volume>& rows) {
  std::vector<std::string> devices;
  for (const Volume& row : rows)
    if (row.vol_content == "zfs_member") devices.push_back(row.vol_device);
  const auto members = handle::zfs_members(h, devices);
  for (const volume::zfs::Member& member : members) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Volume& candidate) {
      return candidate.vol_device == member.device;
    });
    if (member.label.pool_guid == 0)
      row->vol_trouble = std::string("is a ") + volume::zfs::state_name(member.label.state) +
                         " device of a ZFS pool";
  }
  for (const volume::zfs::Pool& pool : volume::zfs::pools_of(members)) {
    Volume row;
    row.vol_device = pool.name;
    row.vol_kind = "pool";
    row.vol_layout = pool.layout;
    row.vol_content = "zfs";
    row.vol_size = pool.size_bytes;
    row.vol_uuid = std::to_string(pool.guid);
    row.vol_below = base::join(pool.devices, " ");
    row.vol_trouble = pool.trouble;
    rows.push_back(row);
  }
}

}  // namespace

std::vector<Volume> action::volume_graph(Handle& h) {
  std::vector<Volume> rows;
  add_drives(h, rows);
  volume::Stack& stack = h.devices().stack();
  const auto volumes = stack.volumes();
  std::set<std::string> groups_shown;
  for (const auto& volume : volumes) {
    Volume row;
    row.vol_device = volume->device();
    row.vol_kind = kind_name(volume->kind());
    row.vol_layout = volume->layout();
    row.vol_size = volume->size_bytes();
    row.vol_uuid = volume->uuid();
    row.vol_below = base::join(volume->below(), " ");
    row.vol_trouble = volume->trouble();
    if (volume->kind() == volume::Kind::lvm) {
      for (const auto& group : stack.groups().groups()) {
        const std::string folder = "/dev/" + group->metadata().name;
        if (!row.vol_device.starts_with(folder + "/")) continue;
        if (groups_shown.insert(folder).second) add_group(*group, rows);
        row.vol_below = folder;
      }
    }
    if (!volume->is_part()) describe_content(h, row);
    rows.push_back(row);
  }
  for (const auto& group : stack.groups().groups())
    if (groups_shown.insert("/dev/" + group->metadata().name).second) add_group(*group, rows);
  add_pools(h, rows);
  for (const std::string& finding : stack.findings()) {
    Volume row;
    row.vol_kind = "finding";
    row.vol_trouble = finding;
    rows.push_back(row);
  }
  return rows;
}

void action::volume_allow(Handle& h, const std::vector<std::string>& what) {
  volume::Allowed allowed;
  for (const std::string& word : what) {
    if (word == "partial") allowed.partial = true;
    else if (word == "degraded-write") allowed.degraded_write = true;
    else base::throw_invalid("what", "'" + word + "' is not one of partial, degraded-write");
  }
  h.devices().stack().allowed() = allowed;
}

}  // namespace vmcraft
