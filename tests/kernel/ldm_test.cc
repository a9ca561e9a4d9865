// SPDX-License-Identifier: LGPL-3.0-or-later
// Windows dynamic disks that tests/stacks/make_ldm.py made: on the uml engine anywhere, on the host
// engine where the kernel has device-mapper, which is inside the test rig.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/text.h"
#include "support/image.h"
#include "volume/base/mapping.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kGroup = "5a8e7c34-2b1d-4f60-8f53-1f0e6a9b7c21";
const std::string kPrefix = "/dev/mapper/ldm_vol_Guest-Dg0_";

/// Name and MiB, as make_ldm.py makes them.
const std::map<std::string, int> kVolumes = {
    {"Volume1", 6}, {"Volume2", 9}, {"Volume3", 12}, {"Volume4", 8}, {"Raid1", 10}};

bool in_rig() { return std::getenv("VMCRAFT_RIG") != nullptr; }

class DynamicDisks : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (GetParam() == "host" && !(in_rig() && volume::device_mapper_available()))
      GTEST_SKIP() << "the host engine needs a kernel with device-mapper: see tests/rig/run";
    if (GetParam() == "uml" && in_rig()) GTEST_SKIP() << "the uml engine is tested outside the rig";
    for (const char* name : {"d0", "d1", "d2"}) disks.push_back(temp.file(name));
  }

  std::string make(const std::string& options = "") {
    for (const std::string& disk : disks)
      shell("rm -f " + disk + " && truncate -s 48M " + disk);
    return shell("python3 " VMCRAFT_TEST_DATA "/stacks/make_ldm.py " + options + " " +
                 base::join(disks, " "));
  }

  /// Options that fill each volume with a file system that holds a file of its own.
  std::string filled() {
    std::string options;
    for (const auto& [name, mib] : kVolumes) {
      const std::string image = temp.file(name);
      write_host(temp.file(name + ".d/file"), name + "'s\n");
      shell("head -c 1500000 /dev/urandom > " + temp.file(name + ".d/data"));
      sums[name] = sha256_of(temp.file(name + ".d/data"));
      shell("rm -f " + image + "; mke2fs -q -t ext4 -L " + name + " -d " + temp.file(name + ".d") + " " + image +
            " " + std::to_string(mib) + "M");
      options += " --fill " + name + "=" + image;
    }
    return options;
  }

  GuestFS launch(const std::vector<std::string>& paths, bool readonly = true) {
    GuestFS g;
    g.set_backend(GetParam());
    AddDriveOptions options;
    options.readonly = readonly;
    options.format = "raw";
    for (const std::string& path : paths) g.add_drive(path, options);
    g.launch();
    return g;
  }

  std::string hashes() { return shell("sha256sum " + base::join(disks, " ")); }

  void expect_content(GuestFS& g, const std::string& name) {
    g.mount_ro(kPrefix + name, "/");
    EXPECT_EQ(g.checksum("sha256", "/data"), sums[name]) << name;
    EXPECT_EQ(g.cat("/file"), name + "'s\n");
    g.umount_all();
  }

  static Volume row(GuestFS& g, const std::string& device) {
    for (const Volume& volume : g.volume_graph())
      if (volume.vol_device == device) return volume;
    ADD_FAILURE() << device << " is not in the graph";
    return {};
  }
  static std::vector<std::string> findings(GuestFS& g) {
    std::vector<std::string> found;
    for (const Volume& volume : g.volume_graph())
      if (volume.vol_kind == "finding") found.push_back(volume.vol_trouble);
    return found;
  }
  static int errno_of(const std::function<void()>& call) {
    try {
      call();
      return 0;
    } catch (const Error& failure) {
      return failure.errno_value();
    }
  }

  std::vector<std::string> disks;
  std::map<std::string, std::string> sums;
};

