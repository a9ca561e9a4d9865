// SPDX-License-Identifier: LGPL-3.0-or-later
#include "probe/raid6.h"

#include <fcntl.h>

#include "base/fd.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

constexpr std::uint64_t kSize = (32U << 20U) + 12345;

class Raid6Test : public ::testing::Test {
 protected:
  void SetUp() override {
    write_host(path_, "");
    std::filesystem::resize_file(path_, kSize);
  }

  void put(std::uint64_t offset, std::string_view bytes) {
    const base::UniqueFd file = base::open_file(path_, O_WRONLY);
    base::pwrite_full(file.get(), base::as_bytes(bytes), offset);
  }

  // A superblock of md 1.x with this level.
  void put_md1(std::uint64_t offset, char level) {
    std::string block(256, '\0');
    block.replace(0, 8, std::string("\xfc\x4e\x2b\xa9\x01\0\0\0", 8));
    block[72] = level;
    put(offset, block);
  }

  static bool found(const std::string& path) {
    const base::UniqueFd file = base::open_file(path, O_RDONLY);
    return probe::may_be_raid6(file.get(), {0, base::size_of(file.get())});
  }
  bool found() const { return found(path_); }

  base::TempDir temp_{base::temp_root(), "vmcraft-test-"};
  std::string path_ = temp_.path() + "/image";
};

TEST_F(Raid6Test, EmptyAndTinyAreNot) {
  EXPECT_FALSE(found());
  std::filesystem::resize_file(path_, 1000);
  EXPECT_FALSE(found());
}

TEST_F(Raid6Test, MdOfEachVersionByItsLevel) {
  constexpr std::uint64_t kSectors = kSize / 512;
  constexpr std::uint64_t kAtEnd = ((kSectors - 16) & ~std::uint64_t{7}) * 512;
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{4096}, kAtEnd}) {
    SetUp();
    put_md1(offset, 5);
    EXPECT_FALSE(found()) << offset;
    put_md1(offset, 6);
    EXPECT_TRUE(found()) << offset;
    put_md1(offset, 0);
  }
}

TEST_F(Raid6Test, OldMdInEitherByteOrder) {
  const std::uint64_t offset = (kSize & ~0xffffULL) - 0x10000;
  put(offset, std::string("\xfc\x4e\x2b\xa9", 4));
  put(offset + 28, std::string("\x06\0\0\0", 4));
  EXPECT_TRUE(found());
  put(offset, std::string("\xa9\x2b\x4e\xfc", 4));
  EXPECT_FALSE(found());
  put(offset + 28, std::string("\0\0\0\x06", 4));
  EXPECT_TRUE(found());
}

TEST_F(Raid6Test, PhysicalVolumesWhoseMetadataHasOne) {
  put(512, "LABELONE");
  put(9000, "type = \"raid5_ls\"\n");
  EXPECT_FALSE(found());
  put(9000, "type = \"raid6_nc\"\n");
  EXPECT_TRUE(found());
  put(512, "no label");
  EXPECT_FALSE(found());
}

TEST_F(Raid6Test, BtrfsThatHasSuchChunks) {
  const std::string files = path_ + "1 " + path_ + "2 " + path_ + "3";
  shell("truncate -s 160M " + files + " && mkfs.btrfs -q -d raid6 -m raid1 " + files + " >/dev/null 2>&1");
  EXPECT_TRUE(found(path_ + "2"));
  shell("mkfs.btrfs -q -f -d raid1 -m raid1 " + files + " >/dev/null 2>&1");
  EXPECT_FALSE(found(path_ + "2"));
}

}  // namespace
}  // namespace vmcraft::test
