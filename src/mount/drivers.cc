// SPDX-License-Identifier: LGPL-3.0-or-later
#include "mount/drivers.h"

#include <array>
#include <string_view>

#include "base/error.h"
#include "base/fd.h"
#include "base/kernel_module.h"
#include "base/process.h"
#include "base/text.h"

namespace vmcraft::mount {
namespace {

// One row a driver; several rows of one type are tried in order.
struct Row {
  std::string_view type;      // as blkid or the caller names it
  std::string_view driver;    // kernel type, or FUSE program
  bool fuse;
  std::string_view options;
  std::string_view readonly_options;
  std::string_view package;
};

constexpr std::array kRows = std::to_array<Row>({
    // A corrupt superblock may ask for a panic on errors: never let it.
    {"ext2", "ext4", false, "errors=remount-ro", "", ""},
    {"ext2", "ext2", false, "errors=remount-ro", "", ""},
    {"ext3", "ext4", false, "errors=remount-ro", "", ""},
    {"ext3", "ext3", false, "errors=remount-ro", "", ""},
    {"ext4", "ext4", false, "errors=remount-ro", "", ""},
    // Clones of one guest carry one UUID.
    {"xfs", "xfs", false, "nouuid", "", ""},
    {"btrfs", "btrfs", false, "", "", ""},
    {"squashfs", "squashfs", false, "", "", ""},
    {"squashfs", "squashfuse", true, "", "", "squashfuse"},
    {"erofs", "erofs", false, "", "", ""},
    {"vfat", "vfat", false, "utf8", "", ""},
    {"vfat", "fusefat", true, "rw+", "ro", "fusefat"},
    {"msdos", "msdos", false, "", "", ""},
    {"exfat", "exfat", false, "", "", ""},
    {"exfat", "mount.exfat-fuse", true, "", "", "exfat-fuse"},
    {"ntfs", "ntfs3", false, "", "", ""},
    {"ntfs", "ntfs-3g", true, "", "", "ntfs-3g"},
    {"ntfs3", "ntfs3", false, "", "", ""},
    {"ntfs-3g", "ntfs-3g", true, "", "", "ntfs-3g"},
    {"iso9660", "iso9660", false, "", "", ""},
    {"udf", "udf", false, "", "", ""},
    {"hfs", "hfs", false, "", "", ""},
    {"hfsplus", "hfsplus", false, "", "", ""},
    // The kernel wants to be told which one it is: FreeBSD's second, the first of the BSDs, Solaris'.
    {"ufs", "ufs", false, "ufstype=ufs2", "", ""},
    {"ufs", "ufs", false, "ufstype=44bsd", "", ""},
    {"ufs", "ufs", false, "ufstype=sun", "", ""},
    {"ufs", "ufs", false, "ufstype=sunx86", "", ""},
    {"f2fs", "f2fs", false, "", "", ""},
    {"nilfs2", "nilfs2", false, "", "", ""},
    {"jfs", "jfs", false, "", "", ""},
    {"reiserfs", "reiserfs", false, "", "", ""},
    {"minix", "minix", false, "", "", ""},
    {"romfs", "romfs", false, "", "", ""},
    {"cramfs", "cramfs", false, "", "", ""},
    {"zfs_member", "grub-mount", true, "", "", "grub-common"},
});

Driver make(const Row& row) {
  return {std::string(row.driver), row.fuse, std::string(row.options),
          std::string(row.readonly_options)};
}

bool usable(const Row& row) {
  if (row.fuse) return base::find_program(row.driver).has_value();
  return kernel_has(std::string(row.driver)) || kernel_load(std::string(row.driver));
}

}  // namespace

bool kernel_has(const std::string& fs_type) {
  for (const std::string& line : base::split_lines(base::read_text_file("/proc/filesystems"))) {
    const std::vector<std::string> words = base::split_blanks(line);
    if (!words.empty() && words.back() == fs_type) return true;
  }
  return false;
}

bool kernel_load(const std::string& fs_type) {
  if (!base::try_load_module("fs-" + fs_type)) return false;
  // What the file system would ask for at mount, by way of a program that costs far more.
  if (fs_type == "vfat" || fs_type == "msdos")
    for (const char* table : {"nls_cp437", "nls_ascii", "nls_iso8859-1", "nls_utf8"})
      base::try_load_module(table);
  return kernel_has(fs_type);
}

std::vector<Driver> drivers_for(const std::string& fs_type) {
  std::vector<Driver> found;
  std::string package;
  bool known = false;
  for (const Row& row : kRows) {
    if (row.type != fs_type) continue;
    known = true;
    if (package.empty()) package = row.package;
    if (usable(row)) found.push_back(make(row));
  }
  if (!known)
    throw Error(ErrorCode::not_supported, ENOTSUP,
                "file system '" + fs_type + "' is not one that is mounted here");
  if (!found.empty()) return found;
  throw Error(ErrorCode::not_supported, ENOTSUP,
              "no driver for " + fs_type + " in this kernel" +
                  (package.empty() ? "; try the uml engine" : "; install " + package));
}

std::vector<DriverState> driver_states() {
  std::vector<DriverState> states;
  for (const Row& row : kRows) {
    if (states.empty() || states.back().fs_type != row.type)
      states.push_back({std::string(row.type), "", ""});
    DriverState& state = states.back();
    if (state.package.empty()) state.package = row.package;
    if (!state.served_by.empty() || !usable(row)) continue;
    state.served_by = row.fuse ? row.driver : "kernel";
  }
  return states;
}

}  // namespace vmcraft::mount
