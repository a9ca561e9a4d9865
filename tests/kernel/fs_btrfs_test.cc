// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

class FsBtrfs : public FsTest {
 protected:
  /// One line of the superblock.
  static std::string fact(const std::string& path, const std::string& name) {
    std::string text = shell("btrfs inspect-internal dump-super " + path + " | sed -n 's/^" + name +
                             "[ \\t]\\+//p'");
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }
};

TEST_P(FsBtrfs, MadeOverTwoDevices) {
  const std::string one = blank(200, "one.raw");
  const std::string two = blank(200, "two.raw");
  {
    GuestFS g = open_all({one, two});
    MkfsBtrfsOptions options;
    options.allocstart = 0;
    options.bytecount = 150 << 20;
    options.datatype = "raid1";
    options.metadata = "raid1";
    options.leafsize = 16384;
    options.label = "both";
    options.sectorsize = 4096;
    g.mkfs_btrfs({"/dev/sda", "/dev/sdb"}, options);
    EXPECT_EQ(errno_of([&] { g.mkfs_btrfs({}); }), EINVAL);
    options.bytecount = -1;
    EXPECT_EQ(errno_of([&] { g.mkfs_btrfs({"/dev/sda"}, options); }), EINVAL);
  }
  EXPECT_EQ(fact(one, "num_devices"), "2");
  EXPECT_EQ(fact(two, "label"), "both");
  EXPECT_EQ(fact(two, "nodesize"), "16384");
  EXPECT_EQ(fact(one, "fsid"), fact(two, "fsid"));
  EXPECT_EQ(fact(one, "total_bytes"), std::to_string(300 << 20));
}

VMCRAFT_ON_BOTH_ENGINES(FsBtrfs);

}  // namespace
}  // namespace vmcraft::test
