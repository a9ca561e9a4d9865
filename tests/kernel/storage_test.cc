// SPDX-License-Identifier: LGPL-3.0-or-later
// Partition tables, probing and mounting, on both engines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/image.h"

namespace vmcraft::test {
namespace {

class Storage : public EngineTest {};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

TEST_P(Storage, Gpt) {
  const std::string path = temp.file("gpt.raw");
  shell("truncate -s 64M " + path + "; printf 'label: gpt\\nlabel-id: 11111111-2222-3333-4444-555555555555\\n"
        "size=8M, type=U, name=\"EFI part\", uuid=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee, attrs=\"LegacyBIOSBootable\"\\n"
        "size=16M, type=L\\n' | sfdisk -q " + path);
  GuestFS g = open(path, true);
  EXPECT_EQ(g.list_partitions(), (std::vector<std::string>{"/dev/sda1", "/dev/sda2"}));
  EXPECT_EQ(g.part_get_parttype("/dev/sda"), "gpt");
  EXPECT_EQ(g.part_get_disk_guid("/dev/sda"), "11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(g.part_get_gpt_guid("/dev/sda", 1), upper("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"));
  EXPECT_EQ(g.part_get_gpt_type("/dev/sda", 1), "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
  EXPECT_EQ(g.part_get_gpt_attributes("/dev/sda", 1), 4);
  EXPECT_EQ(g.part_get_name("/dev/sda", 1), "EFI part");
  EXPECT_TRUE(g.part_get_bootable("/dev/sda", 1));
  EXPECT_FALSE(g.part_get_bootable("/dev/sda", 2));
  EXPECT_EQ(g.part_get_mbr_part_type("/dev/sda", 2), "primary");
  EXPECT_THROW(g.part_get_mbr_id("/dev/sda", 1), Error);
  EXPECT_EQ(g.part_to_dev("/dev/sda2"), "/dev/sda");
  EXPECT_EQ(g.part_to_partnum("/dev/sda2"), 2);
  EXPECT_TRUE(g.is_whole_device("/dev/sda"));
  EXPECT_FALSE(g.is_whole_device("/dev/vda1"));
  EXPECT_EQ(g.nr_devices(), 1);
  EXPECT_EQ(g.findfs_partuuid("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"), "/dev/sda1");
  EXPECT_EQ(g.findfs_partlabel("EFI part"), "/dev/sda1");
  const std::vector<Partition> list = g.part_list("/dev/sda");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].part_start, 1U << 20U);
  EXPECT_EQ(list[0].part_size, 8U << 20U);
  EXPECT_EQ(list[0].part_end, list[0].part_start + list[0].part_size - 1);
}

TEST_P(Storage, GptFromItsBackupHeader) {
  const std::string path = temp.file("gpt.raw");
  shell("truncate -s 64M " + path + "; printf 'label: gpt\\nsize=8M\\n' | sfdisk -q " + path +
        "; dd if=/dev/zero of=" + path + " bs=512 seek=1 count=33 conv=notrunc status=none");
  GuestFS g = open(path, true);
  EXPECT_EQ(g.list_partitions(), std::vector<std::string>{"/dev/sda1"});
}

// What stands at the end of such an image is found by counting back from its last byte.
TEST_P(Storage, SizeIsThatOfTheImageToTheByte) {
  const std::string path = temp.file("odd.raw");
  shell("truncate -s 4000001 " + path + "; mke2fs -q -t ext2 " + path + " 3000");
  GuestFS g = open(path, true);
  EXPECT_EQ(g.blockdev_getsize64("/dev/sda"), 4000001);
  g.mount("/dev/sda", "/");
  EXPECT_TRUE(g.is_dir("/lost+found"));
}

// The kernel's RAID6 benchmark is left out of a usual boot, and RAID6 without it is a panic.
TEST_P(Storage, Raid6BootsAKernelThatIsReadyForIt) {
  if (GetParam() != "uml") return;
  const std::string path = temp.file("raid6.raw");
  shell("truncate -s 32M " + path + "; printf 'label: gpt\\n,,R\\n' | sfdisk -q " + path +
        "; printf '\\374\\116\\053\\251\\001' | dd of=" + path +
        " bs=1 seek=1052672 conv=notrunc status=none; printf '\\006' | dd of=" + path +
        " bs=1 seek=1052744 conv=notrunc status=none");
  GuestFS g = open(path, true);
  EXPECT_EQ(g.list_partitions(), std::vector<std::string>{"/dev/sda1"});
  EXPECT_EQ(shell("pgrep -f 'linux.uml.*_blacklist=[s]sl_init ' >/dev/null && echo ready"), "ready\n");
}

TEST_P(Storage, MbrWithLogicalPartitions) {
  const std::string path = temp.file("mbr.raw");
  shell("truncate -s 64M " + path + "; printf 'label: dos\\nsize=8M,type=83,bootable\\nsize=32M,type=5\\n"
        "5: size=4M,type=82\\n6: size=4M,type=83\\n' | sfdisk -q " + path);
  GuestFS g = open(path, true);
  EXPECT_EQ(g.list_partitions(),
            (std::vector<std::string>{"/dev/sda1", "/dev/sda2", "/dev/sda5", "/dev/sda6"}));
  EXPECT_EQ(g.part_get_parttype("/dev/sda"), "msdos");
  EXPECT_EQ(g.blockdev_getsize64("/dev/sda2"), 1024);
  EXPECT_EQ(g.blockdev_getsize64("/dev/sda6"), 4 << 20);
  EXPECT_EQ(g.part_get_mbr_id("/dev/sda", 5), 0x82);
  EXPECT_EQ(g.part_get_mbr_part_type("/dev/sda", 1), "primary");
  EXPECT_EQ(g.part_get_mbr_part_type("/dev/sda", 2), "extended");
  EXPECT_EQ(g.part_get_mbr_part_type("/dev/sda", 5), "logical");
  EXPECT_TRUE(g.part_get_bootable("/dev/sda", 1));
}

TEST_P(Storage, WholeDisksAreListedBeforePartitions) {
  const std::string first = temp.file("first.raw");
  const std::string second = temp.file("second.raw");
  make_image(first);
  shell("truncate -s 8M " + second + "; mke2fs -q " + second);
  GuestFS g;
  g.set_backend(GetParam());
  g.add_drive(first);
  g.add_drive(second);
  g.launch();
  EXPECT_EQ(g.list_filesystems(), (HashTable{{"/dev/sdb", "ext2"}, {"/dev/sda1", "ext4"}}));
}

TEST_P(Storage, ATableWithoutPartitionsHoldsSomethingUnknown) {
  const std::string path = temp.file("t.raw");
  shell("truncate -s 8M " + path);
  GuestFS g = open(path, false);
  g.part_init("/dev/sda", "mbr");
  EXPECT_EQ(g.list_filesystems(), (HashTable{{"/dev/sda", "unknown"}}));
}

TEST_P(Storage, ProbesAndFinds) {
  const std::string path = temp.file("p.raw");
  shell("truncate -s 32M " + path + "; mke2fs -q -t ext4 -L mylabel -U 12345678-1234-1234-1234-123456789abc " + path);
  GuestFS g = open(path, true);
  EXPECT_EQ(g.list_filesystems(), (HashTable{{"/dev/sda", "ext4"}}));
  EXPECT_EQ(g.vfs_type("/dev/sda"), "ext4");
  EXPECT_EQ(g.vfs_label("/dev/sda"), "mylabel");
  EXPECT_EQ(g.vfs_uuid("/dev/sda"), "12345678-1234-1234-1234-123456789abc");
  EXPECT_EQ(g.findfs_label("mylabel"), "/dev/sda");
  EXPECT_EQ(g.findfs_uuid("12345678-1234-1234-1234-123456789abc"), "/dev/sda");
  EXPECT_THROW(g.findfs_label("other"), Error);
  const HashTable all = g.blkid("/dev/sda");
  EXPECT_NE(std::find(all.begin(), all.end(), std::pair<std::string, std::string>{"TYPE", "ext4"}), all.end());
  EXPECT_TRUE(g.filesystem_available("ext4"));
  EXPECT_FALSE(g.filesystem_available("fs-of-nobody"));
  EXPECT_TRUE(g.lvs().empty());
  EXPECT_TRUE(g.vgs().empty());
  EXPECT_TRUE(g.list_md_devices().empty());
  EXPECT_TRUE(g.list_dm_devices().empty());
  EXPECT_FALSE(g.is_lv("/dev/sda"));
  g.lvm_scan(true);
  g.vgscan();
  g.ping_daemon();
  g.wait_ready();
  EXPECT_TRUE(g.is_ready());
  EXPECT_EQ(g.utsname().uts_sysname, "Linux");
  if (GetParam() == "uml") {
    EXPECT_GT(g.get_pid(), 0);
    g.drop_caches(3);
  }
  bool launched = false;
  for (const auto& [phase, seconds] : g.get_performance_metrics())
    launched |= phase == "total_launch" && std::stod(seconds) > 0;
  EXPECT_TRUE(launched);
}

TEST_P(Storage, BlockDevices) {
  const std::string path = temp.file("b.raw");
  make_image(path);
  GuestFS g = open(path, false);
  EXPECT_EQ(g.blockdev_getsize64("/dev/sda"), 64 << 20);
  EXPECT_EQ(g.blockdev_getsz("/dev/sda"), (64 << 20) / 512);
  EXPECT_EQ(g.blockdev_getss("/dev/sda"), 512);
  EXPECT_EQ(g.blockdev_getbsz("/dev/sda"), 4096);
  g.blockdev_setbsz("/dev/sda", 1024);
  g.blockdev_setra("/dev/sda", 256);
  EXPECT_FALSE(g.blockdev_getro("/dev/sda"));
  g.blockdev_setro("/dev/sda");
  EXPECT_TRUE(g.blockdev_getro("/dev/sda1"));
  EXPECT_THROW(g.pwrite_device("/dev/sda", "x", 0), Error);
  EXPECT_THROW(g.mount("/dev/sda1", "/"), Error);
  g.blockdev_setrw("/dev/sda");
  g.mount("/dev/sda1", "/");
  g.write("/new", "content");
  g.umount("/");
  g.blockdev_flushbufs("/dev/sda");
  g.blockdev_rereadpt("/dev/sda");
  g.shutdown();
  GuestFS again = open(path, true);
  again.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(again.cat("/new"), "content");
}

TEST_P(Storage, MountsAndUnmounts) {
  const std::string path = temp.file("m.raw");
  make_image(path, {.files = {{"dir/file", "x"}}, .prepare = nullptr});
  GuestFS g = open(path, true);
  EXPECT_THROW(g.cat("/dir/file"), Error);
  g.mkmountpoint("/one");
  g.mkmountpoint("/two");
  g.mount_vfs("ro,noatime", "ext4", "/dev/sda1", "/one");
  g.mount_options("ro,noauto,x-gvfs-hide", "/dev/sda1", "/two");
  EXPECT_EQ(g.cat("/one/dir/file"), "x");
  EXPECT_EQ(g.cat("/two/dir/file"), "x");
  EXPECT_EQ(g.mounts(), (std::vector<std::string>{"/dev/sda1", "/dev/sda1"}));
  EXPECT_EQ(g.mountpoints(), (HashTable{{"/dev/sda1", "/one"}, {"/dev/sda1", "/two"}}));
  g.umount("/two");
  g.rmmountpoint("/two");
  EXPECT_THROW(g.touch("/one/new"), Error);
  g.umount_all();
  EXPECT_TRUE(g.mounts().empty());
  g.rmmountpoint("/one");
  g.mount("/dev/sda1", "/");
  g.write("/dir/file", "written to the overlay");
  g.remount("/");
  EXPECT_THROW(g.write("/dir/file", "y"), Error);
  RemountOptions writable;
  writable.rw = true;
  g.remount("/", writable);
  g.write("/dir/file", "y");
  EXPECT_THROW(g.umount("/nowhere"), Error);
}

TEST_P(Storage, ReadOnlyNeverChangesTheImageJournalIncluded) {
  const std::string path = temp.file("dirty.raw");
  make_image(path);
  // A file system that was not unmounted: its journal has to be replayed.
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda1", "/");
    g.write("/before", "crash");
    g.sync();
    shell("cp --sparse=always " + path + " " + temp.file("copy.raw"));
  }
  const std::string copy = temp.file("copy.raw");
  const std::string before = sha256_of(copy);
  GuestFS g = open(copy, true);
  g.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(g.cat("/before"), "crash");
  g.umount_all();
  g.mount("/dev/sda1", "/");
  g.write("/after", std::string(3 << 20, 'z'));
  EXPECT_EQ(g.filesize("/after"), 3 << 20);
  g.shutdown();
  EXPECT_EQ(sha256_of(copy), before);
}

TEST_P(Storage, AFileSystemInAFileOfTheGuest) {
  const std::string path = temp.file("l.raw");
  make_image(path, {.prepare = [](const std::string& tree) {
               shell("mkdir " + tree + "/t; echo inner > " + tree + "/t/f; truncate -s 8M " + tree +
                     "/inner.img; mke2fs -q -t ext4 -d " + tree + "/t " + tree + "/inner.img; mkdir " + tree + "/mnt");
             }});
  GuestFS g = open(path, false);
  g.mount("/dev/sda1", "/");
  g.mount_loop("/inner.img", "/mnt");
  EXPECT_EQ(g.cat("/mnt/f"), "inner\n");
  g.umount_all();
}

TEST_P(Storage, CopiesTreesBothWays) {
  const std::string path = temp.file("c.raw");
  make_image(path);
  write_host(temp.file("tree/a/b"), "deep");
  write_host(temp.file("tree/c"), "flat");
  std::filesystem::create_symlink("c", temp.file("tree/link"));
  GuestFS g = open(path, false);
  g.mount("/dev/sda1", "/");
  g.copy_in(temp.file("tree"), "/etc");
  EXPECT_EQ(g.cat("/etc/tree/a/b"), "deep");
  EXPECT_EQ(g.readlink("/etc/tree/link"), "c");
  std::filesystem::create_directory(temp.file("out"));
  g.copy_out("/etc/tree", temp.file("out"));
  g.copy_out("/etc/hostname", temp.file("out"));
  EXPECT_EQ(read_host(temp.file("out/tree/a/b")), "deep");
  EXPECT_EQ(read_host(temp.file("out/hostname")), "test-guest\n");
  EXPECT_THROW(g.copy_in(temp.file("tree"), "/nowhere"), Error);
  EXPECT_THROW(g.copy_out("/nowhere", temp.file("out")), Error);
}

VMCRAFT_ON_BOTH_ENGINES(Storage);

TEST(Images, SayWhatTheyAre) {
  const base::TempDir temp;
  GuestFS g;
  g.disk_create(temp.file("a.raw"), "raw", 5 << 20);
  EXPECT_EQ(g.disk_format(temp.file("a.raw")), "raw");
  EXPECT_EQ(g.disk_virtual_size(temp.file("a.raw")), 5 << 20);
  DiskCreateOptions options;
  options.compat = "1.1";
  options.clustersize = 4096;
  g.disk_create(temp.file("a.qcow2"), "qcow2", 7 << 20, options);
  EXPECT_EQ(g.disk_format(temp.file("a.qcow2")), "qcow2");
  EXPECT_EQ(g.disk_virtual_size(temp.file("a.qcow2")), 7 << 20);
  EXPECT_FALSE(g.disk_has_backing_file(temp.file("a.qcow2")));
  options = {};
  options.backingfile = temp.file("a.qcow2");
  options.backingformat = "qcow2";
  g.disk_create(temp.file("b.qcow2"), "qcow2", -1, options);
  EXPECT_TRUE(g.disk_has_backing_file(temp.file("b.qcow2")));
  options.backingfile = "a.qcow2";  // in the new image's folder
  options.backingformat.reset();
  g.disk_create(temp.file("c.qcow2"), "qcow2", -1, options);
  EXPECT_THAT(shell("qemu-img info --output=json " + temp.file("c.qcow2")),
              ::testing::HasSubstr("\"backing-filename-format\": \"qcow2\""));
  run({"qemu-img", "snapshot", "-c", "first", temp.file("a.qcow2")});
  run({"qemu-img", "snapshot", "-c", "second", temp.file("a.qcow2")});
  const std::vector<DiskSnapshot> list = g.disk_snapshots(temp.file("a.qcow2"));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].name, "first");
  EXPECT_EQ(list[1].id, "2");
  EXPECT_GT(list[1].date_seconds, 1'500'000'000);
  EXPECT_EQ(list[1].disk_size_bytes, 7U << 20U);
  EXPECT_THROW(g.disk_create(temp.file("c"), "vmdk", 1 << 20), Error);
}

}  // namespace
}  // namespace vmcraft::test
