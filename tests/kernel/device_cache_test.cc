// SPDX-License-Identifier: LGPL-3.0-or-later
// What a mount wrote is what a look at the drive finds afterwards, whatever was read of it before.
#include "fs_support.h"

namespace vmcraft::test {
namespace {

class DeviceCache : public FsTest {
 protected:
  static constexpr int kPiece = 1 << 20;
  static std::string all(GuestFS& g) {
    std::string bytes;
    for (std::int64_t at = 0; at < 16 * kPiece; at += kPiece) bytes += g.pread_device("/dev/sda", kPiece, at);
    return bytes;
  }
};

TEST_P(DeviceCache, ReadsWhatAMountWrote) {
  make_image(temp.file("d.raw"), {.size_mib = 16, .prepare = {}});
  GuestFS g = open(temp.file("d.raw"), false);
  const std::string before = all(g);
  g.mount("/dev/sda1", "/");
  g.ln_s("where it leads", "/link");
  g.umount("/");
  const std::string after = all(g);
  EXPECT_NE(after, before);
  EXPECT_EQ(g.pread_device("/dev/sda1", kPiece, 0), after.substr(kPiece, kPiece));
  // A small write reads the page around it first.
  const auto changed = std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin();
  g.pwrite_device("/dev/sda", after.substr(static_cast<std::size_t>(changed) + 1, 1), changed + 1);
  g.shutdown();
  EXPECT_EQ(read_host(temp.file("d.raw")), after);
}

VMCRAFT_ON_BOTH_ENGINES(DeviceCache);

}  // namespace
}  // namespace vmcraft::test
