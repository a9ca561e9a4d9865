// SPDX-License-Identifier: LGPL-3.0-or-later
// Drives by the kernel's own nbd: where there is none these are skipped; the test rig runs them.
#include <gtest/gtest.h>

#include "support/image.h"

namespace vmcraft::test {
namespace {

class KernelNbd : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root() || std::getenv("VMCRAFT_RIG") == nullptr)
      GTEST_SKIP() << "not in the test rig: tests/rig/run";
    make_image(temp_.path() + "/disk.raw");
    image_ = temp_.path() + "/disk.qcow2";
    convert(temp_.path() + "/disk.raw", image_, "qcow2");
  }
  static std::string connected() { return shell("cat /sys/block/nbd*/pid 2>/dev/null || true"); }

  base::TempDir temp_{base::temp_root(), "vmcraft-test-"};
  std::string image_;
};

TEST_F(KernelNbd, ServesAQcow2ThatIsWritten) {
  {
    GuestFS g = open_image("host", image_, false);
    EXPECT_NE(connected(), "");
    g.mount("/dev/sda1", "/");
    EXPECT_EQ(g.cat("/etc/hostname"), "test-guest\n");
    g.write("/big", std::string(20'000'000, 'x'));
    g.umount_all();
    g.shutdown();
  }
  EXPECT_EQ(connected(), "");
  run({"qemu-img", "check", "-q", image_});
  GuestFS again = open_image("host", image_, true);
  again.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(again.filesize("/big"), 20'000'000);
}

TEST_F(KernelNbd, AReadOnlyDriveTakesWritesInItsOverlay) {
  const std::string before = sha256_of(image_);
  {
    GuestFS g = open_image("host", image_, true);
    g.mount("/dev/sda1", "/");
    g.write("/new", "only for now");
    EXPECT_EQ(g.cat("/new"), "only for now");
    EXPECT_NE(connected(), "");
  }
  EXPECT_EQ(sha256_of(image_), before);
  EXPECT_EQ(connected(), "");
}

TEST_F(KernelNbd, SeveralDrivesEachHaveTheirDevice) {
  GuestFS first = open_image("host", image_, true);
  GuestFS second = open_image("host", image_, true);
  first.mount_ro("/dev/sda1", "/");
  second.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(first.cat("/etc/hostname"), second.cat("/etc/hostname"));
}

}  // namespace
}  // namespace vmcraft::test