TEST_P(DynamicDisks, EveryKindOfVolumeReadsBackAndIsWritten) {
  for (const std::string table : {"", "--gpt"}) {
    make(table + filled());
    const std::string before = hashes();
    {
      GuestFS g = launch(disks);
      for (const auto& [name, mib] : kVolumes) {
        EXPECT_EQ(g.vfs_label(kPrefix + name), name);
        EXPECT_EQ(g.blockdev_getsize64(kPrefix + name), mib << 20);
        expect_content(g, name);
      }
      EXPECT_THAT(g.list_filesystems(),
                  ElementsAre(std::pair{kPrefix + "Volume1", "ext4"}, std::pair{kPrefix + "Volume2", "ext4"},
                              std::pair{kPrefix + "Volume3", "ext4"}, std::pair{kPrefix + "Volume4", "ext4"},
                              std::pair{kPrefix + "Raid1", "ext4"}));
    }
    EXPECT_EQ(hashes(), before) << "a read-only drive was written to";
    {
      GuestFS g = launch(disks, false);
      for (const auto& [name, mib] : kVolumes) {
        g.mount(kPrefix + name, "/");
        g.write("/written", name + " was written\n");
        g.umount_all();
      }
    }
    // Through the mapping of the generator, which checks mirror and parity.
    for (const auto& [name, mib] : kVolumes) {
      const std::string copy = temp.file("copy");
      shell("python3 " VMCRAFT_TEST_DATA "/stacks/make_ldm.py " + table + " --read " + name + "=" + copy + " " +
            base::join(disks, " "));
      shell("e2fsck -fn " + copy);
      EXPECT_EQ(shell("debugfs -R 'cat /written' " + copy + " 2>/dev/null"), name + " was written\n");
    }
  }
}

