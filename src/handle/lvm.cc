// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/lvm.h"

#include "base/error.h"
#include "handle/tool.h"

namespace vmcraft::handle {
namespace {

// Without its driver LVM writes metadata and maps nothing, so that no name of a guest's volume appears
// among the machine's.
constexpr const char* kConfiguration = R"(
devices {
  dir="/dev" scan=["/dev"] use_devicesfile=0 obtain_device_list_from_udev=0
  external_device_info_source="none" types=["ubd",16,"virtblk",16,"nbd",16] scan_lvs=1
  md_component_detection=0 multipath_component_detection=0 sysfs_scan=0
  pv_min_size=512 allow_changes_with_duplicate_pvs=0
}
activation { udev_sync=0 udev_rules=0 verify_udev_operations=0 monitoring=0 }
global {
  activation=0 locking_dir="/run/lock/lvm" use_lvmpolld=0 use_lvmlockd=0 event_activation=0
  notify_dbus=0 system_id_source="none"
}
backup { backup=0 archive=0 }
)";

Tool lvm_tool(Handle& h, const std::vector<std::string>& words) {
  Tool tool(h, "lvm");
  tool.environment("LVM_SYSTEM_DIR", "/run/lvm-system").environment("DM_DISABLE_UDEV", "1");
  tool.environment("LVM_SUPPRESS_FD_WARNINGS", "1");
  tool.args(words.at(0), "--config", kConfiguration);
  tool.args(std::vector<std::string>(words.begin() + 1, words.end()));
  return tool;
}

}  // namespace

void change_lvm(Handle& h, const std::vector<std::string>& words,
                const std::vector<std::string>& devices) {
  Tool tool = lvm_tool(h, words);
  for (const std::string& device : devices) tool.shows(device, true);
  tool.run();
  h.devices().stack().changed();
}

std::string ask_lvm(Handle& h, const std::vector<std::string>& words) {
  Tool tool = lvm_tool(h, words);
  const std::vector<std::string> devices = physical_volumes(h);
  if (devices.empty()) return {};
  for (const std::string& device : devices) tool.shows(device, false);
  return tool.run();
}

std::shared_ptr<volume::lvm::Group> find_group(Handle& h, const std::string& name) {
  for (const auto& group : h.devices().stack().groups().groups())
    if (group->metadata().name == name) return group;
  base::throw_errno("volume group " + name, ENOENT);
}

std::vector<std::string> group_devices(const volume::lvm::Group& group) {
  std::vector<std::string> devices;
  for (const volume::lvm::PhysicalVolume& physical : group.metadata().physical_volumes)
    if (const auto* member = group.member(physical.name)) devices.push_back(member->place.device);
  return devices;
}

std::vector<std::string> physical_volumes(Handle& h) {
  std::vector<std::string> devices;
  for (const volume::lvm::Member& member : h.devices().stack().groups().members())
    devices.push_back(member.place.device);
  return devices;
}

std::pair<std::string, std::shared_ptr<volume::lvm::Group>> logical_volume(
    Handle& h, const std::string& name) {
  const Device device = h.devices().find(name);
  if (!device.volume || device.volume->kind() != volume::Kind::lvm)
    base::throw_invalid(device.name, "is not a logical volume");
  const std::string path = device.name.substr(std::string_view("/dev/").size());
  return {path, find_group(h, path.substr(0, path.find('/')))};
}

}  // namespace vmcraft::handle
