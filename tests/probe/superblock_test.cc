// SPDX-License-Identifier: LGPL-3.0-or-later
#include "probe/superblock.h"

#include <fcntl.h>

#include <cstring>

#include "base/fd.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

class SuperblockTest : public ::testing::Test {
 protected:
  std::string make(const std::string& command, std::uint64_t size_bytes = 32U << 20U) {
    const std::string path = temp_.path() + "/image";
    write_host(path, "");
    std::filesystem::resize_file(path, size_bytes);
    if (!command.empty()) shell(command + " " + path + " >/dev/null 2>&1");
    return path;
  }

  void put(const std::string& path, std::uint64_t offset, std::string_view bytes) {
    const base::UniqueFd file = base::open_file(path, O_WRONLY);
    base::pwrite_full(file.get(), base::as_bytes(bytes), offset);
  }

  // Front labels of a pool: its uberblocks, of which libblkid wants several.
  void put_zfs_label(const std::string& path) {
    for (std::uint64_t slot = 0; slot < 16; ++slot)
      put(path, (128U << 10U) + (slot << 10U), std::string("\x0c\xb1\xba\x00\0\0\0\0", 8));
  }

  probe::Superblock found(const std::string& path) {
    const base::UniqueFd file = base::open_file(path, O_RDONLY);
    return probe::probe(file.get(), {0, base::size_of(file.get())});
  }

  base::TempDir temp_{base::temp_root(), "vmcraft-test-"};
};

TEST_F(SuperblockTest, NamesTypeLabelAndUuid) {
  const std::string path =
      make("mke2fs -t ext4 -L top -U 01234567-89ab-cdef-0123-456789abcdef");
  const probe::Superblock block = found(path);
  EXPECT_EQ(block.type, "ext4");
  EXPECT_EQ(block.usage, "filesystem");
  EXPECT_EQ(block.label, "top");
  EXPECT_EQ(block.uuid, "01234567-89ab-cdef-0123-456789abcdef");
}

TEST_F(SuperblockTest, NothingIsNoTypeAndNotAmbiguous) {
  const probe::Superblock block = found(make(""));
  EXPECT_EQ(block.type, "");
  EXPECT_FALSE(block.ambiguous);
}

TEST_F(SuperblockTest, TwoFileSystemsAtOnceAreAmbiguous) {
  constexpr std::uint64_t kSize = 256U << 20U;
  const std::string btrfs = make("mkfs.btrfs", kSize);
  const std::string superblock = read_host(btrfs).substr(65536, 4096);
  const std::string path = make("mke2fs -t ext4", kSize);
  put(path, 65536, superblock);
  const probe::Superblock block = found(path);
  EXPECT_EQ(block.type, "");
  EXPECT_TRUE(block.ambiguous);
}

TEST_F(SuperblockTest, RangeOfAnImageIsProbedAlone) {
  const std::string path = make("mke2fs -t ext4 -E offset=1048576", 32U << 20U);
  const base::UniqueFd file = base::open_file(path, O_RDONLY);
  EXPECT_EQ(probe::probe(file.get(), {0, 1U << 20U}).type, "");
  EXPECT_EQ(probe::probe(file.get(), {1U << 20U, 16U << 20U}).type, "ext4");
}

TEST_F(SuperblockTest, PoolIsFoundWhereNothingElseIs) {
  const std::string path = make("", 64U << 20U);
  put_zfs_label(path);
  EXPECT_EQ(found(path).type, "zfs_member");
}

TEST_F(SuperblockTest, OldPoolBesideANewerFileSystemDoesNotCount) {
  const std::string path = make("mke2fs -t ext4 -E nodiscard", 64U << 20U);
  put_zfs_label(path);
  const probe::Superblock block = found(path);
  EXPECT_EQ(block.type, "ext4");
  EXPECT_FALSE(block.ambiguous);
}

}  // namespace
}  // namespace vmcraft::test
