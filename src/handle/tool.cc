// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/tool.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "handle/mounting.h"

namespace vmcraft::handle {
namespace {

constexpr std::string_view kDev = "/dev/";

std::string package_of(const std::string& program) {
  for (const KnownProgram& known : known_programs())
    if (program == known.name) return known.package;
  return {};
}

// A mount of `mounted` keeps `device` busy: the same one, or a partition of the drive.
bool is_part_of(const Device& mounted, const Device& device) {
  if (mounted.name == device.name) return true;
  return device.kind == Device::Kind::disk && mounted.kind == Device::Kind::partition &&
         mounted.disk_index == device.disk_index;
}

}  // namespace

void require_not_mounted(Handle& h, const Device& device) {
  if (!h.has_mounts()) return;
  for (const mount::Mounted& entry : h.mounts().mounts()) {
    const std::string name = split_mountable(entry.device).first;
    if (!h.devices().exists(name) || !is_part_of(h.devices().find(name), device)) continue;
    throw Error(ErrorCode::system, EBUSY, device.name + ": is mounted on " + entry.target);
  }
}

Tool::Tool(Handle& handle, std::string program) : handle_(handle) {
  if (!base::find_program(program)) {
    const std::string package = package_of(program);
    base::throw_not_supported(program, package.empty() ? "is not installed here"
                                                       : "is not installed here; it is in the package " + package);
  }
  argv_.push_back(std::move(program));
  environment_ = {"LC_ALL=C", "TMPDIR=/run"};
}

Tool& Tool::shows(const std::string& name, bool writable) {
  const Device device = handle_.devices().find(name);
  if (writable) {
    require_not_mounted(handle_, device);
    written_.push_back(device);
  }
  auto node = handle_.devices().node(device, writable);
  struct stat st {};
  base::check(::fstat(node->fd(), &st), device.name);
  const std::string entry = device.name.substr(kDev.size());
  const bool there = std::any_of(entries_.begin(), entries_.end(),
                                 [&](const auto& known) { return known.name == entry; });
  if (!there) entries_.push_back({entry, st.st_rdev});
  nodes_.push_back(std::move(node));
  return *this;
}

Tool& Tool::reads(const std::string& device) {
  shows(device, false);
  return args(handle_.devices().find(device).name);
}

Tool& Tool::writes(const std::string& device) {
  shows(device, true);
  return args(handle_.devices().find(device).name);
}

Tool& Tool::opened(int fd) {
  const int number = 10 + static_cast<int>(descriptors_.size());
  descriptors_.emplace_back(fd, number);
  return args("/proc/self/fd/" + std::to_string(number));
}

Tool& Tool::input(std::string bytes) {
  input_ = std::move(bytes);
  return *this;
}

Tool& Tool::environment(const std::string& name, const std::string& value) {
  environment_.push_back(name + "=" + value);
  return *this;
}

base::Command Tool::command() const {
  base::Command command;
  command.argv = argv_;
  command.input = input_;
  command.environment = environment_;
  command.descriptors = descriptors_;
  command.private_dev = entries_;
  command.while_running = [this] { handle_.check_cancelled(); };
  return command;
}

base::CommandResult Tool::attempt() {
  base::CommandResult result = base::system_runner().run(command());
  for (const Device& device : written_) handle_.devices().wrote(device);
  return result;
}

std::string Tool::run() {
  base::CommandResult result = attempt();
  base::require_success(command(), result);
  return std::move(result.out);
}

const std::vector<KnownProgram>& known_programs() {
  static const std::vector<KnownProgram> programs = {
      {"btrfs", "btrfs-progs", "btrfs"},
      {"btrfstune", "btrfs-progs", "btrfs"},
      {"clevis", "clevis-luks", "opening LUKS by Clevis tokens"},
      {"lvm", "lvm2", "changing LVM"},
      {"mdadm", "mdadm", "making RAID arrays"},
      {"mke2fs", "e2fsprogs", "making ext2, ext3 and ext4"},
      {"mkfs.btrfs", "btrfs-progs", "making btrfs"},
      {"mkfs.exfat", "exfatprogs", "making exFAT"},
      {"mkfs.f2fs", "f2fs-tools", "making F2FS"},
      {"mkfs.fat", "dosfstools", "making FAT"},
      {"mkfs.jfs", "jfsutils", "making JFS"},
      {"mkfs.nilfs2", "nilfs-tools", "making NILFS2"},
      {"mkfs.ntfs", "ntfs-3g", "making NTFS"},
      {"mkfs.xfs", "xfsprogs", "making XFS"},
      {"ntfsresize", "ntfs-3g", "resizing NTFS"},
      {"resize2fs", "e2fsprogs", "resizing ext2, ext3 and ext4"},
      {"tune2fs", "e2fsprogs", "tuning ext2, ext3 and ext4"},
      {"xfs_growfs", "xfsprogs", "growing XFS"},
      {"xfs_repair", "xfsprogs", "checking XFS"},
  };
  return programs;
}

}  // namespace vmcraft::handle
