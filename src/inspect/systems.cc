// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/systems.h"

#include <algorithm>

#include "base/error.h"
#include "inspect/files.h"

namespace vmcraft::inspect {
namespace {

constexpr std::string_view kBtrfsVolume = "btrfsvol:";

// A root file system as it was found, with the fstab that says what else belongs to it.
struct Root {
  OperatingSystem os;
  std::vector<FstabEntry> fstab;
  std::string type;
};

bool cannot_hold_a_system(const std::string& type) {
  return type == "swap" || type == "unknown" || type.empty();
}

// Top level and subvolumes of one btrfs: the one its own fstab or bootloader does not name is a
// snapshot, not one more system.
std::string device_of(const std::string& mountable) {
  if (!mountable.starts_with(kBtrfsVolume)) return mountable;
  const std::string rest = mountable.substr(kBtrfsVolume.size());
  return rest.substr(0, rest.find('/', rest.starts_with("/dev/sd") ? 5 : 0));
}

std::string subvolume_of(const std::string& mountable, const std::string& device) {
  if (!mountable.starts_with(kBtrfsVolume)) return {};
  return mountable.substr(kBtrfsVolume.size() + device.size() + 1);
}

std::optional<std::string> mountable_for(const Disks& disks, const FstabEntry& entry) {
  const auto device = disks.resolve(entry.device);
  if (!device) return std::nullopt;
  const std::string subvolume = entry.subvolume();
  if (subvolume.empty()) return device;
  return std::string(kBtrfsVolume) + *device + "/" + subvolume;
}

void add_filesystem(OperatingSystem& os, const std::string& mountable) {
  if (std::find(os.filesystems.begin(), os.filesystems.end(), mountable) == os.filesystems.end())
    os.filesystems.push_back(mountable);
}

bool is_pseudo(const FstabEntry& entry) {
  return entry.type == "proc" || entry.type == "sysfs" || entry.type == "tmpfs" ||
         entry.type == "devpts" || entry.type == "none" || entry.device.starts_with('#');
}

// What the fstab mounts. The root's own line is replaced by where the root really was found.
void read_mounts(const Disks& disks, Root& root) {
  OperatingSystem& os = root.os;
  os.mountpoints = {{"/", os.root}};
  add_filesystem(os, os.root);
  for (const FstabEntry& entry : root.fstab) {
    if (is_pseudo(entry)) continue;
    const auto mountable = mountable_for(disks, entry);
    if (!mountable) continue;
    if (entry.type == "swap") add_filesystem(os, *mountable);
    if (entry.type == "swap" || !entry.mountpoint.starts_with('/') || entry.mountpoint == "/")
      continue;
    const bool taken = std::any_of(os.mountpoints.begin(), os.mountpoints.end(),
                                   [&](const auto& known) { return known.first == entry.mountpoint; });
    if (taken) continue;
    os.mountpoints.emplace_back(entry.mountpoint, *mountable);
    add_filesystem(os, *mountable);
  }
}

// A root without programs of its own takes them from the /usr its fstab names.
void merge_usr(const std::vector<Finding>& parts, Root& root) {
  for (const auto& [point, mountable] : root.os.mountpoints) {
    if (point != "/usr") continue;
    for (const Finding& part : parts) {
      if (part.mountable != mountable || part.role != Role::usr) continue;
      if (root.os.arch == "unknown") root.os.arch = part.os.arch;
      if (root.os.distro != "unknown") continue;
      root.os.distro = part.os.distro;
      root.os.product_name = part.os.product_name;
      root.os.major_version = part.os.major_version;
      root.os.minor_version = part.os.minor_version;
    }
  }
}

void merge_coreos(const std::vector<Finding>& parts, Root& root) {
  if (root.os.distro != "coreos" || root.os.arch != "unknown") return;
  for (const Finding& part : parts) {
    if (part.role != Role::coreos_usr) continue;
    root.os.product_name = part.os.product_name;
    root.os.major_version = part.os.major_version;
    root.os.minor_version = part.os.minor_version;
    root.os.arch = part.os.arch;
    root.os.mountpoints.emplace_back("/usr", part.mountable);
    add_filesystem(root.os, part.mountable);
    return;
  }
}

void read_letters(const Disks& disks, OperatingSystem& os) {
  for (const DriveLetter& letter : os.drive_letters)
    if (const auto device = disks.resolve_letter(letter))
      os.drive_mappings.emplace_back(letter.letter, *device);
}

// Whether a root on btrfs is the one its own fstab starts, and not a snapshot of it.
bool is_started(const Disks& disks, const Root& root) {
  for (const FstabEntry& entry : root.fstab) {
    if (entry.mountpoint != "/" || entry.type != "btrfs") continue;
    const auto mountable = mountable_for(disks, entry);
    if (!mountable) return true;
    return *mountable == root.os.root || device_of(*mountable) != device_of(root.os.root);
  }
  return true;
}

void drop_snapshots(const Disks& disks, std::vector<Root>& roots) {
  std::vector<Root> kept;
  for (const Root& root : roots) {
    const std::string device = device_of(root.os.root);
    const bool on_subvolume = root.type == "btrfs" && !subvolume_of(root.os.root, device).empty();
    const bool rival = std::any_of(roots.begin(), roots.end(), [&](const Root& other) {
      return &other != &root && device_of(other.os.root) == device &&
             (is_started(disks, other) || other.os.root == device);
    });
    if (on_subvolume && rival && !is_started(disks, root)) continue;
    kept.push_back(root);
  }
  roots = std::move(kept);
}

// ESXi has two boot banks, and starts the one that was updated last.
void drop_old_bank(std::vector<Root>& roots) {
  const Root* last = nullptr;
  for (const Root& root : roots)
    if (root.os.type == "esxi" && (last == nullptr || root.os.boot_bank > last->os.boot_bank)) last = &root;
  if (last == nullptr) return;
  const std::string kept = last->os.root;
  std::erase_if(roots, [&](const Root& root) { return root.os.type == "esxi" && root.os.root != kept; });
}

}  // namespace

std::vector<OperatingSystem> find_systems(const Disks& disks) {
  std::vector<Root> roots;
  std::vector<Finding> parts;
  for (const auto& [mountable, type] : disks.filesystems) {
    if (cannot_hold_a_system(type)) continue;
    const std::string& name = mountable;
    const std::string& kind = type;
    disks.with_mounted(name, kind, [&](const mount::GuestRoot& mounted) {
      Finding finding = examine(name, kind, mounted);
      if (finding.role != Role::root) return parts.push_back(std::move(finding));
      Root root{std::move(finding.os), {}, kind};
      if (const auto text = content(mounted, "/etc/fstab")) root.fstab = parse_fstab(*text);
      roots.push_back(std::move(root));
    });
  }
  drop_snapshots(disks, roots);
  drop_old_bank(roots);
  std::vector<OperatingSystem> systems;
  for (Root& root : roots) {
    read_mounts(disks, root);
    merge_usr(parts, root);
    merge_coreos(parts, root);
    read_letters(disks, root.os);
    systems.push_back(std::move(root.os));
  }
  return systems;
}

const OperatingSystem& find_system(const std::vector<OperatingSystem>& systems, const std::string& root) {
  for (const OperatingSystem& os : systems)
    if (os.root == root) return os;
  base::throw_invalid(root, "not a root that inspect_os returned");
}

}  // namespace vmcraft::inspect
