// SPDX-License-Identifier: LGPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resize/plan.h"

namespace vmcraft::resize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1U << 20U;

Layer layer(Layer::Kind kind, const std::string& device, std::uint64_t size_mib) {
  return {.kind = kind, .device = device, .size_bytes = size_mib * kMiB};
}

// A GPT of 100 MiB with one partition from 1 MiB that ends a MiB before the end.
Survey partitioned(const std::string& type) {
  Survey survey;
  survey.table = "gpt";
  survey.layers = {layer(Layer::Kind::drive, "/dev/sda", 100), layer(Layer::Kind::partition, "/dev/sda1", 98),
                   layer(Layer::Kind::file_system, "/dev/sda1", 98)};
  survey.layers[1].number = 1;
  survey.layers[1].start_bytes = kMiB;
  survey.layers[2].type = type;
  return survey;
}

std::vector<std::string> texts(const std::vector<ResizeStep>& steps) {
  std::vector<std::string> lines;
  for (const ResizeStep& step : steps)
    lines.push_back(step.step_what + " " + step.step_device + " " + std::to_string(step.step_from) + " " +
                    std::to_string(step.step_to));
  return lines;
}

std::string refusal(const Survey& survey, std::uint64_t size_bytes, bool may_move = false) {
  try {
    plan(survey, size_bytes, may_move);
  } catch (const Error& failure) {
    return failure.what();
  }
  return "none";
}

constexpr std::uint64_t kBackup = 33 * 512;

TEST(ResizePlan, GrowsFromTheBottomUp) {
  EXPECT_THAT(texts(plan(partitioned("ext4"), 200 * kMiB, false)),
              ElementsAre("image /dev/sda 104857600 209715200",
                          "partition /dev/sda1 102760448 " + std::to_string(199 * kMiB - kBackup),
                          "ext4 /dev/sda1 102760448 " + std::to_string(199 * kMiB - kBackup)));
}

TEST(ResizePlan, ShrinksFromTheTopDown) {
  const std::string end = std::to_string(49 * kMiB - kBackup);
  EXPECT_THAT(texts(plan(partitioned("ext4"), 50 * kMiB, false)),
              ElementsAre("ext4 /dev/sda1 102760448 " + end, "partition /dev/sda1 102760448 " + end,
                          "table /dev/sda 104857600 52428800", "image /dev/sda 104857600 52428800"));
  EXPECT_THAT(refusal(partitioned("xfs"), 50 * kMiB), HasSubstr("/dev/sda1: xfs cannot become smaller"));
  EXPECT_THAT(refusal(partitioned("ext4"), kMiB), HasSubstr("/dev/sda1"));
}

TEST(ResizePlan, FillsAnImageThatHasItsSizeAlready) {
  EXPECT_THAT(texts(plan(partitioned("xfs"), 100 * kMiB, false)),
              ElementsAre("partition /dev/sda1 102760448 " + std::to_string(99 * kMiB - kBackup),
                          "xfs /dev/sda1 102760448 " + std::to_string(99 * kMiB - kBackup)));
}

TEST(ResizePlan, MovesWhatIsBehindOnlyInACopy) {
  Survey survey = partitioned("ntfs");
  survey.layers[1].size_bytes = survey.layers[2].size_bytes = 50 * kMiB;
  survey.neighbours = {{.number = 2, .start_bytes = 51 * kMiB, .size_bytes = 10 * kMiB},
                       {.number = 3, .start_bytes = 61 * kMiB, .size_bytes = 10 * kMiB}};
  EXPECT_THAT(refusal(survey, 200 * kMiB), HasSubstr("is followed by /dev/sda2, which is moved only in a copy"));
  EXPECT_THAT(refusal(survey, 80 * kMiB), HasSubstr("cannot become smaller"));
  EXPECT_THAT(texts(plan(survey, 200 * kMiB, true)),
              ElementsAre("image /dev/sda 104857600 209715200",
                          "move /dev/sda3 " + std::to_string(61 * kMiB) + " " + std::to_string(189 * kMiB),
                          "move /dev/sda2 " + std::to_string(51 * kMiB) + " " + std::to_string(179 * kMiB),
                          "partition /dev/sda1 52428800 " + std::to_string(178 * kMiB),
                          "ntfs /dev/sda1 52428800 " + std::to_string(178 * kMiB)));
}

TEST(ResizePlan, LogicalPartitionsGrowWithTheExtendedOne) {
  Survey survey = partitioned("ext4");
  survey.table = "msdos";
  survey.layers[1].number = 5;
  survey.layers[1].device = survey.layers[2].device = "/dev/sda5";
  survey.layers[1].logical_of_mbr = true;
  survey.layers[1].start_bytes = 2 * kMiB;
  survey.neighbours = {{.number = 2, .start_bytes = kMiB, .size_bytes = 99 * kMiB, .extended = true}};
  EXPECT_THAT(texts(plan(survey, 200 * kMiB, false)),
              ElementsAre("image /dev/sda 104857600 209715200", "extended /dev/sda2 103809024 208666624",
                          "partition /dev/sda5 102760448 207618048", "ext4 /dev/sda5 102760448 207618048"));
}

TEST(ResizePlan, ExtentsAreWhole) {
  Survey survey = partitioned("ext4");
  survey.layers.pop_back();
  Layer physical = layer(Layer::Kind::physical, "/dev/sda1", 96);
  physical.first_extent_bytes = kMiB;
  physical.extent_bytes = 4 * kMiB;
  physical.group_free_bytes = 8 * kMiB;
  survey.layers.push_back(physical);
  survey.layers.push_back(layer(Layer::Kind::logical, "/dev/vg/root", 88));
  Layer content = layer(Layer::Kind::file_system, "/dev/vg/root", 88);
  content.type = "ext4";
  survey.layers.push_back(content);
  // 199 MiB less the backup of the table and the first MiB: 49 extents.
  const auto grown = texts(plan(survey, 200 * kMiB, false));
  EXPECT_EQ(grown[2], "pv /dev/sda1 100663296 " + std::to_string(196 * kMiB));
  EXPECT_EQ(grown[3], "lv /dev/vg/root 92274688 " + std::to_string(196 * kMiB));
  EXPECT_EQ(grown[4], "ext4 /dev/vg/root 92274688 " + std::to_string(196 * kMiB));
  const auto shrunk = texts(plan(survey, 70 * kMiB, false));
  // 16 extents fit; of the 8 that go 2 were free.
  EXPECT_EQ(shrunk[0], "ext4 /dev/vg/root 92274688 " + std::to_string(64 * kMiB));
  EXPECT_EQ(shrunk[1], "lv /dev/vg/root 92274688 " + std::to_string(64 * kMiB));
  EXPECT_EQ(shrunk[2], "pv /dev/sda1 100663296 " + std::to_string(64 * kMiB));
}

}  // namespace
}  // namespace vmcraft::resize
