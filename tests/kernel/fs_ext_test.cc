// SPDX-License-Identifier: LGPL-3.0-or-later
// ext2, ext3 and ext4.
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FsExt : public FsTest {
 protected:
  static std::string facts(const std::string& path) {
    return shell("dumpe2fs -h " + path + " 2>/dev/null");
  }
  static std::string fact(const std::string& path, const std::string& name) {
    return shell("dumpe2fs -h " + path + " 2>/dev/null | sed -n 's/^" + name +
                 ":[ \\t]*//p' | tr -d '\\n'");
  }
};

TEST_P(FsExt, Mke2fsSizesAndNames) {
  const std::string path = blank(64);
  {
    GuestFS g = open(path, false);
    Mke2fsOptions options;
    options.fstype = "ext4";
    options.blockscount = 8000;
    options.blocksize = 4096;
    options.fragsize = 4096;
    options.blockspergroup = 4096;
    options.numberofgroups = 8;
    options.inodesize = 512;
    options.numberofinodes = 1024;
    options.journalsize = 4;
    options.stridesize = 4;
    options.stripewidth = 16;
    options.maxonlineresize = 100000;
    options.reservedblockspercentage = 3;
    options.label = "a label";
    options.lastmounteddir = "/srv";
    options.creatoros = "FreeBSD";
    options.uuid = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";
    options.forcecreate = true;
    options.lazyitableinit = false;
    options.lazyjournalinit = false;
    options.testfs = true;
    options.discard = true;
    g.mke2fs("/dev/sda", options);
    options.fragsize = 1024;
    EXPECT_EQ(errno_of([&] { g.mke2fs("/dev/sda", options); }), EINVAL);
    options = {};
    options.inodesize = -1;
    EXPECT_EQ(errno_of([&] { g.mke2fs("/dev/sda", options); }), EINVAL);
    options = {};
    options.fstype = "ext4";
    options.blocksize = 17;
    EXPECT_THAT(text_of([&] { g.mke2fs("/dev/sda", options); }), HasSubstr("invalid block size"));
  }
  EXPECT_EQ(fact(path, "Block count"), "8000");
  EXPECT_EQ(fact(path, "Block size"), "4096");
  EXPECT_EQ(fact(path, "Blocks per group"), "4096");
  EXPECT_EQ(fact(path, "Flex block group size"), "8");
  EXPECT_EQ(fact(path, "Inode size"), "512");
  EXPECT_EQ(fact(path, "Inode count"), "1024");
  EXPECT_EQ(fact(path, "Total journal size"), "4096k");
  EXPECT_EQ(fact(path, "RAID stride"), "4");
  EXPECT_EQ(fact(path, "RAID stripe width"), "16");
  EXPECT_EQ(fact(path, "Reserved block count"), "240");
  EXPECT_EQ(fact(path, "Filesystem volume name"), "a label");
  EXPECT_EQ(fact(path, "Last mounted on"), "/srv");
  EXPECT_EQ(fact(path, "Filesystem OS type"), "FreeBSD");
  EXPECT_EQ(fact(path, "Filesystem UUID"), "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0");
  EXPECT_THAT(fact(path, "Filesystem flags"), HasSubstr("test_filesystem"));
}

