// SPDX-License-Identifier: LGPL-3.0-or-later
// Superblocks of RAID by a hostile guest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "vmcraft/error.h"
#include "volume/md/arrays.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using namespace volume;

constexpr std::uint64_t kMostSectors = std::uint64_t{1} << 54U;

struct Fields {
  std::uint32_t level = 1;
  std::uint32_t layout = 0;
  std::uint32_t raid_disks = 2;
  std::uint64_t sectors = 8192;
  std::uint32_t chunk_sectors = 0;
  std::uint32_t number = 0;
  std::uint64_t events = 1;
};

template <typename T>
void put(std::string& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// A member of version 1.1, whose superblock is the first of its sectors.
std::string member(const Fields& fields) {
  constexpr std::uint32_t kSlots = 128;
  constexpr std::size_t kChecksum = 216;
  std::string bytes(256 + 2 * kSlots, '\0');
  put(bytes, 0, 0xa92b4efcU);
  put(bytes, 4, 1U);
  bytes.replace(16, 16, "0123456789abcdef");
  bytes.replace(32, 9, "host:name");
  put(bytes, 72, fields.level);
  put(bytes, 76, fields.layout);
  put(bytes, 80, fields.sectors);
  put(bytes, 88, fields.chunk_sectors);
  put(bytes, 92, fields.raid_disks);
  put(bytes, 136, fields.sectors);
  put(bytes, 160, fields.number);
  put(bytes, 200, fields.events);
  put(bytes, 220, kSlots);
  for (std::uint16_t i = 0; i < kSlots; ++i) put(bytes, 256 + i * std::size_t{2}, i);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    sum += word;
  }
  put(bytes, kChecksum, static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(sum >> 32U));
  return bytes;
}

std::optional<md::Superblock> read(const Fields& fields) {
  const std::string bytes = member(fields);
  return md::read_superblock(image::MemoryReader(bytes));
}

TEST(MdHostile, NumbersThatMakeNoSense) {
  EXPECT_TRUE(read({}).has_value());
  for (const std::uint64_t sectors : {kMostSectors + 1, std::uint64_t{1} << 63U, ~std::uint64_t{0}, kMostSectors})
    for (const std::uint32_t level : {0U, 1U, 5U, ~0U})
      EXPECT_FALSE(read({.level = level, .sectors = sectors}).has_value()) << sectors << " " << level;
  for (const std::uint32_t disks : {0U, 4097U, 1U << 31U, ~0U})
    EXPECT_FALSE(read({.raid_disks = disks}).has_value()) << disks;
  for (const std::uint32_t level : {2U, 3U, 7U, 1U << 31U, ~0U - 1})
    EXPECT_FALSE(read({.level = level}).has_value()) << level;
}

TEST(MdHostile, CapacityOfAnyLayout) {
  for (const std::uint32_t layout : {0U, 0x100U, 0xffffU, 0x102U, ~0U})
    for (const std::uint32_t chunk : {0U, 1U, 7U, ~0U})
      for (const std::uint32_t level : {~0U, 0U, 1U, 4U, 5U, 6U, 10U})
        for (const std::uint32_t disks : {1U, 2U, 4096U}) {
          const auto found = read({.level = level, .layout = layout, .raid_disks = disks, .chunk_sectors = chunk});
          ASSERT_TRUE(found.has_value());
          EXPECT_LE(found->array_bytes(), 8192ULL * 512 * disks);
          EXPECT_GE(found->may_miss(), 0);
        }
}

class MdHostileArrays : public ::testing::Test {
 protected:
  void add(const std::string& device, const std::string& bytes, std::set<std::string> foundation = {}) {
    Place place;
    place.device = device;
    place.foundation = std::move(foundation);
    place.reader = [&bytes] { return std::make_unique<image::MemoryReader>(bytes); };
    place.node = [](bool) -> std::shared_ptr<image::BlockNode> { throw Error(ErrorCode::system, EPERM, "no node"); };
    EXPECT_TRUE(arrays.add(place));
  }
  Allowed allowed;
  md::Arrays arrays{allowed};
};

TEST_F(MdHostileArrays, TwoInOnePlace) {
  add("/dev/sda", member({}));
  add("/dev/sdb", member({}));
  arrays.settle();
  ASSERT_EQ(arrays.arrays().size(), 1U);
  EXPECT_EQ(arrays.arrays()[0]->below(), std::vector<std::string>{"/dev/sda"});
  ASSERT_EQ(arrays.findings().size(), 1U);
  EXPECT_THAT(arrays.findings()[0], HasSubstr("another member is in the same place"));
  EXPECT_THAT(arrays.arrays()[0]->trouble(), HasSubstr("1 of 2 members missing"));
}

TEST_F(MdHostileArrays, AMemberInsideItsOwnArray) {
  add("/dev/sda", member({}));
  arrays.settle();
  const std::string device = arrays.arrays().at(0)->device();
  add(device, member({.number = 1}), {device, "/dev/sda"});
  arrays.settle();
  ASSERT_EQ(arrays.arrays().size(), 1U);
  EXPECT_EQ(arrays.arrays()[0]->below(), std::vector<std::string>{"/dev/sda"});
}

TEST_F(MdHostileArrays, MembersThatDisagree) {
  add("/dev/sda", member({.level = 5, .raid_disks = 4096, .number = 0, .events = ~std::uint64_t{0}}));
  add("/dev/sdb", member({.level = 1, .raid_disks = 2, .number = 1, .events = ~std::uint64_t{0} - 1}));
  add("/dev/sdc", member({.level = 10, .layout = 0, .raid_disks = 3, .number = 127, .events = 0}));
  arrays.settle();
  ASSERT_EQ(arrays.arrays().size(), 1U);
  const auto array = arrays.arrays()[0];
  EXPECT_THAT(array->trouble(), HasSubstr("members missing or out of date"));
  EXPECT_GT(array->size_bytes(), 0U);
  EXPECT_THROW(array->node(true), Error);
}

}  // namespace
}  // namespace vmcraft::test
