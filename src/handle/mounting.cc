// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/mounting.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"
#include "fs/btrfs.h"
#include "handle/file_system.h"
#include "handle/zfs.h"

namespace vmcraft::handle {
namespace {

constexpr std::string_view kBtrfsVolume = "btrfsvol:";

// Types whose content is Windows' own: LDM on MBR, LDM metadata and data, reserved, Storage Spaces.
constexpr std::array<std::string_view, 5> kWindowsInternal = {
    "0x42", "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "af9b60a0-1431-4f62-bc68-3311714a69ad",
    "e3c9e316-0b5c-4db8-817d-f92df00215ae", "caddebf1-4400-4de8-b103-12117dcf3ccf"};

bool is_readonly(const std::string& options) {
  const std::vector<std::string> words = base::split(options, ',');
  return std::find(words.begin(), words.end(), "ro") != words.end();
}

std::string content_type(Handle& h, const Device& device) {
  const auto view = h.devices().view(device, false);
  const probe::Superblock found = probe::probe(view.fd, view.extent);
  if (!found.type.empty()) return found.type;
  throw Error(ErrorCode::invalid_argument, EINVAL,
              device.name + (found.ambiguous ? ": holds several file systems at once; name the type"
                                             : ": holds no file system that is known"));
}

// The kernel finds no device of a btrfs by itself: no udev tells it of those of a handle.
std::string member_options(Handle& h, const Device& device, bool writable) {
  std::string options;
  for (const std::string& name : btrfs_members(h, device))
    if (name != device.name)
      options += ",device=" + h.devices().node(h.devices().find(name), writable)->path();
  return options;
}

// Every member of the pool, for the program that reads it.
std::string pool_options(Handle& h, const Device& device) {
  std::string options;
  for (const std::string& name : zfs_devices_to_mount(h, device.name))
    if (name != device.name)
      options += ",device=" + h.devices().node(h.devices().find(name), false)->path();
  return options;
}

void attempt(Handle& h, mount::Table& table, const Device& device, mount::MountRequest request,
             bool writable) {
  const auto node = h.devices().node(device, writable);
  request.node = node->path();
  if (request.fs_type == "btrfs") request.options += member_options(h, device, writable);
  if (request.fs_type == "zfs_member") request.options += pool_options(h, device);
  if (request.options.starts_with(',')) request.options.erase(0, 1);
  table.mount(request);
}

void mount_request(Handle& h, mount::Table& table, const Device& device,
                   const mount::MountRequest& request) {
  const bool readonly = is_readonly(request.options);
  try {
    attempt(h, table, device, request, !readonly);
  } catch (const Error& failure) {
    // A journal wants replaying; where the drive is read-only its overlay takes that.
    const bool refused = failure.errno_value() == EROFS || failure.errno_value() == EACCES;
    if (!readonly || !refused) throw;
    base::trace("{}: {}; again with a device that can be written", device.name, failure.what());
    attempt(h, table, device, request, true);
  }
}

// Containers of other things: they hold no file system of their own.
bool is_container(const probe::Superblock& found) {
  return found.type.ends_with("_member") || found.usage == "raid" || found.usage == "crypto";
}

// A volume that does not open, such as one without all its disks, holds something unknown.
probe::Superblock content_of(Handle& h, const std::string& name) {
  const Device device = h.devices().find(name);
  if (device.kind == Device::Kind::volume && !device.volume->trouble().empty()) {
    try {
      device.volume->node(false);
    } catch (const Error& failure) {
      base::trace("{}", failure.what());
      return {};
    }
  }
  const auto view = h.devices().view(device, false);
  return probe::probe(view.fd, view.extent);
}

// Only the mounted file system knows its subvolumes; one that does not mount has none to show.
void add_subvolumes(Handle& h, const std::string& device,
                    std::vector<FileSystem>& list) {
  try {
    mount::Table& table = h.looking_mounts();
    mount_device(h, table, {"ro", "btrfs", device, "/"});
    const auto subvolumes =
        fs::list_subvolumes(table.root().open("/", O_RDONLY | O_DIRECTORY).get());
    table.umount_all();
    for (const fs::Subvolume& subvolume : subvolumes)
      list.push_back({std::string(kBtrfsVolume) + device + "/" + subvolume.path, "btrfs", {}});
  } catch (const Error& failure) {
    base::trace("{}: subvolumes: {}", device, failure.what());
    h.looking_mounts().umount_all();
  }
}

// The number of the device in a machine that has the drives as its SCSI disks, and nothing else.
dev_t shown_number(Handle& h, const Device& device) {
  constexpr std::size_t kDisksOfMajor = 16;
  constexpr unsigned kFirstMajor = 8;
  constexpr unsigned kSecondMajor = 65;
  constexpr unsigned kMapperMajor = 253;
  if (device.kind == Device::Kind::volume) {
    const std::vector<std::string> names = h.devices().volume_names();
    return makedev(kMapperMajor, static_cast<unsigned>(std::ranges::find(names, device.name) - names.begin()));
  }
  const std::size_t series = device.disk_index / kDisksOfMajor;
  const unsigned minor_number = static_cast<unsigned>(device.disk_index % kDisksOfMajor * kDisksOfMajor) +
                                static_cast<unsigned>(device.partition_number);
  return makedev(series == 0 ? kFirstMajor : kSecondMajor + static_cast<unsigned>(series) - 1, minor_number);
}

}  // namespace

std::pair<std::string, std::string> split_mountable(const std::string& mountable) {
  if (!mountable.starts_with(kBtrfsVolume)) return {mountable, {}};
  const std::string rest = mountable.substr(kBtrfsVolume.size());
  // A disk's name has two slashes, that of a volume three.
  const bool disk = rest.starts_with("/dev/sd") || rest.starts_with("/dev/hd") ||
                    rest.starts_with("/dev/vd") || rest.starts_with("/dev/xvd") ||
                    rest.starts_with("/dev/md");
  std::size_t slash = rest.find('/', 5);
  if (!disk && slash != std::string::npos) slash = rest.find('/', slash + 1);
  if (slash == std::string::npos) return {rest, {}};
  return {rest.substr(0, slash), rest.substr(slash + 1)};
}

void mount_device(Handle& h, mount::Table& table, const MountWish& wish) {
  const auto [name, subvolume] = split_mountable(wish.mountable);
  const Device device = h.devices().find(name);
  mount::MountRequest request;
  request.device = wish.mountable;
  request.target = wish.mountpoint;
  request.shown_number = shown_number(h, device);
  request.options = wish.options;
  if (!subvolume.empty())
    request.options += (wish.options.empty() ? "subvol=" : ",subvol=") + subvolume;
  request.fs_type =
      wish.fs_type.empty() || wish.fs_type == "auto" ? content_type(h, device) : wish.fs_type;
  try {
    mount_request(h, table, device, request);
  } catch (const CommandError&) {
    throw;
  } catch (const Error& failure) {
    throw Error(failure.code(), failure.errno_value(),
                wish.mountable + " on " + wish.mountpoint + ": " + failure.what());
  }
}

std::vector<Use> mounted_of(Handle& h, std::size_t disk_index) {
  std::vector<Use> uses;
  if (!h.has_mounts()) return uses;
  for (const mount::Mounted& mounted : h.mounts().mounts()) {
    const std::string name = split_mountable(mounted.device).first;
    if (!h.devices().exists(name)) continue;  // a file of the guest
    for (const Device& base : h.devices().bases(h.devices().find(name)))
      if (base.disk_index == disk_index) uses.push_back({mounted.device, base.partition_number});
  }
  return uses;
}

std::vector<std::string> content_devices(Handle& h) {
  std::vector<std::string> names;
  std::vector<std::string> partitions;  // after all whole disks, as libguestfs has them
  Devices& devices = h.devices();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const auto& table = devices.table(i);
    if (!table || table->partitions.empty()) names.push_back(devices.drive(i).name);
    if (!table) continue;
    for (const partition::Partition& part : table->partitions) {
      const bool internal = std::find(kWindowsInternal.begin(), kWindowsInternal.end(),
                                      part.type) != kWindowsInternal.end();
      if (!part.extended && !internal)
        partitions.push_back(devices.drive(i).name + std::to_string(part.number));
    }
  }
  names.insert(names.end(), partitions.begin(), partitions.end());
  for (const auto& volume : devices.stack().volumes())
    if (!volume->is_part()) names.push_back(volume->device());
  return names;
}

std::vector<FileSystem> filesystems(Handle& h) {
  std::vector<FileSystem> list;
  for (const std::string& name : content_devices(h)) {
    const probe::Superblock found = content_of(h, name);
    if (is_container(found)) continue;
    const auto same = [&](const FileSystem& other) {
      return other.type == "btrfs" && other.superblock.uuid == found.uuid;
    };
    // One file system on several devices is listed once; clones are not one.
    if (found.type == "btrfs" && std::any_of(list.begin(), list.end(), same) &&
        btrfs_members(h, h.devices().find(name)).size() > 1)
      continue;
    list.push_back({name, found.type.empty() ? "unknown" : found.type, found});
    if (found.type == "btrfs") add_subvolumes(h, name, list);
  }
  return list;
}

std::string locked_text(Handle& h, const std::string& name) {
  for (const auto& volume : h.devices().stack().volumes())
    if (volume->kind() == volume::Kind::crypt && volume->below().front() == name) return {};
  volume::Place place;
  place.device = name;
  place.node = [&](bool writable) { return h.devices().node(h.devices().find(name), writable); };
  const volume::crypt::Locked locked = volume::crypt::examine(place);
  return "locked: " + base::join(locked.wants, ", ");
}

}  // namespace vmcraft::handle
