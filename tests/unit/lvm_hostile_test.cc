// SPDX-License-Identifier: LGPL-3.0-or-later
// Volume groups of a hostile guest: each gives an answer or an error, soon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <functional>

#include "support/lvm_text.h"
#include "vmcraft/error.h"
#include "volume/lvm/assembler.h"
#include "volume/lvm/groups.h"
#include "volume/stack.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using namespace volume;

class LvmHostile : public ::testing::Test {
 protected:
  // Of this process alone: how busy the machine is does not count.
  void SetUp() override { start_ = std::clock(); }
  void TearDown() override { EXPECT_LT((std::clock() - start_) / CLOCKS_PER_SEC, kMostSeconds); }

  static std::string refusal(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& failure) {
      return failure.what();
    }
    return "";
  }
  static std::string refusal(const std::string& text) {
    return refusal([&] { lvm::read_volume_group(text); });
  }
  /// What mapping one volume of the group says.
  static std::string map_refusal(const std::string& text, const std::string& volume, bool writable = false) {
    const lvm::VolumeGroup group = lvm::read_volume_group(text);
    const Allowed allowed;
    TableRecorder recorder(group, allowed);
    return refusal([&] { recorder.assembler.map(volume, writable); });
  }

 private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr std::clock_t kMostSeconds = 100;
#else
  static constexpr std::clock_t kMostSeconds = 10;
#endif
  std::clock_t start_ = 0;
};

