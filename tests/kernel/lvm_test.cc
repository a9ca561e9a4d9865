// SPDX-License-Identifier: LGPL-3.0-or-later
// Every action that changes LVM, checked with lvm's own reports of the disks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "support/volumes.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

class Lvm : public VolumeTest {
 protected:
  static std::string trimmed(const std::string& text) { return std::string(base::trim(text)); }
  static Texts rows(const std::string& text) {
    Texts list;
    for (const std::string& line : base::split_lines(text))
      if (!base::trim(line).empty()) list.push_back(base::join(base::split_blanks(line), " "));
    return list;
  }
};

TEST_P(Lvm, MakesVolumes) {
  const Texts disks = make_disks(3);
  {
    GuestFS g = launch(disks);
    g.part_init("/dev/sda", "mbr");
    g.pvcreate("/dev/sda");
    g.part_disk("/dev/sdb", "mbr");
    EXPECT_THROW(g.pvcreate("/dev/sdb"), Error);
    g.wipefs("/dev/sdb");
    g.pvcreate("/dev/sdb");
    EXPECT_EQ(g.pvs(), (Texts{"/dev/sda", "/dev/sdb"}));
    g.vgcreate("VG", {"/dev/sda", "/dev/sdb", "/dev/sdc"});
    EXPECT_EQ(g.vgs(), Texts{"VG"});
    g.lvcreate("LV1", "VG", 40);
    g.lvcreate_free("LV2", "VG", 50);
    g.lvcreate_free("LV3", "VG", 100);
    EXPECT_EQ(g.lvs(), (Texts{"/dev/VG/LV1", "/dev/VG/LV2", "/dev/VG/LV3"}));
    EXPECT_EQ(g.blockdev_getsize64("/dev/VG/LV1"), 40 << 20);
    EXPECT_TRUE(g.is_lv("/dev/VG/LV1"));
    EXPECT_FALSE(g.is_lv("/dev/sda"));
    EXPECT_EQ(g.lvm_canonical_lv_name("/dev/mapper/VG-LV1"), "/dev/VG/LV1");
    EXPECT_THROW(g.lvcreate("LV4", "VG", 40), CommandError);
    EXPECT_THROW(g.lvcreate("LV4", "NONE", 40), Error);
    EXPECT_THROW(g.lvcreate_free("LV4", "VG", 101), Error);
  }
  EXPECT_THAT(rows(lvm(disks, "lvs --noheadings -o lv_name,lv_size,segtype --units m")),
              ElementsAre("LV1 40.00m linear", "LV2 68.00m linear", "LV2 68.00m linear", "LV3 72.00m linear",
                          "LV3 72.00m linear"));
}

TEST_P(Lvm, ResizesRenamesAndRemoves) {
  const Texts disks = make_disks(2);
  {
    GuestFS g = launch(disks);
    g.vgcreate("VG", {"/dev/sda", "/dev/sdb"});
    g.lvcreate("LV1", "VG", 20);
    g.lvcreate("LV2", "VG", 20);
    g.lvresize("/dev/VG/LV1", 32);
    EXPECT_EQ(g.blockdev_getsize64("/dev/VG/LV1"), 32 << 20);
    g.lvresize("/dev/VG/LV1", 16);
    g.lvresize_free("/dev/VG/LV1", 100);
    EXPECT_EQ(g.blockdev_getsize64("/dev/VG/LV1"), 100 << 20);
    g.lvrename("/dev/VG/LV2", "/dev/VG/NEW");
    g.vgrename("VG", "GROUP");
    EXPECT_EQ(g.lvs(), (Texts{"/dev/GROUP/LV1", "/dev/GROUP/NEW"}));
    g.lvremove("/dev/GROUP/NEW");
    EXPECT_EQ(g.lvs(), Texts{"/dev/GROUP/LV1"});
  }
  EXPECT_THAT(rows(lvm(disks, "lvs --noheadings -o vg_name,lv_name,lv_size --units m")), ElementsAre("GROUP LV1 100.00m"));
  {
    GuestFS g = launch(disks);
    g.lvremove("/dev/GROUP");
    EXPECT_TRUE(g.lvs().empty());
    g.vgremove("GROUP");
    EXPECT_TRUE(g.vgs().empty());
    EXPECT_EQ(g.pvs().size(), 2U);
    g.pvremove("/dev/sda");
    EXPECT_EQ(g.pvs(), Texts{"/dev/sdb"});
  }
  EXPECT_EQ(rows(lvm(disks, "pvs --noheadings -o pv_size --units m")).size(), 1U);
}

