// SPDX-License-Identifier: LGPL-3.0-or-later
// The device-mapper tables of what lvm wrote (the fuzzer's corpus), with nothing mapped.
#include <gtest/gtest.h>

#include "support/image.h"
#include "support/lvm_text.h"

namespace vmcraft::test {
namespace {

using volume::Allowed;
using volume::Target;

class LvmTables : public ::testing::Test {
 protected:
  // "TYPE PARAMETERS" of the first line of each table that mapping the volume makes.
  static std::map<std::string, std::string> mapped(const std::string& sample, const std::string& volume,
                                                   bool writable = true) {
    const auto group = volume::lvm::read_volume_group(
        read_host(VMCRAFT_TEST_DATA "/fuzz/corpus/fuzz_lvm/" + sample));
    const Allowed allowed;
    TableRecorder recorder(group, allowed);
    recorder.assembler.map(volume, writable);
    std::map<std::string, std::string> lines;
    for (const auto& [label, table] : recorder.tables) lines[label] = table.at(0).type + " " + table.at(0).parameters;
    return lines;
  }
};

TEST_F(LvmTables, Striped) {
  EXPECT_EQ(mapped("striped", "lv"),
            (std::map<std::string, std::string>{{"vg-lv", "striped 3 128 1:3 2048 1:3 2048 1:3 2048"}}));
}

TEST_F(LvmTables, Mirror) {
  const auto tables = mapped("mirror", "lv");
  EXPECT_EQ(tables.at("vg-lv"), "mirror disk 2 1:3 4096 2 1:3 0 1:3 0");
  EXPECT_EQ(tables.size(), 4U);
  EXPECT_EQ(mapped("mirror", "lv", false).at("vg-lv"), "linear 1:3 0");
}

TEST_F(LvmTables, Raid) {
  const auto five = mapped("raid5", "lv");
  EXPECT_EQ(five.at("vg-lv"), "raid raid5_ls 3 128 region_size 4096 3 1:3 1:3 1:3 1:3 1:3 1:3");
  EXPECT_EQ(five.size(), 7U);
  EXPECT_TRUE(mapped("raid10", "lv").at("vg-lv").starts_with("raid raid10 "));
}

TEST_F(LvmTables, Caches) {
  EXPECT_EQ(mapped("cache", "lv").at("vg-lv").substr(0, 18), "cache 1:3 1:3 1:3 ");
  EXPECT_TRUE(mapped("cachevol", "lv").contains("vg-fast_cvol-cmeta"));
  EXPECT_EQ(mapped("writecache", "lv").at("vg-lv"), "writecache s 1:3 1:3 4096 0");
}

TEST_F(LvmTables, SnapshotAndItsOrigin) {
  const auto tables = mapped("snapshot", "origin");
  EXPECT_EQ(tables.at("vg-origin"), "snapshot-origin 1:3");
  EXPECT_EQ(tables.at("vg-snap"), "snapshot 1:3 1:3 P 8");
  EXPECT_TRUE(mapped("snapshot", "origin", false).at("vg-origin").starts_with("linear "));
}

}  // namespace
}  // namespace vmcraft::test
