// SPDX-License-Identifier: LGPL-3.0-or-later
// Making, naming and checking file systems of each type.
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

class FsMake : public FsTest {};

struct Type {
  const char* name;
  const char* program;
  unsigned size_mib;
  const char* label;
  const char* new_label;
  const char* uuid;  // nullptr: cannot be set
};

constexpr const char* kUuid = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";

const std::vector<Type>& types() {
  static const std::vector<Type> list = {
      {"ext2", "mke2fs", 8, "first", "second one", kUuid},
      {"ext4", "mke2fs", 16, "first", "", kUuid},
      {"xfs", "mkfs.xfs", 300, "first", "second", kUuid},
      {"btrfs", "mkfs.btrfs", 128, "first", "second one", kUuid},
      {"vfat", "mkfs.fat", 16, "FIRST", "SECOND", "12AB-34CD"},
      {"exfat", "mkfs.exfat", 16, "first", "second", "12AB-34CD"},
      {"ntfs", "mkfs.ntfs", 16, "first", "second one", "0123456789ABCDEF"},
      {"f2fs", "mkfs.f2fs", 64, "first", "second", nullptr},
      {"nilfs2", "mkfs.nilfs2", 136, "first", "second", kUuid},
      {"jfs", "mkfs.jfs", 16, "first", "second", kUuid},
      {"reiserfs", "mkfs.reiserfs", 64, "first", "second", kUuid},
      {"udf", "mkfs.udf", 16, "first", "second", "0123456789abcdef"},
      {"swap", "mkswap", 16, "first", "second", kUuid},
  };
  return list;
}

TEST_P(FsMake, EachTypeWithItsLabelAndUuid) {
  std::vector<std::string> paths;
  std::vector<Type> made;
  for (const Type& type : types()) {
    if (!base::find_program(type.program)) {
      std::cout << "left out: " << type.name << ", without " << type.program << "\n";
      continue;
    }
    made.push_back(type);
    paths.push_back(blank(type.size_mib, std::string(type.name) + ".raw"));
  }
  ASSERT_GT(made.size(), 6U);
  {
    GuestFS g = open_all(paths);
    for (std::size_t i = 0; i < made.size(); ++i) {
      const std::string device = g.device_name(static_cast<int>(i));
      const Type& type = made[i];
      SCOPED_TRACE(type.name);
      MkfsOptions options;
      options.label = type.label;
      g.mkfs(type.name, device, options);
      EXPECT_EQ(g.vfs_type(device), type.name);
      EXPECT_EQ(g.vfs_label(device), type.label);
      g.set_label(device, type.new_label);
      EXPECT_EQ(g.vfs_label(device), type.new_label);
      if (type.uuid == nullptr) {
        EXPECT_EQ(errno_of([&] { g.set_uuid(device, kUuid); }), ENOTSUP);
        continue;
      }
      g.set_uuid_random(device);
      const std::string random = g.vfs_uuid(device);
      EXPECT_EQ(random.size(), std::string(type.uuid).size());
      EXPECT_NE(random, type.uuid);
      g.set_uuid(device, type.uuid);
      EXPECT_EQ(errno_of([&] { g.set_uuid(device, "no-uuid"); }), EINVAL);
    }
    g.shutdown();
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    SCOPED_TRACE(made[i].name);
    EXPECT_EQ(tag(paths[i], "TYPE"), made[i].name);
    EXPECT_EQ(tag(paths[i], "LABEL"), made[i].new_label);
    if (made[i].uuid != nullptr) {
      EXPECT_EQ(tag(paths[i], "UUID"), made[i].uuid);
    }
  }
}

