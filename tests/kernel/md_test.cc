// SPDX-License-Identifier: LGPL-3.0-or-later
// Making and stopping software RAID, checked with mdadm's own look at the disks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/volumes.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

class Md : public VolumeTest {
 protected:
  void SetUp() override {
    VolumeTest::SetUp();
    if (!IsSkipped() && !can_map()) GTEST_SKIP() << "this kernel has no software RAID";
  }
  static std::string value(const HashTable& table, const std::string& key) {
    for (const auto& [name, text] : table)
      if (name == key) return text;
    return {};
  }
  static std::string examine(const std::string& disk) {
    return shell("l=$(losetup -f --show " + disk + "); mdadm --examine --export $l; losetup -d $l");
  }
};

TEST_P(Md, Raid6WantsAKernelThatIsReadyForIt) {
  if (GetParam() != "uml") GTEST_SKIP() << "the host's kernel always is";
  const Texts devices = {"/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd"};
  const Texts disks = make_disks(4);
  MdCreateOptions options;
  options.level = "raid6";
  try {
    launch(disks).md_create("six", devices, options);
    FAIL() << "it was made";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ErrorCode::not_supported);
    EXPECT_THAT(failure.what(), HasSubstr("backend setting raid6"));
  }
  GuestFS g;
  g.set_backend("uml");
  g.set_backend_settings({"raid6"});
  for (const std::string& disk : disks) g.add_drive(disk);
  g.launch();
  g.md_create("six", devices, options);
  g.pwrite_device("/dev/md127", "on the array", 4096);
  EXPECT_EQ(g.pread_device("/dev/md127", 12, 4096), "on the array");
}

TEST_P(Md, MakesAndStops) {
  const Texts disks = make_disks(4);
  {
    GuestFS g = launch(disks);
    MdCreateOptions options;
    options.level = "5";
    options.nrdevices = 3;
    options.spare = 1;
    options.chunk = 65536;
    g.md_create("data", {"/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd"}, options);
    EXPECT_EQ(g.list_md_devices(), Texts{"/dev/md127"});
    const HashTable detail = g.md_detail("/dev/md/data");
    EXPECT_EQ(value(detail, "level"), "raid5");
    EXPECT_EQ(value(detail, "devices"), "3");
    EXPECT_EQ(value(detail, "metadata"), "1.2");
    const std::vector<Mdstat> members = g.md_stat("/dev/md127");
    ASSERT_EQ(members.size(), 4U);
    int spares = 0;
    for (const Mdstat& member : members) {
      EXPECT_THAT(member.mdstat_device, HasSubstr("/dev/sd"));
      if (member.mdstat_flags == "S") ++spares;
    }
    EXPECT_EQ(spares, 1);
    g.pwrite_device("/dev/md127", "on the array", 4096);
    EXPECT_EQ(g.pread_device("/dev/md127", 12, 4096), "on the array");
    g.md_stop("/dev/md127");
    EXPECT_TRUE(g.list_md_devices().empty());
    EXPECT_THROW(g.md_detail("/dev/md127"), Error);
  }
  EXPECT_THAT(examine(disks[0]), HasSubstr("MD_LEVEL=raid5"));
  EXPECT_THAT(examine(disks[0]), HasSubstr("MD_NAME=any:data"));
  GuestFS g = launch(disks, true);
  EXPECT_EQ(g.pread_device("/dev/md127", 12, 4096), "on the array");
}

TEST_P(Md, DegradedArraysAreReadOnlyUnlessAllowed) {
  const Texts disks = make_disks(2);
  {
    GuestFS g = launch(disks);
    MdCreateOptions options;
    options.missingbitmap = 2;
    options.level = "raid1";
    g.md_create("half", {"/dev/sda"}, options);
    EXPECT_EQ(g.pread_device("/dev/md127", 4, 0), std::string(4, '\0'));
    try {
      g.pwrite_device("/dev/md127", "x", 0);
      FAIL();
    } catch (const Error& failure) {
      EXPECT_EQ(failure.errno_value(), EROFS);
      EXPECT_THAT(failure.what(), HasSubstr("degraded: 1 of 2 members"));
    }
    g.volume_allow({"degraded-write"});
    g.pwrite_device("/dev/md127", "x", 0);
    for (const Volume& volume : g.volume_graph())
      if (volume.vol_device == "/dev/md127") {
        EXPECT_EQ(volume.vol_kind, "md");
        EXPECT_THAT(volume.vol_trouble, HasSubstr("degraded"));
      }
  }
  EXPECT_THAT(examine(disks[0]), HasSubstr("MD_DEVICES=2"));
}

TEST_P(Md, RefusesWhatMakesNoSense) {
  GuestFS g = launch(make_disks(2));
  MdCreateOptions options;
  options.nrdevices = 3;
  EXPECT_THROW(g.md_create("x", {"/dev/sda", "/dev/sdb"}, options), Error);
  EXPECT_THROW(g.md_create("", {"/dev/sda", "/dev/sdb"}, {}), Error);
  EXPECT_THROW(g.md_stat("/dev/sda"), Error);
}

VMCRAFT_ON_BOTH_ENGINES(Md);

}  // namespace
}  // namespace vmcraft::test