TEST_P(DynamicDisks, TellWhatLdmtoolTells) {
  make();
  GuestFS g = launch(disks);
  EXPECT_THAT(g.ldmtool_scan(), ElementsAre(kGroup));
  EXPECT_THAT(g.ldmtool_scan_devices({"/dev/sdb"}), ElementsAre(kGroup));
  EXPECT_EQ(g.ldmtool_diskgroup_name(kGroup), "Guest-Dg0");
  EXPECT_THAT(g.ldmtool_diskgroup_disks(kGroup), ElementsAre("Disk1", "Disk2", "Disk3"));
  EXPECT_THAT(g.ldmtool_diskgroup_volumes(kGroup),
              ElementsAre("Volume1", "Volume2", "Volume3", "Volume4", "Raid1"));
  EXPECT_EQ(errno_of([&] { g.ldmtool_diskgroup_name("x"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.ldmtool_volume_type(kGroup, "x"); }), ENOENT);
  const std::string ldmtool = "ldmtool -d " + base::join(disks, " -d ") + " ";
  EXPECT_THAT(shell(ldmtool + "scan 2>/dev/null"), HasSubstr(kGroup));
  for (const auto& [name, mib] : kVolumes) {
    // Its own device-mapper devices are asked for too, and may not be there.
    const std::string shown = shell(ldmtool + "show volume " + kGroup + " " + name + " 2>/dev/null | jq -r " +
                                    "'(.type | ascii_downcase), (.hint // \"\"), .size * 512, .guid, .partitions[]'");
    std::string ours = g.ldmtool_volume_type(kGroup, name) + "\n" + g.ldmtool_volume_hint(kGroup, name) + "\n" +
                       std::to_string(g.blockdev_getsize64(kPrefix + name)) + "\n" + row(g, kPrefix + name).vol_uuid + "\n";
    for (const std::string& part : g.ldmtool_volume_partitions(kGroup, name)) ours += part + "\n";
    EXPECT_EQ(ours, shown);
  }
  EXPECT_THAT(g.list_ldm_partitions(),
              ElementsAre("/dev/mapper/ldm_part_Guest-Dg0_Disk1-04", "/dev/mapper/ldm_part_Guest-Dg0_Disk1-05",
                          "/dev/mapper/ldm_part_Guest-Dg0_Disk2-03", "/dev/mapper/ldm_part_Guest-Dg0_Disk2-04",
                          "/dev/mapper/ldm_part_Guest-Dg0_Disk3-03"));
  EXPECT_EQ(g.blockdev_getsize64("/dev/mapper/ldm_part_Guest-Dg0_Disk1-04"), 8 << 20);
  EXPECT_EQ(row(g, kPrefix + "Volume2").vol_below, "/dev/sda /dev/sdb /dev/sdc");
  EXPECT_EQ(row(g, kPrefix + "Volume4").vol_layout, "mirrored");
  EXPECT_TRUE(findings(g).empty());
}

TEST_P(DynamicDisks, ShowLdmtoolTheSameBytes) {
  if (GetParam() == "host") GTEST_SKIP() << "starts a rig itself";
  make(filled());
  std::string command = VMCRAFT_TEST_DATA "/rig/run";
  for (const std::string& disk : disks) command += " -d " + disk;
  const std::string said = shell("(" + command + " " VMCRAFT_TEST_DATA
                                 "/stacks/read_ldm /dev/ubdb /dev/ubdc /dev/ubdd) 2>&1 | tr -d '\\r'");
  for (const auto& [name, mib] : kVolumes)
    EXPECT_THAT(said, HasSubstr("volume " + sha256_of(temp.file(name)) + "  " + kPrefix + name));
}

TEST_P(DynamicDisks, WithoutOneOfThem) {
  const std::string options = filled();
  for (int missing = 0; missing < 3; ++missing) {
    make(options);
    std::vector<std::string> fewer = disks;
    fewer.erase(fewer.begin() + missing);
    GuestFS g = launch(fewer, false);
    expect_content(g, "Raid1");
    expect_content(g, "Volume4");
    EXPECT_THAT(row(g, kPrefix + "Raid1").vol_trouble,
                HasSubstr("degraded: disk Disk" + std::to_string(missing + 1) + " is missing"));
    EXPECT_EQ(errno_of([&] { g.mount(kPrefix + "Raid1", "/"); }), EROFS);
    EXPECT_EQ(errno_of([&] { g.mount(kPrefix + "Volume4", "/"); }), missing < 2 ? EROFS : 0);
    g.umount_all();
    EXPECT_EQ(errno_of([&] { g.mount_ro(kPrefix + "Volume3", "/"); }), ENXIO);
    EXPECT_EQ(errno_of([&] { g.mount_ro(kPrefix + "Volume1", "/"); }), missing == 0 ? ENXIO : 0);
    g.umount_all();
    EXPECT_EQ(g.list_filesystems().size(), 5U);
    g.volume_allow({"degraded-write", "partial"});
    g.mount(kPrefix + "Raid1", "/");
    g.write("/written", "without\n");
    g.umount_all();
    if (missing == 2) expect_content(g, "Volume1");
    // The first of its parts is on the first disk, and with it the mark of ext4.
    const auto mark = [&] { return g.pread_device(kPrefix + "Volume2", 2, 1080); };
    if (missing == 0) EXPECT_EQ(errno_of(mark), EIO);
    else EXPECT_EQ(mark(), "\x53\xef");
    g.shutdown();
    GuestFS again = launch(fewer);
    again.mount_ro(kPrefix + "Raid1", "/");
    EXPECT_EQ(again.cat("/written"), "without\n");
  }
}

TEST_P(DynamicDisks, WhoMissedAChangeIsNotBelieved) {
  make(filled() + " --stale 0");
  {
    GuestFS g = launch(disks);
    // The mirror's first side, and a column of the RAID.
    EXPECT_THAT(row(g, kPrefix + "Volume4").vol_trouble, HasSubstr("degraded: part Disk1-04 is out of date"));
    EXPECT_THAT(row(g, kPrefix + "Raid1").vol_trouble, HasSubstr("degraded: part Disk1-05 is out of date"));
    EXPECT_EQ(row(g, kPrefix + "Volume2").vol_trouble, "");
    shell("dd if=/dev/urandom of=" + disks[0] + " bs=1M seek=14 count=6 conv=notrunc status=none");
  }
  GuestFS g = launch(disks);
  expect_content(g, "Volume4");
  make(filled() + " --state Volume4-01=DETACHED");
  GuestFS detached = launch(disks);
  EXPECT_THAT(row(detached, kPrefix + "Volume4").vol_trouble, HasSubstr("degraded: part Disk1-04"));
}

TEST_P(DynamicDisks, DamageIsAFinding) {
  make(filled());
  // The first header is gone, and on another disk all of them; the third one's database is damaged.
  shell("dd if=/dev/zero of=" + disks[0] + " bs=512 seek=6 count=1 conv=notrunc status=none");
  shell("printf XXXX | dd of=" + disks[2] + " bs=1 seek=$((48 * 1048576 - 2048 * 512 + 18 * 512)) conv=notrunc status=none");
  shell("cp " + disks[0] + " " + temp.file("copy"));
  GuestFS g = launch({disks[0], disks[1], disks[2], temp.file("copy")});
  EXPECT_THAT(findings(g), ::testing::IsSupersetOf({HasSubstr("/dev/sdc: ldm database: record 0 has no mark"),
                                                   HasSubstr("/dev/sdd: dynamic disk ")}));
  expect_content(g, "Raid1");
  make("--group 'A B/C'");
  GuestFS odd = launch(disks);
  EXPECT_EQ(odd.list_ldm_volumes().at(1), "/dev/mapper/ldm_vol_A\\x20B\\x2fC_Volume1");
  EXPECT_EQ(odd.blockdev_getsize64("/dev/mapper/ldm_vol_A\\x20B\\x2fC_Volume1"), 6 << 20);
}

TEST_P(DynamicDisks, HoldNtfs) {
  if (in_rig()) GTEST_SKIP() << "the rig has no FUSE, which ntfs-3g needs";
  const std::string image = temp.file("ntfs");
  write_host(temp.file("hello"), "hello\n");
  shell("truncate -s 8M " + image + "; mkntfs -q -F -L system " + image + " >/dev/null; ntfscp -q " + image + " " +
        temp.file("hello") + " hello.txt");
  make("--fill Volume4=" + image);
  GuestFS g = launch(disks, false);
  EXPECT_THAT(g.list_filesystems(), ::testing::Contains(std::pair{kPrefix + "Volume4", std::string("ntfs")}));
  g.mount_ro(kPrefix + "Volume4", "/");
  EXPECT_EQ(g.cat("/hello.txt"), "hello\n");
  g.umount_all();
  g.mount(kPrefix + "Volume4", "/");
  g.write("/written", "by vmcraft\n");
  g.umount_all();
  g.shutdown();
  shell("python3 " VMCRAFT_TEST_DATA "/stacks/make_ldm.py --read Volume4=" + image + " " + base::join(disks, " "));
  EXPECT_EQ(shell("ntfscat " + image + " written"), "by vmcraft\n");
}

TEST_P(DynamicDisks, AreRemovedAndCreatedAgain) {
  make(filled());
  GuestFS g = launch(disks);
  const std::vector<std::string> all = g.list_ldm_volumes();
  EXPECT_EQ(all.size(), 5U);
  EXPECT_THAT(g.list_dm_devices(), ::testing::Contains(kPrefix + "Raid1"));
  EXPECT_EQ(g.canonical_device_name(kPrefix + "Raid1"), kPrefix + "Raid1");
  g.mount_ro(kPrefix + "Raid1", "/");
  EXPECT_EQ(errno_of([&] { g.ldmtool_remove_all(); }), EBUSY);
  g.umount_all();
  g.ldmtool_remove_all();
  EXPECT_TRUE(g.list_ldm_volumes().empty());
  EXPECT_TRUE(g.list_filesystems().empty());
  EXPECT_EQ(errno_of([&] { g.mount_ro(kPrefix + "Raid1", "/"); }), ENOENT);
  EXPECT_THAT(g.ldmtool_scan(), ElementsAre(kGroup));
  g.ldmtool_create_all();
  EXPECT_EQ(g.list_ldm_volumes(), all);
  expect_content(g, "Raid1");
}

VMCRAFT_ON_BOTH_ENGINES(DynamicDisks);

}  // namespace
}  // namespace vmcraft::test