TEST_P(FsExt, Mke2fsFeatures) {
  const std::string with = blank(32, "with.raw");
  const std::string without = blank(32, "without.raw");
  {
    GuestFS g = open_all({with, without});
    Mke2fsOptions options;
    options.fstype = "ext4";
    options.usagetype = "small";
    options.bytesperinode = 16384;
    options.mmpupdateinterval = 7;
    options.quotatype = true;
    options.extent = options.filetype = options.flexbg = options.hasjournal = options.largefile =
        options.resizeinode = options.sparsesuper = true;
    g.mke2fs("/dev/sda", options);
    options = {};
    options.fstype = "ext3";
    options.quota = options.extent = options.filetype = options.flexbg = options.hasjournal =
        options.largefile = options.resizeinode = options.sparsesuper = options.uninitbg =
            options.discard = false;
    g.mke2fs("/dev/sdb", options);
    // Superblocks alone: what the file system held stays.
    options.writesbandgrouponly = options.forcecreate = true;
    g.mke2fs("/dev/sdb", options);
  }
  const std::string features = fact(with, "Filesystem features");
  for (const char* name : {"extent", "filetype", "flex_bg", "has_journal", "large_file",
                           "resize_inode", "sparse_super", "quota", "mmp"})
    EXPECT_THAT(features, HasSubstr(name));
  EXPECT_EQ(fact(with, "MMP update interval"), "7");
  EXPECT_EQ(fact(with, "Inode count"), "2048");
  EXPECT_NE(fact(with, "User quota inode"), "");
  const std::string none = fact(without, "Filesystem features") + " ";
  for (const char* name : {"extent ", "filetype", "flex_bg", "has_journal", "large_file",
                           "resize_inode", "sparse_super ", "quota", "uninit_bg"})
    EXPECT_THAT(none, Not(HasSubstr(name)));
}

TEST_P(FsExt, JournalsOnOtherDevices) {
  constexpr const char* kUuid = "11111111-2222-4333-8444-555555555555";
  const std::string data = blank(16, "data.raw");
  const std::string journal = blank(8, "journal.raw");
  {
    GuestFS g = open_all({data, journal});
    g.mke2journal_U(1024, kUuid, "/dev/sdb");
    EXPECT_EQ(g.vfs_type("/dev/sdb"), "jbd");
    EXPECT_EQ(g.vfs_uuid("/dev/sdb"), kUuid);
    g.mke2fs_JU("ext4", 1024, "/dev/sda", kUuid);
    EXPECT_EQ(value_of(g.tune2fs_l("/dev/sda"), "Journal UUID"), kUuid);
    g.mke2journal_L(1024, "log", "/dev/sdb");
    EXPECT_EQ(g.vfs_label("/dev/sdb"), "log");
    g.mke2fs_JL("ext3", 1024, "/dev/sda", "log");
    EXPECT_EQ(value_of(g.tune2fs_l("/dev/sda"), "Journal UUID"), g.vfs_uuid("/dev/sdb"));
    EXPECT_EQ(errno_of([&] { g.mke2fs_JL("ext3", 1024, "/dev/sda", "none"); }), ENOENT);
    g.mke2journal(1024, "/dev/sdb");
    EXPECT_EQ(g.vfs_label("/dev/sdb"), "");
    g.mke2fs_J("ext4", 1024, "/dev/sda", "/dev/sdb");
    EXPECT_EQ(value_of(g.tune2fs_l("/dev/sda"), "Journal UUID"), g.vfs_uuid("/dev/sdb"));
  }
  EXPECT_THAT(fact(journal, "Filesystem features"), HasSubstr("journal_dev"));
  EXPECT_EQ(fact(data, "Journal UUID"), fact(journal, "Filesystem UUID"));
}

TEST_P(FsExt, OlderNamesOfLabelAndUuid) {
  const std::string path = blank(8);
  shell("mke2fs -q -t ext4 -L old " + path);
  GuestFS g = open(path, false);
  EXPECT_EQ(g.get_e2label("/dev/sda"), "old");
  g.set_e2label("/dev/sda", "sixteen bytes...");
  EXPECT_EQ(g.get_e2label("/dev/sda"), "sixteen bytes...");
  EXPECT_EQ(errno_of([&] { g.set_e2label("/dev/sda", "seventeen bytes.."); }), EINVAL);
  const std::string before = g.get_e2uuid("/dev/sda");
  g.set_e2uuid("/dev/sda", "random");
  EXPECT_NE(g.get_e2uuid("/dev/sda"), before);
  g.set_e2uuid("/dev/sda", before);
  EXPECT_EQ(g.get_e2uuid("/dev/sda"), before);
  g.shutdown();
  EXPECT_EQ(fact(path, "Filesystem UUID"), before);
  EXPECT_EQ(shell("e2fsck -fn " + path + " >/dev/null 2>&1; echo $?"), "0\n");
}