TEST_P(FsMake, OptionsReachThePrograms) {
  const std::string ext = blank(16, "ext.raw");
  const std::string xfs = blank(300, "xfs.raw");
  const std::string fat = blank(64, "fat.raw");
  {
    GuestFS g = open_all({ext, xfs, fat});
    MkfsOptions options;
    options.blocksize = 2048;
    options.inode = 512;
    options.features = "^has_journal,^resize_inode";
    options.label = "-O";
    g.mkfs("ext4", "/dev/sda", options);
    options = {};
    options.blocksize = 1024;
    options.inode = 512;
    options.sectorsize = 1024;
    g.mkfs("xfs", "/dev/sdb", options);
    g.mkfs_b("vfat", 4096, "/dev/sdc");
    EXPECT_THAT(text_of([&] { g.mkfs("vfat", "/dev/sdc", options); }),
                HasSubstr("vfat: takes no inode"));
    EXPECT_THAT(text_of([&] { g.mkfs_b("ext4", 3000, "/dev/sda"); }), HasSubstr("power of two"));
    EXPECT_EQ(errno_of([&] { g.mkfs("../bin/sh", "/dev/sda"); }), EINVAL);
    EXPECT_EQ(errno_of([&] { g.mkfs("nobodys", "/dev/sda"); }), ENOTSUP);
    EXPECT_EQ(errno_of([&] { g.mkfs("ext4", "/dev/sdx"); }), ENOENT);
  }
  const std::string facts = shell("tune2fs -l " + ext);
  EXPECT_THAT(facts, HasSubstr("Block size:               2048"));
  EXPECT_THAT(facts, HasSubstr("Inode size:	          512"));
  EXPECT_THAT(facts, HasSubstr("Filesystem volume name:   -O"));
  EXPECT_THAT(facts, ::testing::Not(HasSubstr("has_journal")));
  const std::string info = shell("xfs_db -r -c info " + xfs);
  EXPECT_THAT(info, HasSubstr("bsize=1024 "));
  EXPECT_THAT(info, HasSubstr("sectsz=1024 "));
  EXPECT_EQ(shell("od -An -tu1 -j13 -N1 " + fat), "   8\n");
  EXPECT_EQ(shell("od -An -tu1 -j446 -N1 " + fat), "   0\n");
}

TEST_P(FsMake, LabelsOfMountedFileSystems) {
  const std::string xfs = blank(300, "xfs.raw");
  const std::string btrfs = blank(128, "btrfs.raw");
  {
    GuestFS g = open_all({xfs, btrfs});
    g.mkfs("xfs", "/dev/sda");
    g.mkfs("btrfs", "/dev/sdb");
    g.mount("/dev/sda", "/");
    g.mkdir("/b");
    g.mount("/dev/sdb", "/b");
    g.set_label("/dev/sda", "online");
    g.set_label("/dev/sdb", "online too");
    EXPECT_EQ(errno_of([&] { g.set_uuid("/dev/sda", kUuid); }), EBUSY);
    EXPECT_EQ(errno_of([&] { g.mkfs("ext4", "/dev/sdb"); }), EBUSY);
    g.umount_all();
    EXPECT_EQ(errno_of([&] { g.set_label("/dev/sda", "thirteen bytes"); }), EINVAL);
    g.wipefs("/dev/sdb");
    EXPECT_EQ(errno_of([&] { g.set_label("/dev/sdb", "x"); }), ENOTSUP);
  }
  EXPECT_EQ(tag(xfs, "LABEL"), "online");
  EXPECT_EQ(tag(btrfs, "TYPE"), "");
}

TEST_P(FsMake, FsckReturnsWhatTheCheckerSays) {
  const std::string path = blank(16);
  shell("mke2fs -q -t ext4 " + path + "; debugfs -w -R 'set_inode_field <2> links_count 7' " +
        path + " 2>/dev/null; debugfs -w -R 'ssv state 2' " + path + " 2>/dev/null");
  GuestFS g = open(path, false);
  EXPECT_EQ(g.fsck("ext4", "/dev/sda"), 1);
  EXPECT_EQ(g.fsck("ext4", "/dev/sda"), 0);
  EXPECT_EQ(errno_of([&] { g.fsck("nobodys", "/dev/sda"); }), ENOTSUP);
  EXPECT_EQ(errno_of([&] { g.fsck("-r", "/dev/sda"); }), EINVAL);
  g.pwrite_device("/dev/sda", std::string(4096, 'x'), 0);
  EXPECT_EQ(g.fsck("ext4", "/dev/sda") & 8, 8);
}

