// SPDX-License-Identifier: LGPL-3.0-or-later
// What a handle leaves on the disks when it ends without an umount.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "support/image.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Shutdown : public EngineTest {
 protected:
  static std::string features(GuestFS& g, const std::string& device) {
    for (const auto& [key, value] : g.tune2fs_l(device))
      if (key == "Filesystem features") return value;
    return {};
  }
  void expect_clean_after_write(const std::string& image, const std::string& device) {
    {
      GuestFS g = open(image, false);
      g.mount(device, "/");
      g.write("/written", "content");
      g.shutdown();
    }
    GuestFS g = open(image, false);
    EXPECT_THAT(features(g, device), HasSubstr("has_journal"));
    EXPECT_THAT(features(g, device), Not(HasSubstr("needs_recovery")));
    g.mount_ro(device, "/");
    EXPECT_EQ(g.cat("/written"), "content");
  }
};

TEST_P(Shutdown, UnmountsAPartition) {
  const std::string image = temp.file("a.raw");
  make_image(image);
  expect_clean_after_write(image, "/dev/sda1");
}

TEST_P(Shutdown, UnmountsALogicalVolume) {
  if (GetParam() != "uml") GTEST_SKIP() << "needs device-mapper, which only the engine's kernel is sure to have";
  const std::string image = temp.file("a.raw");
  shell("truncate -s 128M " + image);
  {
    GuestFS g = open(image, false);
    g.pvcreate("/dev/sda");
    g.vgcreate("group", {"/dev/sda"});
    g.lvcreate("volume", "group", 64);
    g.mkfs("ext4", "/dev/group/volume");
  }
  expect_clean_after_write(image, "/dev/group/volume");
}

// What a guest that was switched off leaves: its journal is replayed even where it is only to be read.
TEST_P(Shutdown, AReadOnlyMountReplaysTheJournal) {
  const std::string image = temp.file("a.raw");
  make_image(image);
  shell("debugfs -w -R 'feature needs_recovery' '" + image + "?offset=1048576' 2>/dev/null");
  GuestFS g = open(image, false);
  EXPECT_THAT(features(g, "/dev/sda1"), HasSubstr("needs_recovery"));
  g.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(g.cat("/etc/hostname"), "test-guest\n");
}

TEST_P(Shutdown, DeviceNumbersAreThoseOfTheGuestsDisks) {
  const std::string image = temp.file("a.raw");
  make_image(image);
  GuestFS g = open(image, true);
  g.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(g.statns("/etc").st_dev, static_cast<std::int64_t>(makedev(8, 1)));
  EXPECT_EQ(g.lstat("/etc/hostname").dev, static_cast<std::int64_t>(makedev(8, 1)));
  EXPECT_EQ(g.lstatnslist("/etc", {"hostname"})[0].st_dev, static_cast<std::int64_t>(makedev(8, 1)));
}

VMCRAFT_ON_BOTH_ENGINES(Shutdown);

}  // namespace
}  // namespace vmcraft::test
