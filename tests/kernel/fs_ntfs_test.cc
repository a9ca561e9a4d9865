// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

class FsNtfs : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (!base::find_program("mkfs.ntfs")) GTEST_SKIP() << "the program mkfs.ntfs is not installed";
  }
  std::string made(unsigned size_mib = 16, const std::string& name = "disk.raw") {
    const std::string path = blank(size_mib, name);
    shell("mkfs.ntfs -QFq " + path + " 2>/dev/null; echo some words > " + temp.file("words") +
          "; ntfscp -q " + path + " " + temp.file("words") + " words");
    return path;
  }
  static std::string cat(const std::string& path) { return shell("ntfscat -f " + path + " words"); }
  static std::string size_of(const std::string& path) {
    return shell("ntfsinfo -f -m " + path + " | sed -n 's/.*Volume Size in Clusters: *//p'");
  }
};

TEST_P(FsNtfs, ProbesWhetherItMounts) {
  const std::string path = made();
  const std::string other = blank(8, "other.raw");
  shell("mke2fs -q -t ext4 " + other);
  GuestFS g = open_all({path, other});
  EXPECT_EQ(g.ntfs_3g_probe(false, "/dev/sda"), 0);
  EXPECT_EQ(g.ntfs_3g_probe(true, "/dev/sda"), 0);
  EXPECT_EQ(g.ntfs_3g_probe(false, "/dev/sdb"), 12);
}

TEST_P(FsNtfs, SavesAndRestores) {
  const std::string path = made();
  const std::string target = blank(20, "target.raw");
  const std::string saved = temp.file("saved");
  {
    GuestFS g = open_all({path, target});
    NtfscloneOutOptions options;
    g.ntfsclone_out("/dev/sda", saved, options);
    EXPECT_LT(std::filesystem::file_size(saved), 8U << 20U);
    options.metadataonly = options.preservetimestamps = options.rescue = options.ignorefscheck =
        options.force = true;
    g.ntfsclone_out("/dev/sda", temp.file("metadata"), options);
    g.ntfsclone_in(saved, "/dev/sdb");
    EXPECT_EQ(g.vfs_type("/dev/sdb"), "ntfs");
    write_host(temp.file("junk"), "no image");
    EXPECT_THAT(text_of([&] { g.ntfsclone_in(temp.file("junk"), "/dev/sdb"); }),
                HasSubstr("ntfsclone"));
  }
  EXPECT_EQ(shell("head -c 12 " + saved + " | tail -c 11"), "ntfsclone-i");
  EXPECT_GT(std::filesystem::file_size(temp.file("metadata")), 10000U);
}

TEST_P(FsNtfs, RestoredIsWhatWasSaved) {
  const std::string path = made();
  const std::string target = blank(16, "target.raw");
  {
    GuestFS g = open_all({path, target});
    g.ntfsclone_out("/dev/sda", temp.file("saved"));
    g.ntfsclone_in(temp.file("saved"), "/dev/sdb");
  }
  EXPECT_EQ(cat(target), "some words\n");
}

TEST_P(FsNtfs, ReadsAFileByItsInode) {
  const std::string path = made();
  const std::string number =
      shell("ntfsinfo -F words " + path + " | sed -n 's/.*Dumping Inode \\([0-9]*\\).*/\\1/p'");
  GuestFS g = open(path, true);
  g.ntfscat_i("/dev/sda", std::stoll(number), temp.file("out"));
  EXPECT_EQ(read_host(temp.file("out")), "some words\n");
  g.ntfscat_i("/dev/sda", 0, temp.file("mft"));
  EXPECT_EQ(read_host(temp.file("mft")).substr(0, 4), "FILE");
  EXPECT_EQ(errno_of([&] { g.ntfscat_i("/dev/sda", -1, temp.file("out")); }), EINVAL);
  EXPECT_THAT(text_of([&] { g.ntfscat_i("/dev/sda", 99999, temp.file("out")); }),
              HasSubstr("ntfscat"));
}

TEST_P(FsNtfs, FixesAndResizes) {
  const std::string path = made(32);
  const std::string before = size_of(path);
  {
    GuestFS g = open(path, false);
    NtfsfixOptions fix;
    fix.clearbadsectors = true;
    g.ntfsfix("/dev/sda", fix);
    NtfsresizeOptions options;
    options.size = 16 << 20;
    options.force = true;
    g.ntfsresize("/dev/sda", options);
  }
  EXPECT_EQ(size_of(path), "4095\n");
  EXPECT_EQ(cat(path), "some words\n");
  {
    GuestFS g = open(path, false);
    // It waits for Windows to check it.
    EXPECT_THAT(text_of([&] { g.ntfsresize_size("/dev/sda", 20 << 20); }), HasSubstr("ntfsresize"));
    NtfsresizeOptions options;
    options.force = true;
    g.ntfsresize("/dev/sda", options);
    options.size = -1;
    EXPECT_EQ(errno_of([&] { g.ntfsresize("/dev/sda", options); }), EINVAL);
  }
  EXPECT_EQ(size_of(path), before);
  const std::string fresh = made(16, "fresh.raw");
  {
    GuestFS g = open(fresh, false);
    g.ntfsresize_size("/dev/sda", 12 << 20);
  }
  EXPECT_EQ(size_of(fresh), "3071\n");
}

TEST_P(FsNtfs, ChangesPermissions) {
  VMCRAFT_NEEDS("ntfssecaudit");
  const std::string path = made();
  {
    GuestFS g = open(path, false);
    g.ntfs_chmod("/dev/sda", 0604, "/words");
    NtfsChmodOptions options;
    options.recursive = true;
    g.ntfs_chmod("/dev/sda", 0751, "/$Extend", options);
    EXPECT_EQ(errno_of([&] { g.ntfs_chmod("/dev/sda", 01000, "/words"); }), EINVAL);
  }
  EXPECT_THAT(shell("ntfssecaudit " + path + " /words 2>&1"), HasSubstr("mode 0604"));
}

VMCRAFT_ON_BOTH_ENGINES(FsNtfs);

}  // namespace
}  // namespace vmcraft::test
