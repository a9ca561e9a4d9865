// SPDX-License-Identifier: LGPL-3.0-or-later
#include "handle/tool.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "handle/file_system.h"
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

// A btrfs may be on more devices than the one it was mounted by.
std::vector<std::string> mounted_devices(Handle& h, const mount::Mounted& entry,
                                         const std::string& name) {
  if (entry.fs_type != "btrfs") return {name};
  std::vector<std::string> names = btrfs_members(h, h.devices().find(name));
  names.push_back(name);
  return names;
}

}  // namespace

void require_not_mounted(Handle& h, const Device& device) {
  for (const std::string& name : h.swaps.names())
    if (h.devices().exists(name) && is_part_of(h.devices().find(name), device))
      throw Error(ErrorCode::system, EBUSY, device.name + ": is enabled as swap");
  if (!h.has_mounts()) return;
  for (const mount::Mounted& entry : h.mounts().mounts()) {
    const std::string name = split_mountable(entry.device).first;
    if (!h.devices().exists(name)) continue;
    for (const std::string& part : mounted_devices(h, entry, name))
      if (is_part_of(h.devices().find(part), device))
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

Tool::Tool(Handle& handle, const std::vector<std::string>& argv) : Tool(handle, argv.at(0)) {
  argv_ = argv;
}

Tool& Tool::shows(const std::string& name, bool writable) {
  const Device device = handle_.devices().find(name);
  if (writable) require_not_mounted(handle_, device);
  auto node = handle_.devices().node(device, writable);
  if (writable) written_.push_back(device);
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

Tool& Tool::opened(int fd, const std::string& entry) {
  const int number = 10 + static_cast<int>(descriptors_.size());
  descriptors_.emplace_back(fd, number);
  return args("/proc/self/fd/" + std::to_string(number) + (entry.empty() ? "" : "/" + entry));
}

Tool& Tool::input(std::string bytes) {
  input_ = std::move(bytes);
  return *this;
}

Tool& Tool::from(base::ByteSource& source) {
  source_ = &source;
  return *this;
}

Tool& Tool::to(base::ByteSink& sink) {
  sink_ = &sink;
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
  command.source = source_;
  command.sink = sink_;
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
      {"btrfs", "btrfs-progs", "checking btrfs", "btrfs"},
      {"btrfs-image", "btrfs-progs", "saving the metadata of btrfs", "btrfs"},
      {"btrfstune", "btrfs-progs", "changing btrfs that is not mounted", "btrfs"},
      {"clevis", "clevis-luks", "opening LUKS by Clevis tokens"},
      {"e2fsck", "e2fsprogs", "checking ext2, ext3 and ext4"},
      {"exfatlabel", "exfatprogs", "labels of exFAT"},
      {"extlinux", "extlinux", "installing EXTLINUX", "extlinux"},
      {"f2fslabel", "f2fs-tools", "labels of F2FS", "f2fs"},
      {"fatlabel", "dosfstools", "labels of FAT"},
      {"fsck.exfat", "exfatprogs", "checking exFAT"},
      {"fsck.f2fs", "f2fs-tools", "checking F2FS", "f2fs"},
      {"fsck.jfs", "jfsutils", "checking JFS"},
      {"fsck.minix", "util-linux", "checking Minix file systems"},
      {"fsck.reiserfs", "reiserfsprogs", "checking ReiserFS"},
      {"fsck.vfat", "dosfstools", "checking FAT"},
      {"fusermount3", "fuse3", "showing the guest's files under a folder"},
      {"jfs_tune", "jfsutils", "labels of JFS"},
      {"lvm", "lvm2", "changing LVM"},
      {"mdadm", "mdadm", "making RAID arrays"},
      {"mke2fs", "e2fsprogs", "making ext2, ext3 and ext4"},
      {"mkfs.btrfs", "btrfs-progs", "making btrfs", "btrfs"},
      {"mkfs.exfat", "exfatprogs", "making exFAT"},
      {"mkfs.f2fs", "f2fs-tools", "making F2FS", "f2fs"},
      {"mkfs.fat", "dosfstools", "making FAT"},
      {"mkfs.hfsplus", "hfsprogs", "making HFS+"},
      {"mkfs.jfs", "jfsutils", "making JFS"},
      {"mkfs.minix", "util-linux", "making Minix file systems"},
      {"mkfs.nilfs2", "nilfs-tools", "making NILFS2"},
      {"mkfs.ntfs", "ntfs-3g", "making NTFS", "ntfs3g"},
      {"mkfs.reiserfs", "reiserfsprogs", "making ReiserFS"},
      {"mkfs.udf", "udftools", "making UDF"},
      {"mkfs.xfs", "xfsprogs", "making XFS", "xfs"},
      {"mksquashfs", "squashfs-tools", "making squashfs", "squashfs"},
      {"mkswap", "util-linux", "making swap"},
      {"nilfs-tune", "nilfs-tools", "labels of NILFS2"},
      {"ntfs-3g.probe", "ntfs-3g", "asking whether NTFS can be mounted", "ntfs3g"},
      {"ntfscat", "ntfs-3g", "reading files of NTFS by number"},
      {"ntfsclone", "ntfs-3g", "saving NTFS", "ntfs3g"},
      {"ntfsfix", "ntfs-3g", "repairing NTFS", "ntfs3g"},
      {"ntfslabel", "ntfs-3g", "labels of NTFS", "ntfs3g"},
      {"ntfsresize", "ntfs-3g", "resizing NTFS", "ntfsprogs"},
      {"ntfssecaudit", "ntfs-3g", "permissions of NTFS", "ntfs3g"},
      {"reiserfstune", "reiserfsprogs", "labels of ReiserFS"},
      {"resize.f2fs", "f2fs-tools", "growing F2FS", "f2fs"},
      {"resize2fs", "e2fsprogs", "resizing ext2, ext3 and ext4"},
      {"rsync", "rsync", "synchronising folders", "rsync"},
      {"scrub", "scrub", "overwriting with patterns", "scrub"},
      {"setfiles", "policycoreutils", "labelling files for SELinux", "selinuxrelabel"},
      {"swaplabel", "util-linux", "labels of swap"},
      {"syslinux", "syslinux", "installing SYSLINUX", "syslinux"},
      {"tune2fs", "e2fsprogs", "tuning ext2, ext3 and ext4"},
      {"tune.exfat", "exfatprogs", "serial numbers of exFAT"},
      {"udflabel", "udftools", "labels of UDF"},
      {"wipefs", "util-linux", "removing signatures", "wipefs"},
      {"xfs_admin", "xfsprogs", "tuning XFS", "xfs"},
      {"xfs_db", "xfsprogs", "the geometry of XFS", "xfs"},
      {"xfs_repair", "xfsprogs", "checking XFS", "xfs"},
      {"zerofree", "zerofree", "zeroing free blocks of ext2, ext3 and ext4", "zerofree"},
  };
  return programs;
}

}  // namespace vmcraft::handle
