// SPDX-License-Identifier: LGPL-3.0-or-later
// Changes to tables of a plain file, without a handle.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/temp.h"
#include "image/block_reader.h"
#include "partition/edit.h"
#include "partition/gpt_size.h"
#include "partition/sfdisk.h"
#include "partition/table.h"
#include "vmcraft/error.h"
#include "volume/lvm/label.h"

namespace vmcraft::partition {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kSize = 16U << 20U;
constexpr unsigned kSector = 512;

class PartitionEditor : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::ftruncate(file.get(), kSize), 0); }
  Table table() const { return read_table(file.get(), kSector).value(); }
  void put(std::uint64_t offset, const std::string& bytes) const {
    base::pwrite_full(file.get(), base::as_bytes(bytes), offset);
  }

  // Gives the primary header the checksums that are right for what is there.
  void seal_gpt() const {
    const auto crc32 = [](std::string_view bytes) {
      const std::uint32_t crc = ~volume::lvm::lvm_crc(bytes, ~0U);
      return std::string(reinterpret_cast<const char*>(&crc), sizeof crc);
    };
    constexpr std::size_t kEntriesBytes = 128 * 128;
    constexpr std::size_t kHeaderBytes = 92;
    const image::FdReader reader(file.get());
    put(kSector + 88, crc32(reader.read(std::uint64_t{2} * kSector, kEntriesBytes).value()));
    put(kSector + 16, std::string(4, '\0'));
    put(kSector + 16, crc32(reader.read(kSector, kHeaderBytes).value()));
  }

  base::UniqueFd file = base::unnamed_temp_file();
  EditTarget disk{file.get(), kSector, "/dev/sda"};
};

TEST_F(PartitionEditor, AddsNamesAndRemoves) {
  create_table(disk, "gpt");
  add(disk, Place::primary, {64, 1023});
  add(disk, Place::primary, {1024, -64});
  set_gpt_name(disk, 2, "second");
  remove(disk, 1);
  const Table found = table();
  ASSERT_EQ(found.partitions.size(), 1U);
  EXPECT_EQ(found.partitions[0].number, 2);
  EXPECT_EQ(found.partitions[0].name, "second");
  EXPECT_EQ(found.partitions[0].start_bytes, 1024U * kSector);
  EXPECT_THAT(describe(disk), HasSubstr("/dev/sda2"));
}

// A partition whose first sectors look like a link must not become one.
TEST_F(PartitionEditor, KeepsEveryPlaceApart) {
  create_table(disk, "mbr");
  add(disk, Place::extended, {100, 2000});
  add(disk, Place::logical, {101, 200});
  add(disk, Place::logical, {300, 400});
  EXPECT_THROW(add(disk, Place::logical, {201, 300}), Error);
  EXPECT_THROW(add(disk, Place::logical, {299, 299}), Error) << "the sector of a table";
  EXPECT_THROW(add(disk, Place::logical, {201, 299}), Error);
  EXPECT_THROW(add(disk, Place::logical, {100, 100}), Error);
  EXPECT_THROW(add(disk, Place::logical, {1900, 2001}), Error);
  EXPECT_THROW(resize(disk, 1, 350), Error) << "logical partitions are in the way";
  EXPECT_THROW(resize(disk, 5, 299), Error) << "the sector of a table";
  add(disk, Place::logical, {202, 298});
  resize(disk, 1, 3000);
  EXPECT_EQ(table().partitions.size(), 4U);
}

TEST_F(PartitionEditor, RefusesACircleOfLogicalPartitions) {
  create_table(disk, "mbr");
  add(disk, Place::extended, {100, 2000});
  add(disk, Place::logical, {101, 200});
  add(disk, Place::logical, {300, 400});
  // The second table's link, to itself: type 5, 199 sectors behind the first table.
  put(299 * kSector + 446 + 16, std::string("\0\0\0\0\5\0\0\0\xc7\0\0\0\x64\0\0\0", 16));
  EXPECT_THROW(remove(disk, 5), Error);
  EXPECT_FALSE(table().partitions.empty());
  create_table(disk, "mbr");
  EXPECT_TRUE(table().partitions.empty());
}

TEST_F(PartitionEditor, RefusesAGptOfAnySize) {
  create_table(disk, "gpt");
  EXPECT_TRUE(gpt_size_is_plausible(file.get(), kSize, kSector));
  put(kSector + 80, "\xff\xff\xff\x01");
  EXPECT_FALSE(gpt_size_is_plausible(file.get(), kSize, kSector));
  EXPECT_FALSE(read_table(file.get(), kSector).has_value());
  EXPECT_THROW(expand_gpt(disk), Error);
  create_single(disk, "gpt");
  EXPECT_EQ(table().partitions.size(), 1U);
}

// libfdisk would read behind the end of such entries, and change what it finds there.
TEST_F(PartitionEditor, RefusesAGptOfTinyEntries) {
  create_table(disk, "gpt");
  constexpr std::uint64_t kEntryBytesField = kSector + 84;
  for (const char size : {'\0', '\1', '\x7f'}) {
    put(kEntryBytesField, std::string(1, size) + std::string(3, '\0'));
    EXPECT_FALSE(gpt_size_is_plausible(file.get(), kSize, kSector));
    EXPECT_FALSE(read_table(file.get(), kSector).has_value());
    EXPECT_THROW(set_gpt_name(disk, 1, "name"), Error);
  }
}

// libfdisk's sums of such sectors run over, and end in an assertion of its own.
TEST_F(PartitionEditor, RefusesPartitionsThatAreNotOnTheDrive) {
  for (const std::string& end : {std::string(8, '\xff'), std::string("\0\0\1\0\0\0\0\0", 8)}) {
    create_table(disk, "gpt");
    add(disk, Place::primary, {64, 1023});
    constexpr std::uint64_t kLastSectorField = 2 * kSector + 40;
    put(kLastSectorField, end);
    seal_gpt();
    EXPECT_THROW(apply_line(disk, 1, {}, ",10"), Error);
    EXPECT_THROW(add(disk, Place::primary, {2000, 3000}), Error);
    EXPECT_NO_THROW(describe(disk));
  }
}

// At any instant a reader finds the table from before a change or from after it.
TEST_F(PartitionEditor, KilledAtAnyInstantLeavesOneOfBoth) {
  create_table(disk, "gpt");
  add(disk, Place::primary, {64, 1023});
  add(disk, Place::primary, {1024, -64});
  set_gpt_name(disk, 1, "even");
  for (int round = 0; round < 40; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) {
        set_gpt_name(disk, 1, "odd");
        set_gpt_name(disk, 1, "even");
      }
    }
    ::usleep(static_cast<useconds_t>(1000 + round * 137));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed";
    const Table found = table();
    ASSERT_EQ(found.type, "gpt");
    ASSERT_EQ(found.partitions.size(), 2U);
    EXPECT_TRUE(found.partitions[0].name == "odd" || found.partitions[0].name == "even");
  }
  set_gpt_name(disk, 1, "mended");
  EXPECT_FALSE(table().from_backup);
}

}  // namespace
}  // namespace vmcraft::partition