TEST_P(FsExt, E2fsckRepairsOnlyWhenAsked) {
  const std::string path = blank(8);
  shell("mke2fs -q -t ext4 " + path + "; debugfs -w -R 'clri <11>' " + path + " 2>/dev/null");
  GuestFS g = open(path, false);
  E2fsckOptions options;
  options.forceno = true;
  EXPECT_THAT(text_of([&] { g.e2fsck("/dev/sda", options); }), HasSubstr("lost+found"));
  options.correct = true;
  EXPECT_EQ(errno_of([&] { g.e2fsck("/dev/sda", options); }), EINVAL);
  options = {};
  options.forceall = true;
  g.e2fsck("/dev/sda", options);
  options = {};
  options.correct = true;
  g.e2fsck("/dev/sda", options);
  g.e2fsck_f("/dev/sda");
  g.mount("/dev/sda", "/");
  EXPECT_EQ(errno_of([&] { g.e2fsck("/dev/sda"); }), EBUSY);
  g.shutdown();
  EXPECT_EQ(shell("e2fsck -fn " + path + " >/dev/null 2>&1; echo $?"), "0\n");
}

TEST_P(FsExt, Tunes) {
  const std::string path = blank(16);
  shell("mke2fs -q -t ext4 " + path);
  {
    GuestFS g = open(path, false);
    Tune2fsOptions options;
    options.force = true;
    options.maxmountcount = 33;
    options.mountcount = 4;
    options.errorbehavior = "remount-ro";
    options.group = 12;
    options.user = 34;
    options.intervalbetweenchecks = 7200;
    options.reservedblockscount = 77;
    options.lastmounteddirectory = "/there";
    g.tune2fs("/dev/sda", options);
    const HashTable facts = g.tune2fs_l("/dev/sda");
    EXPECT_EQ(value_of(facts, "Maximum mount count"), "33");
    EXPECT_EQ(value_of(facts, "Filesystem volume name"), "");
    EXPECT_EQ(value_of(facts, "Filesystem magic number"), "0xEF53");
    options = {};
    options.mountcount = -1;
    EXPECT_EQ(errno_of([&] { g.tune2fs("/dev/sda", options); }), EINVAL);
    options = {};
    options.maxmountcount = -1;
    g.tune2fs("/dev/sda", options);
  }
  EXPECT_EQ(fact(path, "Maximum mount count"), "-1");
  EXPECT_EQ(fact(path, "Mount count"), "4");
  EXPECT_EQ(fact(path, "Errors behavior"), "Remount read-only");
  EXPECT_EQ(fact(path, "Reserved blocks gid"), "12 (group man)");
  EXPECT_EQ(fact(path, "Reserved blocks uid").substr(0, 2), "34");
  EXPECT_EQ(fact(path, "Check interval"), "7200 (2:00:00)");
  EXPECT_EQ(fact(path, "Reserved block count"), "77");
  EXPECT_EQ(fact(path, "Last mounted on"), "/there");
  {
    GuestFS g = open(path, false);
    Tune2fsOptions options;
    options.reservedblockspercentage = 10;
    g.tune2fs("/dev/sda", options);
  }
  EXPECT_EQ(std::stoi(fact(path, "Reserved block count")),
            std::stoi(fact(path, "Block count")) / 10);
}