TEST_F(LvmHostile, TenThousandVolumes) {
  std::string volumes;
  for (int i = 0; i < 10'000; ++i) volumes += linear("lv" + std::to_string(i), "pv0", i, 1);
  const std::string disk = physical_volume(group_text(physical("pv0", kPhysicalUuid, 10'000), volumes));
  Place place;
  place.device = "/dev/sda";
  place.reader = [&] { return std::make_unique<image::MemoryReader>(disk); };
  place.node = [](bool) -> std::shared_ptr<image::BlockNode> { throw Error(ErrorCode::system, EPERM, "no node"); };
  Stack stack([&] { return std::vector<Place>{place}; });
  EXPECT_EQ(stack.volumes().size(), 10'000U);
  EXPECT_EQ(stack.find("/dev/vg/lv9999")->below(), std::vector<std::string>{"/dev/sda"});
}

TEST_F(LvmHostile, OverlappingExtents) {
  const std::string disk = physical("pv0", "id0", 100);
  EXPECT_THAT(refusal(group_text(disk, linear("a", "pv0", 0, 10) + linear("b", "pv0", 9, 10))),
              HasSubstr("a and b claim the same extents"));
  EXPECT_THAT(refusal(group_text(disk, linear("a", "pv0", 95, 10))), HasSubstr("ends behind"));
  EXPECT_THAT(refusal(group_text(disk, "a { " + segment(1, 0, 5, "pv0", 0) + segment(2, 4, 5, "pv0", 5) + "}")),
              HasSubstr("overlap or leave a gap"));
}

TEST_F(LvmHostile, OneDiskUnderTwoNames) {
  EXPECT_THAT(refusal(group_text(physical("pv0", "a-b", 9) + physical("pv1", "ab", 9), linear("lv", "pv0", 0, 9))),
              HasSubstr("physical volume ab is in it twice"));
}

TEST_F(LvmHostile, NumbersThatAreTooLarge) {
  const std::string lv = linear("lv", "pv0", 0, 9);
  for (const char* number : {"9223372036854775807", "9223372036854775808", "18446744073709551615", "-1",
                             "-9223372036854775808", "1e300", "nan", "4294967297"}) {
    const std::string n = number;
    EXPECT_NE(refusal(group_text("pv0 { id = \"a\" pe_start = 1 pe_count = " + n + " }", lv)), "") << n;
    EXPECT_NE(refusal(group_text(physical("pv0", "a", 99), linear("lv", "pv0", 0, n))), "") << n;
    EXPECT_NE(refusal(group_text(physical("pv0", "a", 99), linear("lv", "pv0", n, 9))), "") << n;
    EXPECT_NE(refusal(group_text(physical("pv0", "a", 99), linear("lv", "elsewhere", n, 9))), "") << n;
    EXPECT_NE(refusal(group_text(physical("pv0", "a", 99), "lv { segment1 { start_extent = " + n +
                                                               " extent_count = 1 type = \"error\" } }")),
              "")
        << n;
  }
  EXPECT_NE(refusal("vg { seqno = 1 extent_size = 0 }"), "");
  EXPECT_NE(refusal("vg { seqno = 9223372036854775807 extent_size = 1 }"), "");
  EXPECT_THAT(refusal("vg { seqno = 1 extent_size = 4294967296 logical_volumes { lv { segment1 { start_extent = 0 "
                      "extent_count = 4294967296 type = \"zero\" } } } }"),
              HasSubstr("larger than any disk"));
}

TEST_F(LvmHostile, StandsOnItself) {
  const std::string disk = physical("pv0", "id0", 100);
  EXPECT_THAT(map_refusal(group_text(disk, linear("a", "a", 0, 4)), "a"), HasSubstr("stands on itself"));
  const std::string ring = group_text(disk, linear("a", "b", 0, 4) + linear("b", "c", 0, 4) + linear("c", "a", 0, 4));
  for (const bool writable : {false, true})
    EXPECT_THAT(map_refusal(ring, "b", writable), HasSubstr("stands on itself"));
  const std::string pool = "a { segment1 { start_extent = 0 extent_count = 4 type = \"thin\" thin_pool = \"a\" "
                           "device_id = 1 transaction_id = 0 } }";
  EXPECT_THAT(map_refusal(group_text(disk, pool), "a"), HasSubstr("stands on itself"));
  const std::string snapshots =
      linear("a", "b", 0, 4) + linear("b", "a", 0, 4) + "snapshot0 { segment1 { start_extent = 0 extent_count = 4 "
      "type = \"snapshot\" chunk_size = 8 origin = \"a\" cow_store = \"b\" } }";
  EXPECT_NE(map_refusal(group_text(disk, snapshots), "a", true), "");
}

TEST_F(LvmHostile, DeeperThanAnyStack) {
  std::string volumes;
  for (int i = 0; i < 10'000; ++i)
    volumes += linear("lv" + std::to_string(i), i == 9999 ? "pv0" : "lv" + std::to_string(i + 1), 0, 4);
  const std::string text = group_text(physical("pv0", "id0", 100), volumes);
  EXPECT_THAT(map_refusal(text, "lv0"), HasSubstr("nested too deep"));
  EXPECT_EQ(map_refusal(text, "lv9990"), "");
  const lvm::VolumeGroup group = lvm::read_volume_group(text);
  EXPECT_EQ(lvm::PhysicalParts(group).of("lv0"), std::vector<std::size_t>{0});
}

// A thousand million ways lead down; each volume is looked at once.
TEST_F(LvmHostile, ManyWaysToOnePlace) {
  std::string volumes = linear("lv30", "pv0", 0, 4);
  for (int i = 0; i < 30; ++i) {
    const std::string next = "lv" + std::to_string(i + 1);
    volumes += "lv" + std::to_string(i) + " { segment1 { start_extent = 0 extent_count = 8 type = \"striped\" "
               "stripe_size = 8 stripes = [ \"" + next + "\", 0, \"" + next + "\", 0 ] } }";
  }
  const std::string text = group_text(physical("pv0", "id0", 100), volumes);
  EXPECT_EQ(map_refusal(text, "lv0"), "");
  EXPECT_EQ(map_refusal(text, "lv0", true), "");
}

TEST_F(LvmHostile, PartsThatAreNotThere) {
  const std::string disk = physical("pv0", "id0", 100);
  const std::string cache = "lv { segment1 { start_extent = 0 extent_count = 4 type = \"cache\" cache_pool = \"pool\" "
                            "origin = \"origin\" } } pool { } origin { }";
  EXPECT_THAT(map_refusal(group_text(disk, cache), "lv"), HasSubstr("cache without extents"));
  EXPECT_THAT(map_refusal(group_text(disk, linear("lv", "nothing", 0, 4)), "lv"), HasSubstr("unknown volume 'nothing'"));
  for (const char* type : {"raid1", "raid5", "mirror", "thin", "thin-pool", "cache", "writecache", "striped", "", "x"})
    EXPECT_NE(map_refusal(group_text(disk, "lv { segment1 { start_extent = 0 extent_count = 4 type = \"" +
                                               std::string(type) + "\" } }"),
                          "lv"),
              "")
        << type;
}

TEST_F(LvmHostile, ThousandsOfMissingDisks) {
  std::string disks;
  std::string volumes;
  for (int i = 0; i < 9'000; ++i) {
    const std::string number = std::to_string(i);
    disks += physical("pv" + number, "id" + number, 9);
    volumes += linear("lv" + number, i == 0 ? "pv0" : "lv" + std::to_string(i - 1), 0, 4);
    volumes += linear("own" + number, "pv" + number, 5, 1);
  }
  const Allowed allowed;
  const auto group = std::make_shared<lvm::Group>(lvm::read_volume_group(group_text(disks, volumes)), "", allowed);
  EXPECT_LT(group->trouble().size(), 2'000U);
  EXPECT_THAT(group->trouble(), HasSubstr("and 8984 more"));
  for (const auto& volume : group->volumes()) {
    EXPECT_TRUE(volume->below().empty());
    EXPECT_THAT(volume->trouble(), HasSubstr("is missing"));
  }
}

TEST_F(LvmHostile, GroupInsideItsOwnVolume) {
  const std::string disk = physical_volume(group_text(physical("pv0", kPhysicalUuid, 100), linear("lv", "pv0", 0, 4)));
  const Allowed allowed;
  lvm::Groups groups(allowed);
  Place place;
  place.device = "/dev/vg/lv";
  place.foundation = {"/dev/sda", "/dev/vg/lv"};
  place.reader = [&] { return std::make_unique<image::MemoryReader>(disk); };
  EXPECT_TRUE(groups.add(place));
  groups.settle();
  ASSERT_EQ(groups.groups().size(), 1U);
  EXPECT_THAT(groups.groups()[0]->trouble(), HasSubstr("is missing"));
  EXPECT_TRUE(groups.volumes()[0]->below().empty());
}

TEST_F(LvmHostile, TextsWithoutEnd) {
  EXPECT_THAT(refusal(std::string(5U << 20U, 'a') + " = 1"), HasSubstr("no volume group"));
  std::string many;
  many.reserve(std::size_t{4} * ((4 << 20) + 1));
  for (int i = 0; i <= (4 << 20); ++i) many += "a=1 ";
  EXPECT_THAT(refusal(many), HasSubstr("too many values"));
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "a{";
  EXPECT_THAT(refusal(deep), HasSubstr("nested too deep"));
  std::string disks;
  for (int i = 0; i < 10'001; ++i) disks += physical("pv" + std::to_string(i), std::to_string(i), 1);
  EXPECT_THAT(refusal(group_text(disks, "")), HasSubstr("physical_volumes are more than 10000"));
}

}  // namespace
}  // namespace vmcraft::test
