// SPDX-License-Identifier: LGPL-3.0-or-later
// Programs of the machine on a handle's devices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/image.h"

namespace vmcraft::test {
namespace {

class Tools : public EngineTest {};

TEST_P(Tools, SeeTheDeviceByItsNameAndChangeIt) {
  const std::string path = temp.file("disk.raw");
  make_image(path);
  {
    GuestFS g = open(path, false);
    EXPECT_EQ(g.vfs_type("/dev/sda1"), "ext4");
    g.wipefs("/dev/sda1");
    EXPECT_EQ(g.vfs_type("/dev/sda1"), "");
    EXPECT_EQ(g.list_partitions(), std::vector<std::string>{"/dev/sda1"});
  }
  EXPECT_EQ(shell("blkid -p -O 1048576 -o value -s TYPE " + path + " || true"), "");
  EXPECT_NE(shell("sfdisk -l " + path), "");
}

TEST_P(Tools, RefuseADeviceThatIsMounted) {
  const std::string path = temp.file("disk.raw");
  make_image(path);
  GuestFS g = open(path, false);
  g.mount("/dev/sda1", "/");
  for (const char* device : {"/dev/sda1", "/dev/sda"}) {
    try {
      g.wipefs(device);
      FAIL() << device;
    } catch (const Error& failure) {
      EXPECT_EQ(failure.errno_value(), EBUSY);
      EXPECT_THAT(failure.what(), ::testing::HasSubstr("is mounted on /"));
    }
  }
  g.umount("/");
  g.wipefs("/dev/sda");
  EXPECT_TRUE(g.list_partitions().empty());
}

TEST_P(Tools, WriteToTheOverlayOfAReadOnlyDrive) {
  const std::string path = temp.file("disk.raw");
  make_image(path);
  const std::string before = sha256_of(path);
  {
    GuestFS g = open(path, true);
    g.wipefs("/dev/sda1");
    EXPECT_EQ(g.vfs_type("/dev/sda1"), "");
  }
  EXPECT_EQ(sha256_of(path), before);
}

VMCRAFT_ON_BOTH_ENGINES(Tools);

}  // namespace
}  // namespace vmcraft::test