TEST_P(FsExt, Resizes) {
  const std::string path = blank(64);
  shell("mke2fs -q -t ext4 -b 1024 " + path + " 16384");
  {
    GuestFS g = open(path, false);
    g.resize2fs_size("/dev/sda", 32 << 20);
    EXPECT_EQ(value_of(g.tune2fs_l("/dev/sda"), "Block count"), "32768");
    g.mount("/dev/sda", "/");
    g.write("/kept", "content");
    EXPECT_EQ(errno_of([&] { g.resize2fs_M("/dev/sda"); }), EBUSY);
    g.umount("/");
    const std::int64_t smallest = g.vfs_minimum_size("/dev/sda");
    g.resize2fs_M("/dev/sda");
    EXPECT_EQ(std::stoll(value_of(g.tune2fs_l("/dev/sda"), "Block count")) * 1024, smallest);
    g.resize2fs("/dev/sda");
    EXPECT_EQ(errno_of([&] { g.resize2fs_size("/dev/sda", -1); }), EINVAL);
  }
  EXPECT_EQ(fact(path, "Block count"), "65536");
  EXPECT_EQ(shell("e2fsck -fn " + path + " >/dev/null 2>&1; echo $?; debugfs -R 'cat /kept' " +
                  path + " 2>/dev/null"),
            "0\ncontent");
}

TEST_P(FsExt, ResizesWhileMounted) {
  const std::string path = blank(64);
  shell("mke2fs -q -t ext4 -b 1024 " + path + " 16384");
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    if (errno_of([&] { g.resize2fs_size("/dev/sda", 40 << 20); }) == EPERM)
      GTEST_SKIP()
          << "this process lacks CAP_SYS_RESOURCE, without which ext4 does not resize mounted";
    EXPECT_GT(g.statvfs("/").blocks, 34000);
    g.resize2fs("/dev/sda");
    g.umount("/");
  }
  EXPECT_EQ(fact(path, "Block count"), "65536");
}

TEST_P(FsExt, LostAndFoundHasRoom) {
  const std::string path = blank(16);
  shell("mke2fs -q -t ext4 -b 1024 " + path);
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    EXPECT_EQ(errno_of([&] { g.mklost_and_found("/"); }), EEXIST);
    g.rmdir("/lost+found");
    g.mklost_and_found("/");
    EXPECT_GE(g.lstatns("/lost+found").st_size, 16384);
    EXPECT_EQ(g.lstatns("/lost+found").st_mode & 07777, 0700);
    EXPECT_TRUE(g.ls("/lost+found").empty());
  }
  EXPECT_EQ(shell("e2fsck -fn " + path + " >/dev/null 2>&1; echo $?"), "0\n");
}

TEST_P(FsExt, AttributesAndGenerations) {
  const std::string path = blank(8);
  shell("mke2fs -q -t ext2 " + path);
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    g.touch("/file");
    g.set_e2attrs("/file", "id");
    EXPECT_EQ(g.get_e2attrs("/file"), "id");
    EXPECT_EQ(errno_of([&] { g.write("/file", "x"); }), EPERM);
    SetE2attrsOptions options;
    options.clear = true;
    g.set_e2attrs("/file", "i", options);
    EXPECT_EQ(g.get_e2attrs("/file"), "d");
    g.write("/file", "x");
    EXPECT_EQ(errno_of([&] { g.set_e2attrs("/file", "Z"); }), EINVAL);
    EXPECT_EQ(errno_of([&] { g.set_e2attrs("/file", "AA"); }), EINVAL);
    EXPECT_EQ(errno_of([&] { g.get_e2attrs("/nowhere"); }), ENOENT);
    g.mkdir("/dir");
    g.set_e2attrs("/dir", "S");
    g.set_e2generation("/file", 4000000000);
    EXPECT_EQ(g.get_e2generation("/file"), 4000000000);
    EXPECT_EQ(errno_of([&] { g.set_e2generation("/file", -1); }), EINVAL);
    g.ln_s("/dev/null", "/link");
    EXPECT_NE(errno_of([&] { g.get_e2attrs("/link"); }), -1);
  }
  const std::string stat = shell("debugfs -R 'stat /file' " + path + " 2>/dev/null");
  EXPECT_THAT(stat, HasSubstr("Flags: 0x40"));
  EXPECT_THAT(stat, HasSubstr("Generation: 4000000000"));
  EXPECT_THAT(shell("debugfs -R 'stat /dir' " + path + " 2>/dev/null"), HasSubstr("Flags: 0x8"));
}

VMCRAFT_ON_BOTH_ENGINES(FsExt);

}  // namespace
}  // namespace vmcraft::test
