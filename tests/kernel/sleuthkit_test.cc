// SPDX-License-Identifier: LGPL-3.0-or-later
// File systems read without mounting them, compared with the Sleuth Kit's own programs; and images of CDs.
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Sleuthkit : public FsTest {
 protected:
  std::string make() {
    const std::string image = temp.file("ext4.raw");
    make_image(image, {.prepare = [](const std::string& tree) {
                 write_host(tree + "/data/file", std::string(100000, 'd'));
                 write_host(tree + "/data/other", "other");
               }});
    shell("dd status=none if=" + image + " of=" + part_ + " bs=1M skip=1");
    return image;
  }
  static const TskDirent* find(const std::vector<TskDirent>& all, const std::string& name) {
    for (const TskDirent& entry : all)
      if (entry.tsk_name == name) return &entry;
    return nullptr;
  }
  static std::uint64_t inode_of(const std::vector<TskDirent>& all, const std::string& name) {
    const TskDirent* entry = find(all, name);
    EXPECT_NE(entry, nullptr) << name;
    return entry == nullptr ? 0 : entry->tsk_inode;
  }
  std::string part_ = temp.file("part.raw");
};

TEST_P(Sleuthkit, Ext4) {
  GuestFS g = open(make(), false);
  EXPECT_TRUE(g.feature_available({"sleuthkit", "libtsk"}));
  g.mount("/dev/sda1", "/");
  g.ln_s("file", "/data/link");
  g.umount("/");
  const std::vector<TskDirent> all = g.filesystem_walk("/dev/sda1");
  const TskDirent* file = find(all, "data/file");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->tsk_type, 'r');
  EXPECT_EQ(file->tsk_size, 100000);
  EXPECT_EQ(file->tsk_flags, 1U);
  EXPECT_EQ(file->tsk_nlink, 1);
  EXPECT_GT(file->tsk_mtime_sec, 1000000000);
  ASSERT_NE(find(all, "data/link"), nullptr);
  EXPECT_EQ(find(all, "data/link")->tsk_type, 'l');
  EXPECT_EQ(find(all, "data/link")->tsk_link, "file");
  EXPECT_EQ(find(all, "data")->tsk_type, 'd');
  EXPECT_EQ(inode_of(all, "."), 2U);
  const auto inode = static_cast<std::int64_t>(file->tsk_inode);
  ASSERT_THAT(g.find_inode("/dev/sda1", inode), SizeIs(1));
  EXPECT_EQ(g.find_inode("/dev/sda1", inode).front().tsk_name, "data/file");
  EXPECT_THAT(g.find_inode("/dev/sda1", 999999), SizeIs(0));
  g.download_inode("/dev/sda1", inode, temp.file("out"));
  EXPECT_EQ(read_host(temp.file("out")), std::string(100000, 'd'));
  EXPECT_EQ(errno_of([&] { g.download_inode("/dev/sda1", 999999999, temp.file("no")); }), EINVAL);
  EXPECT_FALSE(std::filesystem::exists(temp.file("no")));
  EXPECT_EQ(errno_of([&] { g.download_inode("/dev/sda1", -1, temp.file("no")); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.filesystem_walk("/dev/sda"); }), ENOTSUP);
}

TEST_P(Sleuthkit, AgreesWithItsPrograms) {
  for (const char* program : {"fls", "icat", "blkls"})
    if (!base::find_program(program)) GTEST_SKIP() << "the program " << program << " is not installed";
  const std::string image = make();
  GuestFS g = open(image, true);
  std::vector<std::string> ours;
  for (const TskDirent& entry : g.filesystem_walk("/dev/sda1"))
    if (entry.tsk_name != ".") ours.push_back(entry.tsk_name);
  std::sort(ours.begin(), ours.end());
  std::string joined;
  for (const std::string& name : ours) joined += name + "\n";
  EXPECT_EQ(joined, shell("fls -r -p " + part_ + " | cut -f2 | LC_ALL=C sort"));
  g.download_blocks("/dev/sda1", 100, 400, temp.file("blocks"));
  EXPECT_EQ(sha256_of(temp.file("blocks")),
            shell("blkls -e " + part_ + " 100-400 | sha256sum").substr(0, 64));
  DownloadBlocksOptions options;
  options.unallocated = true;
  g.download_blocks("/dev/sda1", 0, 4000, temp.file("free"), options);
  EXPECT_EQ(sha256_of(temp.file("free")), shell("blkls " + part_ + " 0-4000 | sha256sum").substr(0, 64));
  EXPECT_EQ(errno_of([&] { g.download_blocks("/dev/sda1", 5, 4, temp.file("no")); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.download_blocks("/dev/sda1", 0, 99999999, temp.file("no")); }), EINVAL);
}

TEST_P(Sleuthkit, ADeletedFileOfFat) {
  VMCRAFT_NEEDS("mkfs.fat");
  GuestFS g = open(blank(32), false);
  g.part_disk("/dev/sda", "mbr");
  g.mkfs("vfat", "/dev/sda1");
  if (!g.filesystem_available("vfat")) GTEST_SKIP() << "this kernel has no FAT";
  g.mount("/dev/sda1", "/");
  g.write("/SECRET.TXT", "what was deleted");
  g.sync();
  g.rm("/SECRET.TXT");
  g.umount("/");
  const std::vector<TskDirent> all = g.filesystem_walk("/dev/sda1");
  const auto deleted = std::find_if(all.begin(), all.end(), [](const TskDirent& entry) {
    return entry.tsk_name.find("ECRET.TXT") != std::string::npos;
  });
  ASSERT_NE(deleted, all.end());
  EXPECT_EQ(deleted->tsk_flags & 1U, 0U);
  g.download_inode("/dev/sda1", static_cast<std::int64_t>(deleted->tsk_inode), temp.file("out"));
  EXPECT_EQ(read_host(temp.file("out")), "what was deleted");
}

TEST_P(Sleuthkit, IsoImages) {
  VMCRAFT_NEEDS("genisoimage");
  write_host(temp.file("tree/x"), "x");
  const std::string iso = temp.file("cd.iso");
  shell("genisoimage -quiet -V 'A Volume' -publisher Us -o " + iso + " " + temp.file("tree"));
  const std::string image = make();
  GuestFS g = open_all({iso, image});
  const Isoinfo info = g.isoinfo_device("/dev/sda");
  EXPECT_EQ(info.iso_volume_id, "A Volume");
  EXPECT_EQ(info.iso_publisher_id, "Us");
  EXPECT_EQ(info.iso_logical_block_size, 2048U);
  EXPECT_EQ(info.iso_volume_expiration_t, -1);
  g.mount("/dev/sdb1", "/");
  g.upload(iso, "/cd.iso");
  EXPECT_EQ(g.isoinfo("/cd.iso").iso_volume_space_size, info.iso_volume_space_size);
  EXPECT_EQ(errno_of([&] { g.isoinfo("/data/file"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.isoinfo_device("/dev/sdb1"); }), EINVAL);
}

VMCRAFT_ON_BOTH_ENGINES(Sleuthkit);

}  // namespace
}  // namespace vmcraft::test