TEST_P(FsMake, SmallestSizes) {
  const std::string ext = blank(64, "ext.raw");
  const std::string xfs = blank(300, "xfs.raw");
  const std::string btrfs = blank(256, "btrfs.raw");
  const std::string ntfs = blank(64, "ntfs.raw");
  const std::string fat = blank(16, "fat.raw");
  GuestFS g = open_all({ext, xfs, btrfs, ntfs, fat});
  g.mkfs("ext4", "/dev/sda");
  g.mkfs("xfs", "/dev/sdb");
  g.mkfs("btrfs", "/dev/sdc");
  g.mkfs("vfat", "/dev/sde");
  const std::int64_t blocks =
      std::stoll(shell("resize2fs -P -f " + ext + " 2>/dev/null | sed 's/.*: //'"));
  const std::int64_t block_size = std::stoll(value_of(g.tune2fs_l("/dev/sda"), "Block size"));
  EXPECT_EQ(g.vfs_minimum_size("/dev/sda"), blocks * block_size);
  EXPECT_EQ(g.vfs_minimum_size("/dev/sdb"), 300 << 20);
  const std::int64_t unmounted = g.vfs_minimum_size("/dev/sdc");
  EXPECT_GT(unmounted, 16 << 20);
  EXPECT_LT(unmounted, 256 << 20);
  g.mount("/dev/sdc", "/");
  EXPECT_EQ(g.vfs_minimum_size("/dev/sdc"), unmounted);
  EXPECT_EQ(errno_of([&] { g.vfs_minimum_size("/dev/sde"); }), ENOTSUP);
  if (!base::find_program("mkfs.ntfs"))
    GTEST_SKIP() << "without mkfs.ntfs no smallest size of NTFS";
  g.mkfs("ntfs", "/dev/sdd");
  const std::int64_t smallest = g.vfs_minimum_size("/dev/sdd");
  EXPECT_GT(smallest, 1 << 20);
  EXPECT_LT(smallest, 32 << 20);
}

TEST_P(FsMake, Squashfs) {
  VMCRAFT_NEEDS("mksquashfs");
  const std::string path = temp.file("disk.raw");
  make_image(path, {.files = {{"top/a", "one"},
                              {"top/dir/b", "two"},
                              {"top/c.tmp", "three"},
                              {"outside", "four"}},
                    .prepare = nullptr});
  GuestFS g = open(path, true);
  g.mount_ro("/dev/sda1", "/");
  MksquashfsOptions options;
  options.compress = "xz";
  options.excludes = std::vector<std::string>{"*.tmp"};
  g.mksquashfs("/top", temp.file("out.squashfs"), options);
  EXPECT_EQ(shell("cd " + temp.path() +
                  "; unsquashfs -q -n -d tree out.squashfs >/dev/null; cd tree;"
                  " find . -type f | sort; cat a dir/b"),
            "./a\n./dir/b\nonetwo");
  EXPECT_THAT(shell("unsquashfs -s " + temp.file("out.squashfs")), HasSubstr("xz"));
  options.compress = "magic";
  EXPECT_THAT(text_of([&] { g.mksquashfs("/top", temp.file("x"), options); }), HasSubstr("magic"));
  EXPECT_EQ(errno_of([&] { g.mksquashfs("/nowhere", temp.file("x")); }), ENOENT);
}

TEST_P(FsMake, F2fsGrowsToItsDevice) {
  VMCRAFT_NEEDS("mkfs.f2fs");
  const std::string path = blank(128);
  shell("mkfs.f2fs -q -f " + path + " 131072 >/dev/null");
  const std::string blocks = "od -An -tu8 -j1060 -N8 " + path;
  const std::string before = shell(blocks);
  {
    GuestFS g = open(path, false);
    g.f2fs_expand("/dev/sda");
  }
  EXPECT_EQ(before, "                16384\n");
  EXPECT_EQ(shell(blocks), "                32768\n");
}

VMCRAFT_ON_BOTH_ENGINES(FsMake);

}  // namespace
}  // namespace vmcraft::test
