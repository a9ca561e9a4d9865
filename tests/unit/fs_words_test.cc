// SPDX-License-Identifier: LGPL-3.0-or-later
// Command lines for programs, and what is read from their output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.h"
#include "fs/btrfs.h"
#include "fs/check.h"
#include "fs/ext.h"
#include "fs/label.h"
#include "fs/make.h"
#include "fs/xfs.h"
#include "handle/tool.h"

namespace vmcraft::test {
namespace {

using Argv = std::vector<std::string>;

TEST(FsWords, MakeCommandsOfTypes) {
  EXPECT_EQ(fs::make_command({.type = "ext3", .block_size_bytes = 1024, .label = "x"}),
            (Argv{"mke2fs", "-F", "-q", "-t", "ext3", "-b", "1024", "-L", "x"}));
  EXPECT_EQ(fs::make_command({.type = "vfat", .block_size_bytes = 8192, .sector_size_bytes = 4096}),
            (Argv{"mkfs.fat", "-I", "--mbr=n", "-s", "2", "-S", "4096"}));
  EXPECT_EQ(fs::make_command({.type = "xfs", .inode_size_bytes = 512}),
            (Argv{"mkfs.xfs", "-f", "-q", "-i", "size=512"}));
  EXPECT_EQ(fs::make_command({.type = "udf", .label = "a b"}),
            (Argv{"mkfs.udf", "--utf8", "--label=a b"}));
  EXPECT_EQ(fs::make_command({.type = "other"}), (Argv{"mkfs.other"}));
  for (const char* type : {"", "-f", "a/b", "a b"})
    EXPECT_THROW(fs::make_command({.type = type}), Error) << type;
  EXPECT_THROW(fs::make_command({.type = "vfat", .block_size_bytes = 256}), Error);
  EXPECT_THROW(fs::make_command({.type = "ext4", .block_size_bytes = -1024}), Error);
  EXPECT_THROW(fs::make_command({.type = "other", .label = "x"}), Error);
}

TEST(FsWords, LabelsAndUuids) {
  EXPECT_EQ(fs::label_command("/dev/sda", "xfs", "").before, (Argv{"xfs_admin", "-L", "--"}));
  EXPECT_EQ(fs::label_command("/dev/sda", "vfat", "").before, (Argv{"fatlabel", "-r"}));
  EXPECT_EQ(fs::label_command("/dev/sda", "vfat", "-X").after, Argv{"-X"});
  EXPECT_THROW(fs::label_command("/dev/sda", "ntfs", "-X"), Error);
  EXPECT_THROW(fs::label_command("/dev/sda", "vfat", "twelve bytes"), Error);
  EXPECT_THROW(fs::label_command("/dev/sda", "iso9660", "x"), Error);
  EXPECT_EQ(fs::uuid_command("/dev/sda", "exfat", "12ab-34CD").before,
            (Argv{"tune.exfat", "-I", "0x12ab34CD"}));
  for (const char* wrong :
       {"", "1", "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f", "0f1e2d3c4b5a49788796a5b4c3d2e1f0",
        "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1fg"})
    EXPECT_THROW(fs::uuid_command("/dev/sda", "ext4", wrong), Error) << wrong;
  EXPECT_EQ(fs::random_uuid("ext4").size(), 36U);
  EXPECT_EQ(fs::random_uuid("vfat").size(), 8U);
  EXPECT_EQ(fs::random_uuid("ntfs").size(), 16U);
}

TEST(FsWords, GeometryOfXfs) {
  const HashTable table = fs::parse_xfs_info(
      "meta-data=/dev/sda               isize=512    agcount=4, agsize=19200 blks\n"
      "         =                       crc=1\n"
      "log      =internal log           bsize=4096   blocks=16384, version=2\n"
      "realtime =none                   extsz=4096   blocks=0, rtextents=0\n\nno field\n=\n");
  EXPECT_EQ(table, (HashTable{{"meta-data", "/dev/sda"},
                              {"meta-data.isize", "512"},
                              {"meta-data.agcount", "4"},
                              {"meta-data.agsize", "19200 blks"},
                              {"meta-data.crc", "1"},
                              {"log", "internal log"},
                              {"log.bsize", "4096"},
                              {"log.blocks", "16384"},
                              {"log.version", "2"},
                              {"realtime", "none"},
                              {"realtime.extsz", "4096"},
                              {"realtime.blocks", "0"},
                              {"realtime.rtextents", "0"}}));
  EXPECT_EQ(fs::xfs_struct(table).xfs_agsize, 19200U);
  EXPECT_EQ(fs::xfs_struct(table).xfs_sectsize, ~0U);
  EXPECT_EQ(fs::xfs_number(table, "log.blocks", "x"), 16384U);
  EXPECT_THROW(fs::xfs_number(table, "data.blocks", "x"), Error);
}

TEST(FsWords, SmallestSizes) {
  EXPECT_EQ(fs::ext_minimum_bytes("Estimated minimum size of the filesystem: 822\n", 1024, "x"),
            822 * 1024);
  EXPECT_THROW(fs::ext_minimum_bytes("", 1024, "x"), Error);
  EXPECT_THROW(fs::ext_minimum_bytes("minimum size: 9000000000000000000", 4096, "x"), Error);
  EXPECT_EQ(fs::btrfs_minimum_bytes("105906176 bytes (101.00MiB)\n", "x"), 105906176);
  EXPECT_EQ(fs::ntfs_minimum_bytes(
                "Current volume size: 67105280 bytes\nYou might resize at 2564096 bytes", "x"),
            2564096);
  EXPECT_EQ(fs::ntfs_minimum_bytes("Current volume size: 67105280 bytes\n", "x"), 67105280);
  const HashTable facts =
      fs::parse_superblock("Block size:               4096\nLast mounted on: <not available>\nx\n");
  EXPECT_EQ(facts, (HashTable{{"Block size", "4096"}, {"Last mounted on", ""}}));
  EXPECT_EQ(fs::ext_block_size_bytes(facts, "x"), 4096);
}

TEST(FsWords, QuotaGroups) {
  EXPECT_EQ(fs::parse_qgroup("5"), 5U);
  EXPECT_EQ(fs::format_qgroup(fs::parse_qgroup("1/100")), "1/100");
  for (const char* wrong : {"", "/", "1/", "-1", "70000/1", "0/281474976710656", "1/2/3"})
    EXPECT_THROW(fs::parse_qgroup(wrong), Error) << wrong;
}

TEST(FsWords, GroupsNeedTheirPrograms) {
  GuestFS g;
  std::map<std::string, bool> groups;
  for (const handle::KnownProgram& program : handle::known_programs()) {
    if (std::string(program.group).empty()) continue;
    groups.try_emplace(program.group, true).first->second &=
        base::find_program(program.name).has_value();
  }
  EXPECT_TRUE(groups.contains("btrfs") && groups.contains("scrub") && groups.contains("ntfs3g"));
  for (const auto& [group, there] : groups) EXPECT_EQ(g.feature_available({group}), there) << group;
}

}  // namespace
}  // namespace vmcraft::test
