// SPDX-License-Identifier: LGPL-3.0-or-later
// Partitions that move, and tables of drives that become smaller, as sfdisk sees them.
#include "kernel/fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

class PartitionMove : public FsTest {
 protected:
  std::string disk(const std::string& label) {
    const std::string path = blank(64);
    shell("printf 'label: " + label + "\\nstart=2048,size=20480\\nstart=24576,size=8192,bootable\\n' | sfdisk -q " + path +
          "; head -c 4194304 /dev/urandom >" + temp.file("content") + "; dd if=" + temp.file("content") + " of=" + path +
          " bs=512 seek=24576 conv=notrunc status=none");
    return path;
  }
  std::string content_at(const std::string& path, int sector) {
    return shell("dd if=" + path + " bs=512 skip=" + std::to_string(sector) + " count=8192 status=none | cmp - " +
                 temp.file("content") + " && echo same");
  }
  static std::string line_of(const std::string& path, int number) {
    return shell("sfdisk -d " + path + " | grep 'raw" + std::to_string(number) + " :' | sed 's/.*start=/start=/; s/  */ /g'");
  }
};

TEST_P(PartitionMove, MovesUpAndDownWithItsContent) {
  for (const char* label : {"gpt", "dos"}) {
    const std::string path = disk(label);
    const std::string before = line_of(path, 2);
    GuestFS g = open(path, false);
    for (const int sector : {26624, 90112, 22528}) {  // overlapping, far, and back
      g.part_move("/dev/sda", 2, sector);
      g.sync();
      EXPECT_EQ(content_at(path, sector), "same\n") << label << sector;
      std::string wanted = before;
      wanted.replace(wanted.find("24576"), 5, std::to_string(sector));
      EXPECT_EQ(line_of(path, 2), wanted);
    }
    EXPECT_THAT(text_of([&] { g.part_move("/dev/sda", 2, 4096); }), HasSubstr("overlap partition 1"));
    EXPECT_THAT(text_of([&] { g.part_move("/dev/sda", 2, 130'000); }), HasSubstr("is not on the drive"));
    EXPECT_EQ(errno_of([&] { g.part_move("/dev/sda", 2, -1); }), EINVAL);
    EXPECT_EQ(errno_of([&] { g.part_move("/dev/sda", 2, INT64_MAX); }), EINVAL);
    EXPECT_EQ(content_at(path, 22528), "same\n");
  }
}

TEST_P(PartitionMove, ShrinksTheTableBeforeTheImageIsCut) {
  const std::string path = disk("gpt");
  const std::string before = shell("sfdisk -d " + path + " | grep -v last-lba");
  {
    GuestFS g = open(path, false);
    EXPECT_THAT(text_of([&] { g.part_shrink_gpt("/dev/sda", 10 << 20); }), HasSubstr("partition 1: ends in sector 22527"));
    EXPECT_EQ(errno_of([&] { g.part_shrink_gpt("/dev/sda", 65 << 20); }), EINVAL);
    EXPECT_EQ(errno_of([&] { g.part_shrink_gpt("/dev/sda", 0); }), EINVAL);
    g.part_shrink_gpt("/dev/sda", 20 << 20);
  }
  std::filesystem::resize_file(path, 20 << 20);
  EXPECT_EQ(shell("sfdisk -d " + path + " | grep -v last-lba"), before);
  EXPECT_THAT(shell("sfdisk --verify " + path + " 2>&1"), HasSubstr("No errors detected."));
  EXPECT_EQ(content_at(path, 24576), "same\n");
}

VMCRAFT_ON_BOTH_ENGINES(PartitionMove);

}  // namespace
}  // namespace vmcraft::test
