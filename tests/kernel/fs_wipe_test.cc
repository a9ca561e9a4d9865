// SPDX-License-Identifier: LGPL-3.0-or-later
// Free space that holds nothing afterwards.
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSecret = "a secret that was deleted";

class FsWipe : public FsTest {
 protected:
  /// An ext4 in which /kept stands and the content of a deleted file is still on the disk.
  std::string with_deleted_secret(unsigned size_mib = 16) {
    const std::string path = blank(size_mib);
    shell("mke2fs -q -t ext4 -O ^has_journal -b 1024 " + path +
          "; i=0; while [ $i -lt 4000 ]; do echo '" + kSecret + "'; i=$((i+1)); done > " +
          temp.file("secret") + "; echo kept > " + temp.file("kept") + "; printf 'write " +
          temp.file("secret") + " secret\\nwrite " + temp.file("kept") +
          " kept\\nrm secret\\n' | debugfs -w " + path + " >/dev/null 2>&1");
    EXPECT_TRUE(holds_secret(path));
    return path;
  }
  static bool holds_secret(const std::string& path) {
    return shell("grep -aq '" + std::string(kSecret) + "' " + path + " && echo yes || true") ==
           "yes\n";
  }
  static std::string kept(const std::string& path) {
    return shell("e2fsck -fn " + path +
                 " >/dev/null 2>&1 || echo damaged; debugfs -R 'cat /kept' " + path +
                 " 2>/dev/null");
  }
  static std::uintmax_t used_kib(const std::string& path) {
    return std::stoull(shell("du -k " + path + " | cut -f1"));
  }
};

TEST_P(FsWipe, ZeroFreeSpace) {
  const std::string path = with_deleted_secret();
  {
    GuestFS g = open(path, false);
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    g.on_event(static_cast<std::uint32_t>(EventType::progress), [&](const Event& event) {
      last = event.position;
      total = event.total;
    });
    g.mount("/dev/sda", "/");
    g.zero_free_space("/");
    EXPECT_EQ(g.ls("/"), (std::vector<std::string>{"kept", "lost+found"}));
    EXPECT_GT(g.statvfs("/").bfree, 10000);
    EXPECT_GT(total, 8U << 20U);
    EXPECT_EQ(last, total);
    EXPECT_EQ(errno_of([&] { g.zero_free_space("/nowhere"); }), ENOENT);
    g.umount("/");
  }
  EXPECT_FALSE(holds_secret(path));
  EXPECT_EQ(kept(path), "kept\n");
}

TEST_P(FsWipe, Zerofree) {
  VMCRAFT_NEEDS("zerofree");
  const std::string path = with_deleted_secret();
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    EXPECT_EQ(errno_of([&] { g.zerofree("/dev/sda"); }), EBUSY);
    g.umount("/");
    g.zerofree("/dev/sda");
  }
  EXPECT_FALSE(holds_secret(path));
  EXPECT_EQ(kept(path), "kept\n");
}

TEST_P(FsWipe, Discards) {
  const std::string path = with_deleted_secret();
  GuestFS g = open(path, false);
  EXPECT_FALSE(g.blkdiscardzeroes("/dev/sda"));
  g.mount("/dev/sda", "/");
  EXPECT_EQ(errno_of([&] { g.blkdiscard("/dev/sda"); }), EBUSY);
  g.umount("/");
  if (errno_of([&] { g.blkdiscard("/dev/sda"); }) == EOPNOTSUPP)
    GTEST_SKIP() << "what is below the disk cannot discard";
  EXPECT_EQ(g.vfs_type("/dev/sda"), "");
  EXPECT_TRUE(g.is_zero_device("/dev/sda"));
  g.shutdown();
  EXPECT_LT(used_kib(path), 64U);
}

TEST_P(FsWipe, Trims) {
  const std::string path = with_deleted_secret();
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    FstrimOptions options;
    options.offset = 0;
    options.length = 64 << 20;
    options.minimumfreeextent = 4096;
    options.offset = -1;
    EXPECT_EQ(errno_of([&] { g.fstrim("/", options); }), EINVAL);
    options.offset = 0;
    const int failure = errno_of([&] { g.fstrim("/", options); });
    if (failure == EOPNOTSUPP) GTEST_SKIP() << "what is below the disk cannot discard";
    ASSERT_EQ(failure, -1);
    g.fstrim("/");
    g.umount("/");
  }
  EXPECT_FALSE(holds_secret(path));
  EXPECT_EQ(kept(path), "kept\n");
}

TEST_P(FsWipe, ScrubsADevice) {
  VMCRAFT_NEEDS("scrub");
  const std::string path = with_deleted_secret(4);
  {
    GuestFS g = open(path, false);
    g.scrub_device("/dev/sda");
  }
  EXPECT_FALSE(holds_secret(path));
  EXPECT_EQ(tag(path, "TYPE"), "");
}

TEST_P(FsWipe, ScrubsAFile) {
  VMCRAFT_NEEDS("scrub");
  const std::string path = blank(8);
  shell("mke2fs -q -t ext2 -b 1024 " + path);
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    g.write("/secret", std::string(kSecret) + std::string(30000, 's'));
    g.sync();
    g.scrub_file("/secret");
    EXPECT_FALSE(g.exists("/secret"));
    EXPECT_EQ(errno_of([&] { g.scrub_file("/nowhere"); }), ENOENT);
    g.umount("/");
  }
  EXPECT_FALSE(holds_secret(path));
}

TEST_P(FsWipe, ScrubsFreeSpace) {
  VMCRAFT_NEEDS("scrub");
  const std::string path = with_deleted_secret(8);
  {
    GuestFS g = open(path, false);
    g.mount("/dev/sda", "/");
    g.scrub_freespace("/fresh");
    EXPECT_FALSE(g.exists("/fresh"));
    EXPECT_THAT(text_of([&] { g.scrub_freespace("/kept"); }), HasSubstr("scrub"));
    g.umount("/");
  }
  EXPECT_FALSE(holds_secret(path));
  EXPECT_EQ(kept(path), "kept\n");
}

VMCRAFT_ON_BOTH_ENGINES(FsWipe);

}  // namespace
}  // namespace vmcraft::test
