// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/volume_ldm.h"

#include <algorithm>

#include "base/text.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using handle::Handle;
using volume::ldm::Shape;

template <typename T>
std::vector<std::string> sorted_devices(const std::vector<std::shared_ptr<T>>& volumes) {
  std::vector<std::string> names;
  for (const auto& volume : volumes) names.push_back(volume->device());
  std::sort(names.begin(), names.end());
  return names;
}

const Shape& shape(Handle& h, const std::string& guid, const std::string& volume) {
  return h.devices().stack().dynamic_disks().shape(base::lower(guid), volume);
}

}  // namespace

std::vector<std::string> action::list_ldm_volumes(Handle& h) {
  return sorted_devices(h.devices().stack().dynamic_disks().volumes());
}

std::vector<std::string> action::list_ldm_partitions(Handle& h) {
  return sorted_devices(h.devices().stack().dynamic_disks().parts());
}

void action::ldmtool_create_all(Handle& h) {
  h.devices().stack().dynamic_disks().set_enabled(true);
  h.devices().stack().changed();
}

void action::ldmtool_remove_all(Handle& h) {
  volume::Stack& stack = h.devices().stack();
  for (const auto& volume : stack.dynamic_disks().volumes()) stack.deactivate(volume->device());
  for (const auto& part : stack.dynamic_disks().parts()) stack.deactivate(part->device());
  stack.dynamic_disks().set_enabled(false);
  stack.changed();
}

std::vector<std::string> action::ldmtool_scan(Handle& h) {
  h.devices().stack().changed();
  return h.devices().stack().dynamic_disks().guids({});
}

std::vector<std::string> action::ldmtool_scan_devices(Handle& h,
                                                      const std::vector<std::string>& devices) {
  std::vector<std::string> names;
  for (const std::string& device : devices) names.push_back(h.devices().find(device).name);
  h.devices().stack().changed();
  return h.devices().stack().dynamic_disks().guids(names);
}

std::string action::ldmtool_diskgroup_name(Handle& h, const std::string& diskgroup) {
  return h.devices().stack().dynamic_disks().group(base::lower(diskgroup)).name;
}

std::vector<std::string> action::ldmtool_diskgroup_volumes(Handle& h,
                                                           const std::string& diskgroup) {
  std::vector<std::string> names;
  for (const Shape& each : h.devices().stack().dynamic_disks().group(base::lower(diskgroup)).shapes)
    names.push_back(each.name);
  return names;
}

std::vector<std::string> action::ldmtool_diskgroup_disks(Handle& h, const std::string& diskgroup) {
  return h.devices().stack().dynamic_disks().group(base::lower(diskgroup)).disk_names;
}

std::string action::ldmtool_volume_type(Handle& h, const std::string& diskgroup,
                                        const std::string& volume) {
  return volume::ldm::kind_name(shape(h, diskgroup, volume).kind);
}

std::string action::ldmtool_volume_hint(Handle& h, const std::string& diskgroup,
                                        const std::string& volume) {
  return shape(h, diskgroup, volume).hint;
}

std::vector<std::string> action::ldmtool_volume_partitions(Handle& h, const std::string& diskgroup,
                                                           const std::string& volume) {
  std::vector<std::string> names;
  for (const volume::ldm::Piece& piece : shape(h, diskgroup, volume).pieces)
    names.push_back(piece.name);
  return names;
}

}  // namespace vmcraft
