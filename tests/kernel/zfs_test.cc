// SPDX-License-Identifier: LGPL-3.0-or-later
// ZFS pools that zfs-fuse made (tests/stacks/build_zfs), listed and read; and what a bcache shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>

#include "base/text.h"
#include "support/volumes.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

class Zfs : public VolumeTest {
 protected:
  void SetUp() override {
    VolumeTest::SetUp();
    if (!IsSkipped() && !is_root()) GTEST_SKIP() << "zfs-fuse needs root";
  }
  /// Makes a pool; false, with the test skipped, where this machine cannot.
  bool build(const std::string& layout, int count) {
    for (const std::string& disk : disks) std::filesystem::remove(disk);
    disks = make_disks(count);
    Texts argv = {VMCRAFT_TEST_DATA "/stacks/build_zfs", layout};
    argv.insert(argv.end(), disks.begin(), disks.end());
    const auto result = base::system_runner().run({.argv = argv, .input = {}, .environment = {}});
    sum = base::trim(result.out);
    if (WIFEXITED(result.status) && WEXITSTATUS(result.status) == 77) return false;
    EXPECT_TRUE(sum.starts_with("built ")) << result.out << result.err;
    sum.erase(0, 6);
    return true;
  }
  static Volume pool_of(GuestFS& g) {
    for (const Volume& volume : g.volume_graph())
      if (volume.vol_kind == "pool") return volume;
    return {};
  }
  Texts disks;
  std::string sum;  // of the file; or why there is no pool
};

TEST_P(Zfs, PoolsAreListedAndRead) {
  for (const auto& [layout, count] : {std::pair("mirror", 2), {"raidz1", 3}, {"stripe", 2}}) {
    if (!build(layout, count)) GTEST_SKIP() << sum;
    GuestFS g = launch(disks, true);
    EXPECT_EQ(g.vfs_type("/dev/sda"), "zfs_member");
    EXPECT_EQ(g.vfs_label("/dev/sda"), "tank");
    const Volume pool = pool_of(g);
    EXPECT_EQ(pool.vol_device, "tank");
    EXPECT_EQ(pool.vol_layout, std::string(layout) == "stripe" ? "file file" : layout);
    EXPECT_EQ(pool.vol_uuid, g.vfs_uuid("/dev/sda"));
    EXPECT_EQ(base::split_blanks(pool.vol_below).size(), disks.size());
    EXPECT_EQ(pool.vol_trouble, "");
    g.mount_ro("/dev/sda", "/");
    EXPECT_EQ(g.checksum("sha256", "/@/file"), sum) << layout;
    EXPECT_EQ(g.cat("/sub/@/name"), "inside\n");
    g.umount_all();
  }
}

TEST_P(Zfs, WhatIsMissingIsTold) {
  if (!build("mirror", 2)) GTEST_SKIP() << sum;
  {
    GuestFS g = launch({disks[1]}, true);
    EXPECT_THAT(pool_of(g).vol_trouble, HasSubstr("degraded: 1 of 2"));
    g.mount_ro("/dev/sda", "/");
    EXPECT_EQ(g.checksum("sha256", "/@/file"), sum);
  }
  ASSERT_TRUE(build("stripe", 2)) << sum;
  GuestFS g = launch({disks[0]}, true);
  EXPECT_THAT(pool_of(g).vol_trouble, HasSubstr("failed: 1 of 2"));
  EXPECT_THROW(g.mount_ro("/dev/sda", "/"), Error);
}

TEST_P(Zfs, NothingIsWritten) {
  if (!build("mirror", 2)) GTEST_SKIP() << sum;
  GuestFS g = launch(disks);
  g.mount("/dev/sda", "/");
  EXPECT_THROW(g.write("/@/new", "text"), Error);
  EXPECT_THROW(g.touch("/@/file"), Error);
  EXPECT_EQ(g.checksum("sha256", "/@/file"), sum);
}

TEST_P(Zfs, ASpareHasNoFiles) {
  const Texts spare = make_disks(1);
  const std::string list = VMCRAFT_TEST_DATA "/fuzz/corpus/fuzz_zfs/spare";
  shell("for at in 16384 278528; do dd if=" + list + " of=" + spare[0] +
        " bs=1 seek=$at conv=notrunc status=none; done");
  GuestFS g = launch(spare, true);
  try {
    g.mount_vfs("ro", "zfs_member", "/dev/sda", "/");
    FAIL() << "it was mounted";
  } catch (const Error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("is a spare device of a pool"));
  }
}

TEST_P(Zfs, ABcacheIsToldApart) {
  const Texts disk = make_disks(1);
  shell("dd if=" VMCRAFT_TEST_DATA "/stacks/bcache.superblock of=" + disk[0] + " bs=4096 seek=1 conv=notrunc status=none");
  GuestFS g = launch(disk, true);
  EXPECT_EQ(g.vfs_type("/dev/sda"), "bcache");
  const std::vector<Volume> graph = g.volume_graph();
  ASSERT_EQ(graph.size(), 1U);
  EXPECT_EQ(graph[0].vol_content, "bcache");
  EXPECT_EQ(graph[0].vol_trouble, "is part of a bcache, which is not opened");
}

VMCRAFT_ON_BOTH_ENGINES(Zfs);

}  // namespace
}  // namespace vmcraft::test