TEST_P(Lvm, PhysicalVolumesChangeSizeAndUuid) {
  const Texts disks = make_disks(2);
  std::string uuid;
  {
    GuestFS g = launch(disks);
    g.vgcreate("VG", {"/dev/sda", "/dev/sdb"});
    g.pvresize_size("/dev/sda", 32 << 20);
    EXPECT_EQ(g.pvs_full()[0].pv_size, 28U << 20U);
    g.pvresize("/dev/sda");
    EXPECT_EQ(g.pvs_full()[0].pv_size, 60U << 20U);
    uuid = g.pvuuid("/dev/sda");
    EXPECT_EQ(uuid.size(), 38U);
    g.pvchange_uuid("/dev/sda");
    EXPECT_NE(g.pvuuid("/dev/sda"), uuid);
    const std::string other = g.pvuuid("/dev/sdb");
    const std::string group = g.vguuid("VG");
    g.pvchange_uuid_all();
    g.vgchange_uuid("VG");
    EXPECT_NE(g.pvuuid("/dev/sdb"), other);
    EXPECT_NE(g.vguuid("VG"), group);
    g.vgchange_uuid_all();
    uuid = g.vguuid("VG");
    EXPECT_EQ(g.vgpvuuids("VG"), (Texts{g.pvuuid("/dev/sda"), g.pvuuid("/dev/sdb")}));
    EXPECT_THROW(g.pvuuid("/dev/sdc"), Error);
  }
  EXPECT_EQ(trimmed(lvm(disks, "vgs --noheadings -o vg_uuid")), uuid);
}

TEST_P(Lvm, ReportsWhatLvmReports) {
  const Texts disks = make_disks(2);
  {
    GuestFS g = launch(disks);
    g.vgcreate("VG", {"/dev/sda", "/dev/sdb"});
    g.lvcreate("LV", "VG", 40);
    const LvmVg vg = g.vgs_full().at(0);
    EXPECT_EQ(vg.vg_name, "VG");
    EXPECT_EQ(vg.vg_size, 120U << 20U);
    EXPECT_EQ(vg.vg_free, 80U << 20U);
    EXPECT_EQ(vg.pv_count, 2);
    const LvmLv lv = g.lvs_full().at(0);
    EXPECT_EQ(lv.lv_name, "LV");
    EXPECT_EQ(lv.lv_size, 40U << 20U);
    EXPECT_FALSE(lv.snap_percent.has_value());
    std::string uuid = g.lvuuid("/dev/VG/LV");
    EXPECT_EQ(g.vglvuuids("VG"), Texts{uuid});
    std::erase(uuid, '-');
    EXPECT_EQ(lv.lv_uuid, uuid);
    EXPECT_EQ(g.pvs_full().at(1).pv_name, "/dev/sdb");
    EXPECT_THAT(g.vgmeta("VG"), HasSubstr("VG {"));
  }
}

TEST_P(Lvm, FiltersAndDeactivates) {
  const Texts disks = make_disks(2);
  GuestFS g = launch(disks);
  g.vgcreate("ONE", {"/dev/sda"});
  g.vgcreate("TWO", {"/dev/sdb"});
  g.lvcreate("LV", "ONE", 20);
  g.lvm_set_filter({"/dev/sdb"});
  EXPECT_EQ(g.vgs(), Texts{"TWO"});
  g.lvm_clear_filter();
  EXPECT_EQ(g.vgs(), (Texts{"ONE", "TWO"}));
  g.vg_activate(false, {"ONE"});
  EXPECT_THROW(g.pread_device("/dev/ONE/LV", 16, 0), Error);
  g.vg_activate_all(true);
  g.lvm_scan(true);
  g.vgscan();
  if (can_map()) {
    EXPECT_EQ(g.pread_device("/dev/ONE/LV", 16, 0), std::string(16, '\0'));
    g.vg_activate_all(false);
  }
  g.lvm_remove_all();
  EXPECT_TRUE(g.pvs().empty());
}

// A file system in use keeps its volume, and sees it grow.
TEST_P(Lvm, MountedVolumesStayAndGrow) {
  if (!can_map()) GTEST_SKIP() << "this kernel has no device-mapper";
  const Texts disks = make_disks(1, 128);
  GuestFS g = launch(disks);
  g.vgcreate("VG", {"/dev/sda"});
  g.lvcreate("LV", "VG", 64);
  shell("mke2fs -q -t ext4 " + temp.file("fs") + " 60M");
  g.upload(temp.file("fs"), "/dev/VG/LV");
  g.mount("/dev/VG/LV", "/");
  g.write("/file", "kept\n");
  EXPECT_THROW(g.vg_activate_all(false), Error);
  EXPECT_THROW(g.lvremove("/dev/VG/LV"), Error);
  EXPECT_THROW(g.vgrename("VG", "OTHER"), Error);
  g.lvresize("/dev/VG/LV", 100);
  EXPECT_EQ(g.blockdev_getsize64("/dev/VG/LV"), 100 << 20);
  EXPECT_EQ(g.cat("/file"), "kept\n");
  g.umount_all();
  g.vg_activate_all(false);
  g.lvremove("/dev/VG/LV");
}

VMCRAFT_ON_BOTH_ENGINES(Lvm);

}  // namespace
}  // namespace vmcraft::test
