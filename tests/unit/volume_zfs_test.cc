// SPDX-License-Identifier: LGPL-3.0-or-later
// Labels of ZFS pools, from lists that zpool wrote (fuzz/corpus/fuzz_zfs).
#include <gtest/gtest.h>

#include "support/image.h"
#include "vmcraft/error.h"
#include "volume/zfs/label.h"
#include "volume/zfs/nvlist.h"

namespace vmcraft::test {
namespace {

using volume::zfs::Label;
using volume::zfs::parse_nvlist;
using volume::zfs::PoolState;
using volume::zfs::read_label;

constexpr std::size_t kLabelBytes = 256U << 10U;
constexpr std::size_t kListOffset = 16U << 10U;

std::string list_of(const std::string& layout) {
  return read_host(VMCRAFT_TEST_DATA "/fuzz/corpus/fuzz_zfs/" + layout);
}

/// A device with these lists in its four labels.
std::string device_with(const std::vector<std::string>& lists) {
  std::string device(4 * kLabelBytes, '\0');
  for (std::size_t i = 0; i < lists.size(); ++i)
    device.replace(i * kLabelBytes + kListOffset, lists[i].size(), lists[i]);
  return device;
}

std::optional<Label> label_of(const std::string& device) {
  return read_label(image::MemoryReader(device));
}

TEST(ZfsLabel, OfAMirror) {
  const auto label = label_of(device_with({list_of("mirror")}));
  ASSERT_TRUE(label);
  EXPECT_EQ(label->version, 23U);
  EXPECT_EQ(label->pool_name, "tank");
  EXPECT_EQ(label->pool_guid, 0x4660df4913535338U);
  EXPECT_EQ(label->state, PoolState::exported);
  EXPECT_EQ(label->top.layout, "mirror");
  ASSERT_EQ(label->top.leaves.size(), 2U);
  EXPECT_EQ(label->top.leaves[0].path, "/tmp/zp/a");
  EXPECT_EQ(label->top.leaves[0].guid, label->guid);
  EXPECT_NE(label->top.leaves[1].guid, label->guid);
}

TEST(ZfsLabel, OfOtherLayouts) {
  const auto raidz = label_of(device_with({list_of("raidz2")}));
  ASSERT_TRUE(raidz);
  EXPECT_EQ(raidz->top.layout, "raidz2");
  EXPECT_EQ(raidz->top.leaves.size(), 4U);
  const auto stripe = label_of(device_with({list_of("stripe")}));
  ASSERT_TRUE(stripe);
  EXPECT_EQ(stripe->top.layout, "file");
  EXPECT_EQ(stripe->top_devices, 2U);
  EXPECT_EQ(stripe->top.leaves.size(), 1U);
  const auto spare = label_of(device_with({list_of("spare")}));
  ASSERT_TRUE(spare);
  EXPECT_EQ(spare->state, PoolState::spare);
  EXPECT_EQ(spare->pool_name, "");
}

TEST(ZfsLabel, ALaterCopyServesWhereTheFirstIsDamaged) {
  std::string damaged = list_of("mirror");
  damaged.replace(0xe0, 4, 4, '\xff');  // the size of a value
  const auto label = label_of(device_with({damaged, "", list_of("mirror")}));
  ASSERT_TRUE(label);
  EXPECT_EQ(label->pool_name, "tank");
  EXPECT_THROW(label_of(device_with({damaged})), Error);
}

TEST(ZfsLabel, NoneIsNothing) {
  EXPECT_FALSE(label_of(device_with({})));
  EXPECT_FALSE(label_of(""));
  EXPECT_FALSE(label_of(std::string(4 * kLabelBytes, '\xff')));
}

TEST(ZfsNvlist, CutAnywhereItIsRefused) {
  const std::string whole = list_of("raidz2");
  EXPECT_EQ(parse_nvlist(whole).text("name"), "tank");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(parse_nvlist(std::string_view(whole).substr(0, size)), Error) << size;
}

TEST(ZfsNvlist, DeepNestingIsRefused) {
  // Each list holds one of its own, in a value without a name that says it is longer than all.
  std::string bytes("\1\1\0\0", 4);
  for (int i = 0; i < 100'000; ++i)
    bytes += std::string("\0\0\0\0\0\0\0\1" "\0\x7f\xff\xff\0\0\0\x20" "\0\0\0\0\0\0\0\x13\0\0\0\1", 28);
  EXPECT_THROW(parse_nvlist(bytes), Error);
}

}  // namespace
}  // namespace vmcraft::test
