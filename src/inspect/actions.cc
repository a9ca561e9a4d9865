// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/inspect.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/trace.h"
#include "handle/handle.h"
#include "handle/mounting.h"
#include "inspect/device_names.h"
#include "inspect/osinfo.h"
#include "inspect/systems.h"

namespace vmcraft {
namespace {

using handle::Handle;
using inspect::OperatingSystem;

using Found = std::optional<std::string>;

Found find_partition(Handle& h, const std::string& wanted, std::string partition::Partition::*member) {
  for (std::size_t i = 0; i < h.devices().size(); ++i) {
    if (!h.devices().table(i)) continue;
    for (const partition::Partition& part : h.devices().table(i)->partitions)
      if (part.*member == wanted) return h.devices().drive(i).name + std::to_string(part.number);
  }
  return std::nullopt;
}

Found find_letter(Handle& h, const inspect::DriveLetter& letter) {
  for (std::size_t i = 0; i < h.devices().size(); ++i) {
    const auto& table = h.devices().table(i);
    if (!table) continue;
    for (const partition::Partition& part : table->partitions) {
      const bool found = letter.partition_guid.empty()
                             ? table->id == letter.disk_id && part.start_bytes == letter.start_bytes
                             : base::lower(part.uuid) == letter.partition_guid;
      if (found) return h.devices().drive(i).name + std::to_string(part.number);
    }
  }
  return std::nullopt;
}

inspect::DeviceLookup lookup_for(Handle& h, const std::vector<handle::FileSystem>& filesystems) {
  const auto find_superblock = [&filesystems](const std::string& wanted,
                                              std::string probe::Superblock::*member) -> Found {
    for (const handle::FileSystem& found : filesystems)
      if (!wanted.empty() && found.superblock.*member == wanted) return found.mountable;
    return std::nullopt;
  };
  inspect::DeviceLookup lookup;
  lookup.by_uuid = [=](const std::string& uuid) {
    return find_superblock(uuid, &probe::Superblock::uuid);
  };
  lookup.by_label = [=](const std::string& label) {
    return find_superblock(label, &probe::Superblock::label);
  };
  lookup.by_partition_uuid = [&h](const std::string& uuid) {
    return find_partition(h, uuid, &partition::Partition::uuid);
  };
  lookup.by_partition_name = [&h](const std::string& name) {
    return find_partition(h, name, &partition::Partition::name);
  };
  lookup.by_name = [&h](const std::string& name) -> Found {
    if (!h.devices().exists(name)) return std::nullopt;
    return h.devices().find(name).name;
  };
  return lookup;
}

void look(Handle& h, const std::string& mountable, const std::string& type,
          const std::function<void(const mount::GuestRoot&)>& work) {
  mount::Table& table = h.looking_mounts();
  try {
    handle::mount_device(h, table, {"ro", type, mountable, "/"});
    work(table.root());
  } catch (const Error& failure) {
    base::trace("inspect: {}: {}", mountable, failure.what());
  }
  table.umount_all();
}

const std::vector<OperatingSystem>& inspect_disks(Handle& h) {
  const handle::Metrics::Timer timer(h.metrics, "inspect");
  const std::vector<handle::FileSystem> filesystems = handle::filesystems(h);
  const inspect::DeviceLookup lookup = lookup_for(h, filesystems);
  inspect::Disks disks;
  for (const handle::FileSystem& found : filesystems)
    disks.filesystems.emplace_back(found.mountable, found.type);
  disks.with_mounted = [&h](const std::string& mountable, const std::string& type,
                            const std::function<void(const mount::GuestRoot&)>& work) {
    look(h, mountable, type, work);
  };
  disks.resolve_letter = [&h](const inspect::DriveLetter& letter) { return find_letter(h, letter); };
  disks.resolve = [&lookup](const std::string& named) { return inspect::translate(named, lookup); };
  h.systems = inspect::find_systems(disks);
  return *h.systems;
}

const OperatingSystem& system_of(Handle& h, const std::string& root) {
  if (!h.systems) base::throw_state("inspection", "has not run; call inspect_os first");
  return inspect::find_system(*h.systems, root);
}

const OperatingSystem& first_system(Handle& h) {
  const std::vector<OperatingSystem>& systems = h.systems ? *h.systems : inspect_disks(h);
  if (systems.empty())
    throw Error(ErrorCode::invalid_argument, ENOENT, "drives: no operating system was found on them");
  return systems.front();
}

bool root_is_mounted(Handle& h) {
  if (!h.has_mounts()) return false;
  const std::vector<mount::Mounted> mounts = h.mounts().mounts();
  return std::any_of(mounts.begin(), mounts.end(),
                     [](const mount::Mounted& entry) { return entry.target == "/"; });
}

// Nearest to the root first, so that no mount hides one made before it.
std::vector<std::pair<std::string, std::string>> mount_order(const OperatingSystem& os) {
  auto points = os.mountpoints;
  std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
    return a.first.size() < b.first.size();
  });
  return points;
}

}  // namespace

