// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs/iso9660.h"

#include <gtest/gtest.h>

#include "base/process.h"
#include "base/temp.h"
#include "support/image.h"
#include "vmcraft/error.h"

namespace vmcraft::fs {
namespace {

std::string descriptor(char type) {
  std::string sector(2048, '\0');
  sector[0] = type;
  sector.replace(1, 5, "CD001");
  return sector;
}

TEST(Iso9660, ReadsADescriptor) {
  std::string primary = descriptor(1);
  primary.replace(8, 32, "SYSTEM" + std::string(26, ' '));
  primary.replace(40, 32, "NAME OF VOLUME" + std::string(18, ' '));
  primary.replace(80, 4, std::string("\x78\x56\x34\x12", 4));
  primary.replace(128, 2, std::string("\0\x08", 2));
  primary.replace(813, 17, std::string("2024022912345678") + '\x04');
  primary.replace(830, 17, std::string("0000000000000000") + '\0');
  primary.replace(847, 17, std::string("2024023012345678") + '\0');
  const std::string file = std::string(32768, '\0') + descriptor(0) + primary;
  const Isoinfo info = read_iso_info(image::MemoryReader(file), "x");
  EXPECT_EQ(info.iso_system_id, "SYSTEM");
  EXPECT_EQ(info.iso_volume_id, "NAME OF VOLUME");
  EXPECT_EQ(info.iso_volume_space_size, 0x12345678U);
  EXPECT_EQ(info.iso_logical_block_size, 2048U);
  EXPECT_EQ(info.iso_volume_creation_t, 1709206496);  // 12:34:56 an hour east of Greenwich
  EXPECT_EQ(info.iso_volume_modification_t, -1);
  EXPECT_EQ(info.iso_volume_expiration_t, -1);
}

TEST(Iso9660, RefusesOthers) {
  for (const std::string& file : {std::string(), std::string(65536, '\0'), std::string(32768, '\0') + descriptor(1).substr(1),
                                  std::string(32768, '\0') + descriptor('\xff') + descriptor(1)}) {
    EXPECT_THROW(read_iso_info(image::MemoryReader(file), "x"), Error);
  }
}

TEST(Iso9660, AgreesWithIsoinfo) {
  if (!base::find_program("genisoimage") || !base::find_program("isoinfo"))
    GTEST_SKIP() << "the programs genisoimage and isoinfo are not installed";
  const base::TempDir temp;
  test::write_host(temp.file("tree/file"), "content");
  const std::string path = temp.file("x.iso");
  test::shell("genisoimage -quiet -sysid LINUX -V Name -volset Set -publisher Pub -p Prep -A App -copyright COPY.TXT -o " +
              path + " " + temp.file("tree"));
  const std::string bytes = test::read_host(path);
  const Isoinfo info = read_iso_info(image::MemoryReader(bytes), "x");
  const std::string theirs = test::shell("isoinfo -d -i " + path);
  for (const std::string& line :
       {"System id: " + info.iso_system_id, "Volume id: " + info.iso_volume_id,
        "Volume set id: " + info.iso_volume_set_id, "Publisher id: " + info.iso_publisher_id,
        "Data preparer id: " + info.iso_data_preparer_id, "Application id: " + info.iso_application_id,
        "Copyright File id: " + info.iso_copyright_file_id,
        "Volume set size is: " + std::to_string(info.iso_volume_set_size),
        "Volume set sequence number is: " + std::to_string(info.iso_volume_sequence_number),
        "Logical block size is: " + std::to_string(info.iso_logical_block_size),
        "Volume size is: " + std::to_string(info.iso_volume_space_size)})
    EXPECT_NE(theirs.find(line + "\n"), std::string::npos) << line << "\n" << theirs;
  EXPECT_EQ(info.iso_volume_id, "Name");
  EXPECT_LT(std::abs(info.iso_volume_creation_t - static_cast<std::int64_t>(::time(nullptr))), 3600);
}

}  // namespace
}  // namespace vmcraft::fs
