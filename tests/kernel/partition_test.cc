// SPDX-License-Identifier: LGPL-3.0-or-later
// Changes to partition tables on both engines; sfdisk says what is in the image afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEfiSystem = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
constexpr const char* kLinuxData = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";

class PartitionEdit : public EngineTest {
 protected:
  std::string image(const std::string& name, const std::string& size = "64M") {
    shell("truncate -s " + size + " " + temp.file(name));
    return temp.file(name);
  }
  GuestFS open_sectors(const std::string& path, int sector_size_bytes) {
    GuestFS g;
    g.set_backend(GetParam());
    AddDriveOptions options;
    options.format = "raw";
    options.blocksize = sector_size_bytes;
    g.add_drive(path, options);
    g.launch();
    return g;
  }
  // "1: 2048 +4096 TYPE name attrs" for each partition, by sfdisk; it also has to find no error.
  static std::string table(const std::string& path) {
    EXPECT_THAT(shell("sfdisk --verify " + path + " 2>&1 || true"), HasSubstr("No errors detected"));
    return shell("sfdisk --json " + path +
                 " | jq -r '.partitiontable | .label, (.partitions // [] | .[] | "
                 "\"\\(.node | ltrimstr(\"" + path + "\")): \\(.start) +\\(.size) \\(.type)"
                 "\\(if .name then \" \" + .name else \"\" end)"
                 "\\(if .attrs then \" \" + .attrs else \"\" end)"
                 "\\(if .bootable then \" active\" else \"\" end)\")'");
  }
  static std::string header(const std::string& path, const std::string& field) {
    return std::string(base::trim(shell("sfdisk --json " + path + " | jq -r '.partitiontable." + field + "'")));
  }
  template <typename Call>
  static std::string failure(Call&& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
};

TEST_P(PartitionEdit, Gpt) {
  const std::string path = image("gpt.raw");
  GuestFS g = open(path, false);
  g.part_init("/dev/sda", "gpt");
  EXPECT_TRUE(g.list_partitions().empty());
  g.part_add("/dev/sda", "p", 2048, 10239);
  g.part_add("/dev/sda", "primary", 10240, -1024);
  EXPECT_EQ(g.list_partitions(), (std::vector<std::string>{"/dev/sda1", "/dev/sda2"}));
  g.part_set_name("/dev/sda", 1, "Größe");
  g.part_set_gpt_guid("/dev/sda", 1, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
  g.part_set_gpt_type("/dev/sda", 1, "{0657fd6d-a4ab-43c4-84e5-0933c84b4f4f}");
  g.part_set_gpt_type("/dev/sda", 2, "12345678-1234-1234-1234-123456789abc");
  g.part_set_gpt_attributes("/dev/sda", 2, static_cast<std::int64_t>(0x8000000000000005));
  g.part_set_disk_guid("/dev/sda", "11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(g.part_get_name("/dev/sda", 1), "Größe");
  EXPECT_EQ(g.part_get_gpt_attributes("/dev/sda", 2), static_cast<std::int64_t>(0x8000000000000005));
  g.shutdown();
  EXPECT_EQ(table(path),
            "gpt\n1: 2048 +8192 0657FD6D-A4AB-43C4-84E5-0933C84B4F4F Größe\n"
            "2: 10240 +119809 12345678-1234-1234-1234-123456789ABC "
            "RequiredPartition LegacyBIOSBootable GUID:63\n");
  EXPECT_EQ(header(path, "id"), "11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(header(path, "partitions[0].uuid"), "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE");
  EXPECT_EQ(header(path, "firstlba"), "34");
}

TEST_P(PartitionEdit, GptResizeAndDelete) {
  const std::string path = image("gpt.raw");
  GuestFS g = open(path, false);
  g.part_init("/dev/sda", "efi");
  g.part_add("/dev/sda", "p", 34, 2047);
  g.part_add("/dev/sda", "p", 2048, 4095);
  g.part_add("/dev/sda", "p", 8192, 131038);
  g.part_set_gpt_attributes("/dev/sda", 2, 1LL << 40);
  g.part_resize("/dev/sda", 2, 8191);
  g.part_resize("/dev/sda", 3, 20000);
  EXPECT_EQ(g.part_get_gpt_attributes("/dev/sda", 2), 1LL << 40);
  EXPECT_THAT(failure([&] { g.part_resize("/dev/sda", 2, 8192); }), HasSubstr("overlap partition 3"));
  EXPECT_THAT(failure([&] { g.part_resize("/dev/sda", 2, 2047); }), HasSubstr("end before they start"));
  EXPECT_THROW(g.part_resize("/dev/sda", 9, 2047), Error);
  g.part_del("/dev/sda", 1);
  EXPECT_THROW(g.part_del("/dev/sda", 1), Error);
  const std::string guid = g.part_get_disk_guid("/dev/sda");
  g.part_set_disk_guid_random("/dev/sda");
  EXPECT_NE(g.part_get_disk_guid("/dev/sda"), guid);
  g.shutdown();
  EXPECT_EQ(table(path), std::string("gpt\n2: 2048 +6144 ") + kLinuxData + "\n3: 8192 +11809 " +
                             kLinuxData + "\n");
}

TEST_P(PartitionEdit, BootableOnGptIsTheEfiSystemPartition) {
  const std::string path = image("gpt.raw");
  GuestFS g = open(path, false);
  g.part_disk("/dev/sda", "gpt");
  EXPECT_FALSE(g.part_get_bootable("/dev/sda", 1));
  g.part_set_bootable("/dev/sda", 1, true);
  EXPECT_TRUE(g.part_get_bootable("/dev/sda", 1));
  EXPECT_EQ(g.part_get_gpt_type("/dev/sda", 1), kEfiSystem);
  g.part_set_gpt_attributes("/dev/sda", 1, 5);
  g.part_set_bootable("/dev/sda", 1, false);
  EXPECT_FALSE(g.part_get_bootable("/dev/sda", 1));
  g.shutdown();
  EXPECT_EQ(table(path), std::string("gpt\n1: 128 +130817 ") + kLinuxData + " RequiredPartition\n");
}

TEST_P(PartitionEdit, Mbr) {
  const std::string path = image("mbr.raw");
  GuestFS g = open(path, false);
  g.part_init("/dev/sda", "mbr");
  g.part_add("/dev/sda", "p", 64, 20479);
  g.part_add("/dev/sda", "e", 20480, -1);
  g.part_add("/dev/sda", "l", 20481, 40959);
  g.part_add("/dev/sda", "logical", 40961, 50000);
  g.part_add("/dev/sda", "l", 60000, 70000);
  EXPECT_EQ(g.list_partitions(), (std::vector<std::string>{"/dev/sda1", "/dev/sda2", "/dev/sda5",
                                                           "/dev/sda6", "/dev/sda7"}));
  g.part_set_mbr_id("/dev/sda", 6, 0x82);
  g.part_set_mbr_id("/dev/sda", 1, 0xee + 1);
  g.part_set_mbr_id("/dev/sda", 2, 5);
  g.part_set_bootable("/dev/sda", 1, true);
  g.part_set_bootable("/dev/sda", 5, true);
  EXPECT_FALSE(g.part_get_bootable("/dev/sda", 1));
  g.part_resize("/dev/sda", 5, 30000);
  g.part_resize("/dev/sda", 7, -1);
  g.shutdown();
  EXPECT_EQ(table(path),
            "dos\n1: 64 +20416 ef\n2: 20480 +110592 5\n5: 20481 +9520 83 active\n"
            "6: 40961 +9040 82\n7: 60000 +71072 83\n");
  GuestFS again = open(path, false);
  again.part_del("/dev/sda", 5);
  again.part_resize("/dev/sda", 1, 10000);
  again.part_set_bootable("/dev/sda", 1, true);
  again.part_resize("/dev/sda", 1, 10001);
  again.shutdown();
  EXPECT_EQ(table(path),
            "dos\n1: 64 +9938 ef active\n2: 20480 +110592 5\n5: 40961 +9040 82\n6: 60000 +71072 83\n");
  GuestFS last = open(path, false);
  last.part_set_bootable("/dev/sda", 1, false);
  last.part_del("/dev/sda", 2);
  last.shutdown();
  EXPECT_EQ(table(path), "dos\n1: 64 +9938 ef\n");
}

TEST_P(PartitionEdit, RefusesWhatCannotBe) {
  const std::string path = image("mbr.raw");
  GuestFS g = open(path, false);
  EXPECT_THAT(failure([&] { g.part_add("/dev/sda", "p", 64, 100); }), HasSubstr("no partition table"));
  EXPECT_THAT(failure([&] { g.part_init("/dev/sda", "mac"); }), HasSubstr("'mac'"));
  EXPECT_THAT(failure([&] { g.part_init("/dev/sda", "nothing"); }), HasSubstr("'nothing'"));
  g.part_init("/dev/sda", "msdos");
  g.part_add("/dev/sda", "p", 64, 20479);
  const std::string before = shell("head -c 1M " + path + " | sha256sum");
  const auto add = [&](const char* place, std::int64_t first, std::int64_t last) {
    return failure([&] { g.part_add("/dev/sda", place, first, last); });
  };
  EXPECT_THAT(add("p", 20000, 30000), HasSubstr("overlap partition 1"));
  EXPECT_THAT(add("x", 30000, 30001), HasSubstr("'x'"));
  EXPECT_THAT(add("l", 30000, 30001), HasSubstr("no extended partition"));
  EXPECT_THAT(add("p", -10, -1), HasSubstr("must not be negative"));
  EXPECT_THAT(add("p", 30000, 131072), HasSubstr("has 131072 sectors"));
  EXPECT_THAT(add("p", 30000, 29999), HasSubstr("end before they start"));
  EXPECT_NE(add("p", 0, 10), "no error");
  EXPECT_THAT(failure([&] { g.part_set_name("/dev/sda", 1, "x"); }), HasSubstr("not a GPT"));
  EXPECT_THAT(failure([&] { g.part_set_mbr_id("/dev/sda", 1, 256); }), HasSubstr("1 to 255"));
  EXPECT_THAT(failure([&] { g.part_set_mbr_id("/dev/sda", 1, 5); }), HasSubstr("extended"));
  EXPECT_THAT(failure([&] { g.part_init("/dev/sda1", "gpt"); }), HasSubstr("not a whole drive"));
  EXPECT_THROW(g.part_expand_gpt("/dev/sda"), Error);
  g.shutdown();
  EXPECT_EQ(shell("head -c 1M " + path + " | sha256sum"), before);
  GuestFS gpt = open(path, false);
  gpt.part_init("/dev/sda", "gpt");
  EXPECT_THAT(failure([&] { gpt.part_add("/dev/sda", "e", 64, 100); }), HasSubstr("not an MBR"));
  EXPECT_NE(failure([&] { gpt.part_add("/dev/sda", "p", 64, -1); }), "no error");
  EXPECT_NE(failure([&] { gpt.part_add("/dev/sda", "p", 10, 100); }), "no error");
  gpt.part_add("/dev/sda", "p", 64, 100);
  EXPECT_THAT(failure([&] { gpt.part_set_name("/dev/sda", 1, std::string(37, 'x')); }), HasSubstr("36"));
  EXPECT_THAT(failure([&] { gpt.part_set_gpt_type("/dev/sda", 1, "00000000-0000-0000-0000-000000000000"); }),
              HasSubstr("not used"));
  gpt.part_set_name("/dev/sda", 1, std::string(36, 'x'));
  gpt.part_set_name("/dev/sda", 1, "");
  gpt.shutdown();
  EXPECT_EQ(table(path), std::string("gpt\n1: 64 +37 ") + kLinuxData + "\n");
}

TEST_P(PartitionEdit, OneForTheWholeDrive) {
  const std::string path = image("disk.raw");
  const std::string small = image("small.raw", "256K");
  GuestFS g = open(path, false);
  g.part_disk("/dev/sda", "mbr");
  EXPECT_EQ(g.part_list("/dev/sda").at(0).part_start, 65536U);
  EXPECT_EQ(g.part_list("/dev/sda").at(0).part_end, 67043839U);
  g.shutdown();
  EXPECT_EQ(table(path), "dos\n1: 128 +130817 83\n");
  GuestFS tiny = open(small, false);
  tiny.part_disk("/dev/sda", "gpt");
  tiny.shutdown();
  EXPECT_EQ(table(small), std::string("gpt\n1: 34 +445 ") + kLinuxData + "\n");
}

// What the drive held before is found by nobody afterwards.
TEST_P(PartitionEdit, WipesWhatWasThere) {
  const std::string path = image("old.raw");
  shell("mke2fs -q -t ext4 " + path + "; echo 'label: gpt' | sfdisk -q --wipe never " + path);
  GuestFS g = open(path, false);
  g.part_disk("/dev/sda", "mbr");
  g.shutdown();
  EXPECT_EQ(shell("wipefs --noheadings -O TYPE " + path), "dos\n");
  shell("mke2fs -q -F -t ext2 " + path);
  GuestFS again = open(path, false);
  again.part_init("/dev/sda", "gpt");
  again.shutdown();
  EXPECT_EQ(shell("wipefs --noheadings -O TYPE " + path), "gpt\ngpt\nPMBR\n");
}

TEST_P(PartitionEdit, OtherTables) {
  for (const char* type : {"sun", "dvh", "bsd"}) {
    const std::string path = image(std::string(type) + ".raw");
    GuestFS g = open(path, false);
    g.part_init("/dev/sda", type);
    EXPECT_EQ(g.part_get_parttype("/dev/sda"), type);
    g.shutdown();
    const std::string name = type == std::string("dvh") ? "sgi" : type;
    EXPECT_THAT(shell("sfdisk --dump " + path), HasSubstr("label: " + name));
  }
}

TEST_P(PartitionEdit, ExpandsAGptAfterTheDriveGrew) {
  const std::string path = image("grown.raw");
  {
    GuestFS g = open(path, false);
    g.part_init("/dev/sda", "gpt");
    g.part_add("/dev/sda", "p", 2048, 131038);
  }
  shell("truncate -s 128M " + path);
  GuestFS g = open(path, false);
  g.part_expand_gpt("/dev/sda");
  g.part_resize("/dev/sda", 1, 262110);
  g.shutdown();
  EXPECT_EQ(table(path), std::string("gpt\n1: 2048 +260063 ") + kLinuxData + "\n");
  EXPECT_EQ(header(path, "lastlba"), "262110");
  EXPECT_EQ(shell("tail -c 512 " + path + " | head -c 8"), "EFI PART");
}

// The backup would be written over the end of the partition.
TEST_P(PartitionEdit, LeavesAGptAloneThatThePartitionsOutgrew) {
  const std::string path = image("cut.raw");
  {
    GuestFS g = open(path, false);
    g.part_disk("/dev/sda", "gpt");
  }
  shell("truncate -s 48M " + path);
  const std::string before = sha256_of(path);
  GuestFS g = open(path, false);
  EXPECT_THAT(failure([&] { g.part_set_name("/dev/sda", 1, "x"); }), HasSubstr("GPT"));
  EXPECT_THAT(failure([&] { g.part_add("/dev/sda", "p", 64, 100); }), HasSubstr("GPT"));
  g.shutdown();
  EXPECT_EQ(sha256_of(path), before);
}

TEST_P(PartitionEdit, SectorsOf4096Bytes) {
  const std::string path = image("4k.raw");
  GuestFS g = open_sectors(path, 4096);
  g.part_init("/dev/sda", "gpt");
  g.part_add("/dev/sda", "p", 256, 1023);
  g.part_add("/dev/sda", "p", 1024, -6);
  EXPECT_EQ(g.part_list("/dev/sda").at(0).part_start, 1U << 20U);
  EXPECT_THROW(g.part_add("/dev/sda", "p", 6, -1), Error);
  g.part_add("/dev/sda", "p", 6, 255);
  g.shutdown();
  // sfdisk knows no sector size of an image; fdisk does.
  EXPECT_EQ(shell("fdisk -b 4096 -o Start,Sectors -l " + path + " | sed '1,/^ *Start/d' | tr -s ' '"),
            " 256 768\n 1024 15355\n 6 250\n\nPartition table entries are not in disk order.\n");
}

// The library would write memory of this process into the sector.
TEST_P(PartitionEdit, NoEmptyExtendedPartitionInSectorsOf4096Bytes) {
  const std::string path = image("4k.raw");
  GuestFS g = open_sectors(path, 4096);
  g.part_disk("/dev/sda", "mbr");
  g.part_resize("/dev/sda", 1, 999);
  EXPECT_THAT(failure([&] { g.part_add("/dev/sda", "e", 1000, -1); }), HasSubstr("without logical"));
  g.sfdisk("/dev/sda", 0, 0, 0, {"256,256", "512,8192,Ex", "600,100"});
  EXPECT_EQ(g.list_partitions(), (std::vector<std::string>{"/dev/sda1", "/dev/sda2", "/dev/sda5"}));
  EXPECT_THROW(g.part_del("/dev/sda", 5), Error);
}

// Its last sector is not whole, and no part of a table may be there.
TEST_P(PartitionEdit, ImageThatEndsInsideASector) {
  const std::string path = image("odd.raw", "4000001");
  GuestFS g = open(path, false);
  g.part_disk("/dev/sda", "gpt");
  g.part_set_name("/dev/sda", 1, "odd");
  EXPECT_EQ(g.part_get_name("/dev/sda", 1), "odd");
  g.shutdown();
  EXPECT_EQ(std::filesystem::file_size(path), 4000001U);
  EXPECT_EQ(table(path), std::string("gpt\n1: 128 +7557 ") + kLinuxData + " odd\n");
}

TEST_P(PartitionEdit, ReadOnlyDrivesTakeItInTheirOverlay) {
  const std::string path = image("ro.raw");
  const std::string before = sha256_of(path);
  GuestFS g = open(path, true);
  g.part_disk("/dev/sda", "gpt");
  EXPECT_EQ(g.list_partitions(), std::vector<std::string>{"/dev/sda1"});
  g.blockdev_setro("/dev/sda");
  EXPECT_THROW(g.part_init("/dev/sda", "mbr"), Error);
  g.shutdown();
  EXPECT_EQ(sha256_of(path), before);
}

TEST_P(PartitionEdit, RefusesToTakeAwayWhatIsMounted) {
  const std::string path = temp.file("busy.raw");
  shell("truncate -s 64M " + path + "; printf 'label: dos\\nsize=8M\\nsize=48M,type=5\\n5: size=8M\\n"
        "6: size=8M\\n7: size=8M\\n' | sfdisk -q " + path);
  shell("mke2fs -q -t ext4 -E offset=$((512 * $(sfdisk --json " + path +
        " | jq '.partitiontable.partitions[3].start'))) " + path + " 8M");
  GuestFS g = open(path, false);
  g.mount("/dev/sda6", "/");
  for (const int number : {2, 5, 6})
    EXPECT_THAT(failure([&] { g.part_del("/dev/sda", number); }), HasSubstr("/dev/sda6: is mounted"));
  EXPECT_THAT(failure([&] { g.part_init("/dev/sda", "gpt"); }), HasSubstr("/dev/sda6: is mounted"));
  EXPECT_THAT(failure([&] { g.part_disk("/dev/sda", "gpt"); }), HasSubstr("is mounted"));
  EXPECT_THAT(failure([&] { g.part_resize("/dev/sda", 6, -1); }), HasSubstr("is mounted"));
  EXPECT_THAT(failure([&] { g.sfdisk("/dev/sda", 0, 0, 0, {","}); }), HasSubstr("is mounted"));
  EXPECT_THAT(failure([&] { g.sfdisk_N("/dev/sda", 6, 0, 0, 0, ","); }), HasSubstr("is mounted"));
  try {
    g.part_del("/dev/sda", 6);
  } catch (const Error& error) {
    EXPECT_EQ(error.errno_value(), EBUSY);
  }
  g.part_set_mbr_id("/dev/sda", 6, 0x82);
  g.part_del("/dev/sda", 7);
  g.part_del("/dev/sda", 1);
  g.write("/file", "still here");
  g.umount_all();
  g.part_del("/dev/sda", 5);
  g.mount("/dev/sda5", "/");
  EXPECT_EQ(g.cat("/file"), "still here");
  g.umount_all();
  g.part_init("/dev/sda", "gpt");
  EXPECT_TRUE(g.list_partitions().empty());
}

TEST_P(PartitionEdit, AsSfdiskDoesIt) {
  const std::string path = image("sfdisk.raw");
  GuestFS g = open(path, false);
  g.sfdisk("/dev/sda", 0, 0, 0, {"2048,4096", "8192,4096,S,*", "12288,", ","});
  g.sfdisk_N("/dev/sda", 1, 0, 0, 0, ",2048");
  EXPECT_THAT(g.sfdisk_l("/dev/sda"), HasSubstr("/dev/sda2"));
  EXPECT_THAT(g.sfdisk_l("/dev/sda"), HasSubstr("table: dos"));
  EXPECT_THAT(g.sfdisk_disk_geometry("/dev/sda"), HasSubstr(" heads, "));
  EXPECT_THAT(g.sfdisk_kernel_geometry("/dev/sda"), HasSubstr("/dev/sda: "));
  EXPECT_THAT(failure([&] { g.sfdisk("/dev/sda", 0, 0, 0, {"no such thing"}); }), HasSubstr("line"));
  EXPECT_THROW(g.sfdisk_N("/dev/sda", 1, 0, 0, 0, ",200000"), Error);
  g.shutdown();
  EXPECT_EQ(table(path), "dos\n1: 2048 +2048 83\n2: 8192 +4096 82 active\n3: 12288 +118784 83\n4: 6144 +2048 83\n");
  GuestFS again = open(path, false);
  again.sfdiskM("/dev/sda", {"1,10,L", ",20"});
  again.sfdisk_N("/dev/sda", 4, 0, 0, 0, "100000,1000,7");
  again.shutdown();
  EXPECT_EQ(table(path), "dos\n1: 2048 +20480 83\n2: 22528 +40960 83\n4: 100000 +1000 7\n");
  GuestFS gpt = open(path, false);
  gpt.sfdisk("/dev/sda", 0, 0, 0, {"label: gpt", "size=5MiB, name=\"one\""});
  gpt.sfdisk("/dev/sda", 0, 0, 0, {",10MiB,U"});
  gpt.shutdown();
  EXPECT_EQ(table(path), std::string("gpt\n1: 2048 +20480 ") + kEfiSystem + "\n");
}

VMCRAFT_ON_BOTH_ENGINES(PartitionEdit);

}  // namespace
}  // namespace vmcraft::test