std::vector<std::string> action::inspect_os(Handle& h) {
  inspect_disks(h);
  return inspect_get_roots(h);
}

std::vector<std::string> action::inspect_get_roots(Handle& h) {
  std::vector<std::string> roots;
  if (h.systems)
    for (const OperatingSystem& os : *h.systems) roots.push_back(os.root);
  return roots;
}

using Text = std::string;

Text action::inspect_get_type(Handle& h, const Text& root) { return system_of(h, root).type; }
Text action::inspect_get_distro(Handle& h, const Text& root) { return system_of(h, root).distro; }
Text action::inspect_get_arch(Handle& h, const Text& root) { return system_of(h, root).arch; }
Text action::inspect_get_product_name(Handle& h, const Text& root) {
  return system_of(h, root).product_name;
}
Text action::inspect_get_product_variant(Handle& h, const Text& root) {
  return system_of(h, root).product_variant;
}
int action::inspect_get_major_version(Handle& h, const Text& root) {
  return system_of(h, root).major_version;
}
int action::inspect_get_minor_version(Handle& h, const Text& root) {
  return system_of(h, root).minor_version;
}
Text action::inspect_get_hostname(Handle& h, const Text& root) { return system_of(h, root).hostname; }
Text action::inspect_get_package_format(Handle& h, const Text& root) {
  return system_of(h, root).package_format;
}
Text action::inspect_get_package_management(Handle& h, const Text& root) {
  return system_of(h, root).package_management;
}
Text action::inspect_get_build_id(Handle& h, const Text& root) { return system_of(h, root).build_id; }
HashTable action::inspect_get_mountpoints(Handle& h, const Text& root) {
  return system_of(h, root).mountpoints;
}
std::vector<Text> action::inspect_get_filesystems(Handle& h, const Text& root) {
  return system_of(h, root).filesystems;
}
Text action::inspect_get_windows_systemroot(Handle& h, const Text& root) {
  const OperatingSystem& os = system_of(h, root);
  if (os.type != "windows") base::throw_invalid(root, "not a Windows");
  return os.windows_systemroot;
}
Text action::inspect_get_osinfo(Handle& h, const Text& root) {
  return inspect::osinfo_id(system_of(h, root));
}
Text action::inspect_get_format(Handle& h, const Text& root) {
  system_of(h, root);
  return "installed";
}
bool action::inspect_is_live(Handle& h, const Text& root) {
  system_of(h, root);
  return false;
}
bool action::inspect_is_netinst(Handle& h, const Text& root) { return inspect_is_live(h, root); }
bool action::inspect_is_multipart(Handle& h, const Text& root) { return inspect_is_live(h, root); }

HashTable action::inspect_os_info(Handle& h) {
  const OperatingSystem& os = first_system(h);
  HashTable table = {{"root", os.root},
                     {"type", os.type},
                     {"distro", os.distro},
                     {"product_name", os.product_name},
                     {"product_variant", os.product_variant},
                     {"version", std::to_string(os.major_version) + "." +
                                     std::to_string(os.minor_version)},
                     {"arch", os.arch},
                     {"hostname", os.hostname},
                     {"package_format", os.package_format},
                     {"package_management", os.package_management},
                     {"osinfo", inspect::osinfo_id(os)}};
  for (const auto& [point, device] : os.mountpoints) table.emplace_back("mountpoint:" + point, device);
  return table;
}

void action::mount_root(Handle& h, const MountRootOptions& options) {
  if (root_is_mounted(h)) return;
  const OperatingSystem& os = first_system(h);
  for (const auto& [point, mountable] : mount_order(os)) {
    const handle::Device device = h.devices().find(handle::split_mountable(mountable).first);
    const bool readonly = options.readonly.value_or(false) || h.devices().is_readonly(device);
    try {
      const handle::Metrics::Timer timer(h.metrics, "mount");
      handle::mount_device(h, h.mounts(), {readonly ? "ro" : "", "", mountable, point});
    } catch (const Error& failure) {
      if (point == "/") throw;
      h.events.send({EventType::warning, failure.what()});
      base::trace("mount_root: {}", failure.what());
    }
  }
}

bool action::is_windows(Handle& h) { return first_system(h).type == "windows"; }
bool action::is_linux(Handle& h) { return first_system(h).type == "linux"; }

}  // namespace vmcraft
