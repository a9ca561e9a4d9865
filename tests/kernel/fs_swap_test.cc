// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kUuid = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";

class FsSwap : public FsTest {
 protected:
  static std::string lines_of_host() { return shell("cat /proc/swaps"); }
  std::string before_ = lines_of_host();
  /// How many areas this machine's kernel has more than before.
  std::ptrdiff_t added() const {
    const std::string now = lines_of_host();
    return std::count(now.begin(), now.end(), '\n') -
           std::count(before_.begin(), before_.end(), '\n');
  }
  std::ptrdiff_t expected(int count) const { return GetParam() == "host" ? count : 0; }
};

TEST_P(FsSwap, MadeWithLabelAndUuid) {
  const std::string one = blank(4, "one.raw");
  const std::string two = blank(4, "two.raw");
  const std::string three = blank(4, "three.raw");
  const std::string four = blank(16, "four.raw");
  shell("mke2fs -q -t ext4 " + four);
  {
    GuestFS g = open_all({one, two, three, four});
    MkswapOptions options;
    options.label = "both";
    options.uuid = kUuid;
    g.mkswap("/dev/sda", options);
    g.mkswap_L("-label", "/dev/sdb");
    g.mkswap_U(kUuid, "/dev/sdc");
    EXPECT_THAT(text_of([&] { g.mkswap_U("nonsense", "/dev/sdc"); }), HasSubstr("UUID"));
    g.mount("/dev/sdd", "/");
    EXPECT_EQ(errno_of([&] { g.mkswap("/dev/sdd"); }), EBUSY);
    g.fallocate64("/swapfile", 1 << 20);
    g.mkswap_file("/swapfile");
    EXPECT_EQ(g.pread("/swapfile", 10, 4086), "SWAPSPACE2");
    EXPECT_EQ(errno_of([&] { g.mkswap_file("/nowhere"); }), ENOENT);
  }
  EXPECT_EQ(shell("swaplabel " + one), std::string("LABEL: both\nUUID:  ") + kUuid + "\n");
  EXPECT_EQ(tag(two, "LABEL"), "-label");
  EXPECT_EQ(tag(three, "UUID"), kUuid);
}

TEST_P(FsSwap, EnabledAndDisabledByEachName) {
  const std::string path = blank(4);
  shell("mkswap -q -L swaplabel -U " + std::string(kUuid) + " " + path);
  GuestFS g = open(path, false);
  using Call = std::function<void()>;
  const std::vector<std::pair<Call, Call>> pairs = {
      {[&] { g.swapon_device("/dev/sda"); }, [&] { g.swapoff_device("/dev/sda"); }},
      {[&] { g.swapon_label("swaplabel"); }, [&] { g.swapoff_label("swaplabel"); }},
      {[&] { g.swapon_uuid(kUuid); }, [&] { g.swapoff_uuid(kUuid); }}};
  for (const auto& [on, off] : pairs) {
    const int failure = errno_of(on);
    if (failure == EPERM || failure == ENOSYS)
      GTEST_SKIP() << "this kernel, or this process, enables no swap";
    ASSERT_EQ(failure, -1);
    EXPECT_EQ(added(), expected(1));
    EXPECT_EQ(errno_of(on), EBUSY);
    EXPECT_EQ(errno_of([&] { g.mkswap("/dev/sda"); }), EBUSY);
    off();
    EXPECT_EQ(added(), 0);
    EXPECT_EQ(errno_of(off), EINVAL);
  }
  EXPECT_EQ(errno_of([&] { g.swapon_label("none"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.swapon_uuid("none"); }), ENOENT);
  g.pwrite_device("/dev/sda", std::string(8192, 'x'), 0);
  EXPECT_EQ(errno_of([&] { g.swapon_device("/dev/sda"); }), EINVAL);
}

TEST_P(FsSwap, OnAFile) {
  const std::string path = blank(32);
  shell("mke2fs -q -t ext4 " + path);
  GuestFS g = open(path, false);
  g.mount("/dev/sda", "/");
  g.fallocate64("/swap", 8 << 20);
  g.mkswap_file("/swap");
  const int failure = errno_of([&] { g.swapon_file("/swap"); });
  if (failure == EPERM || failure == ENOSYS)
    GTEST_SKIP() << "this kernel, or this process, enables no swap";
  ASSERT_EQ(failure, -1);
  EXPECT_EQ(added(), expected(1));
  EXPECT_EQ(errno_of([&] { g.umount("/"); }), EBUSY);
  g.swapoff_file("/swap");
  EXPECT_EQ(added(), 0);
  EXPECT_EQ(errno_of([&] { g.swapoff_file("/swap"); }), EINVAL);
  g.umount("/");
}

TEST_P(FsSwap, DisabledWithTheHandle) {
  const std::string path = blank(4);
  shell("mkswap -q " + path);
  {
    GuestFS g = open(path, false);
    const int failure = errno_of([&] { g.swapon_device("/dev/sda"); });
    if (failure == EPERM || failure == ENOSYS)
      GTEST_SKIP() << "this kernel, or this process, enables no swap";
    EXPECT_EQ(added(), expected(1));
  }
  EXPECT_EQ(added(), 0);
  EXPECT_EQ(shell("losetup -nO BACK-FILE | grep " + temp.path() + " || true"), "");
}

VMCRAFT_ON_BOTH_ENGINES(FsSwap);

}  // namespace
}  // namespace vmcraft::test
