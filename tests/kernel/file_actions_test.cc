// SPDX-License-Identifier: LGPL-3.0-or-later
// Each action on files, through the public API and on both engines. What each of them does in
// detail is tested in tests/unit; here it is that the calls arrive with their arguments and
// results.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "support/image.h"

namespace vmcraft::test {
namespace {

using Lines = std::vector<std::string>;

class FileActions : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    ImageSpec spec;
    spec.files = {{"etc/hostname", "test-guest\n"},
                  {"etc/passwd", "root:x:0:0::/root:/bin/sh\n"},
                  {"d/one", "1\n2\n3\n"},
                  {"d/Two", "Hello world\nhello+again\n"}};
    make_image(temp.file("disk.raw"), spec);
    g.set_backend(GetParam());
    g.add_drive(temp.file("disk.raw"));
    g.add_drive_scratch(8 << 20);
    g.launch();
    g.mount("/dev/sda1", "/");
  }
  std::string out() const { return temp.file("out"); }

  GuestFS g;
};

TEST_P(FileActions, Reading) {
  EXPECT_EQ(g.cat("/etc/hostname"), "test-guest\n");
  EXPECT_EQ(g.read_file("/etc/hostname"), g.read("/etc/hostname"));
  EXPECT_EQ(g.read_lines("/d/one"), (Lines{"1", "2", "3"}));
  EXPECT_EQ(g.head("/d/one").size(), 3U);
  EXPECT_EQ(g.head_n(2, "/d/one"), (Lines{"1", "2"}));
  EXPECT_EQ(g.tail("/d/one").size(), 3U);
  EXPECT_EQ(g.tail_n(1, "/d/one"), Lines{"3"});
  EXPECT_EQ(g.pread("/d/one", 3, 2), "2\n3");
  EXPECT_TRUE(g.hexdump("/d/one").starts_with("00000000  31 0a 32"));
  EXPECT_EQ(g.strings("/d/Two").size(), 2U);
  EXPECT_EQ(g.strings_e("s", "/d/Two").size(), 2U);
  EXPECT_EQ(g.wc_c("/d/one"), 6);
  EXPECT_EQ(g.wc_l("/d/one"), 3);
  EXPECT_EQ(g.wc_w("/d/Two"), 3);
  EXPECT_FALSE(g.equal("/d/one", "/d/Two"));
  EXPECT_EQ(g.file("/d/one"), "ASCII text");
  EXPECT_NE(g.file("/dev/sda1").find("ext4"), std::string::npos);
  EXPECT_EQ(g.checksum("md5", "/d/one"), "c0710d6b4f15dfa88f600b0e6b624077");
  EXPECT_EQ(g.checksum("crc", "/d/one").find_first_not_of("0123456789"), std::string::npos);
  EXPECT_EQ(g.checksum_device("sha256", "/dev/sdb").size(), 64U);
  g.checksums_out("sha1", "/d", out());
  EXPECT_NE(read_host(out()).find("  ./one\n"), std::string::npos);
}

TEST_P(FileActions, Writing) {
  g.write("/f", std::string_view("a\0b", 3));
  g.write_append("/f", "c");
  EXPECT_EQ(g.read_file("/f"), std::string("a\0bc", 4));
  g.write_file("/f", "abcdef", 3);
  EXPECT_EQ(g.pwrite("/f", "XY", 1), 2);
  EXPECT_EQ(g.cat("/f"), "aXY");
  g.touch("/t");
  EXPECT_EQ(g.filesize("/t"), 0);
  g.truncate_size("/f", 2);
  EXPECT_EQ(g.cat("/f"), "aX");
  g.truncate("/f");
  EXPECT_TRUE(g.is_zero("/f"));
  g.fallocate("/f", 5000);
  EXPECT_EQ(g.filesize("/f"), 5000);
  g.fallocate64("/f", 6000);
  EXPECT_TRUE(g.is_zero("/f"));
  g.fill('x', 10, "/f");
  EXPECT_EQ(g.cat("/f"), "xxxxxxxxxx");
  g.fill_pattern("ab", 5, "/f");
  EXPECT_EQ(g.cat("/f"), "ababa");
  g.mkdir("/many");
  g.fill_dir("/many", 3);
  EXPECT_EQ(g.ls("/many").size(), 3U);
}

TEST_P(FileActions, Devices) {
  EXPECT_TRUE(g.is_zero_device("/dev/sdb"));
  EXPECT_EQ(g.pwrite_device("/dev/sdb", "hello", 1000), 5);
  EXPECT_EQ(g.pread_device("/dev/sdb", 7, 999), std::string("\0hello\0", 7));
  EXPECT_FALSE(g.is_zero_device("/dev/sdb"));
  g.zero("/dev/sdb");
  EXPECT_TRUE(g.is_zero_device("/dev/sdb"));
  g.write("/f", "content of a file");
  g.copy_file_to_device("/f", "/dev/sdb", {.destoffset = 4096});
  g.copy_device_to_device("/dev/sdb", "/dev/sdb",
                          {.srcoffset = 4096, .destoffset = 8192, .size = 17});
  g.copy_device_to_file("/dev/sdb", "/g", {.srcoffset = 8192, .size = 17});
  g.copy_file_to_file("/g", "/h", {.append = true});
  g.copy_file_to_file("/g", "/h", {.append = true});
  EXPECT_EQ(g.cat("/h"), "content of a filecontent of a file");
  g.copy_size("/h", "/g", 7);
  EXPECT_EQ(g.cat("/g"), "content");
  g.dd("/g", "/dev/sdb");
  g.dd("/dev/sdb", "/i");
  EXPECT_EQ(g.filesize("/i"), 8 << 20);
  EXPECT_EQ(g.pread("/i", 7, 0), "content");
  EXPECT_THROW(g.pwrite_device("/dev/sdb", "x", std::int64_t{9} << 20), Error);
  g.compress_device_out("gzip", "/dev/sdb", out(), {.level = 9});
  EXPECT_LT(read_host(out()).size(), 20'000U);
  g.zero_device("/dev/sdb");
  EXPECT_TRUE(g.is_zero_device("/dev/sdb"));
}

TEST_P(FileActions, Copying) {
  g.chmod(0751, "/d/one");
  g.cp("/d/one", "/one");
  g.cp_r("/d", "/r");
  g.cp_a("/d", "/a");
  EXPECT_EQ(g.ls("/a"), g.ls("/r"));
  EXPECT_EQ(g.stat("/a/one").mode & 0777, 0751);
  g.mv("/one", "/a");
  EXPECT_THROW(g.mv("/a/one", "//a/one"), Error);
  g.rename("/a/Two", "/a/three");
  EXPECT_EQ(g.ls("/a"), (Lines{"one", "three"}));
  g.chmod(0600, "/a/three");
  g.copy_attributes("/a/one", "/a/three", {.all = true});
  EXPECT_EQ(g.stat("/a/three").mode & 0777, 0751);
  g.ln("/a/one", "/hard");
  g.ln_f("/a/three", "/hard");
  EXPECT_EQ(g.stat("/hard").ino, g.stat("/a/three").ino);
  g.ln_s("a/one", "/soft");
  g.ln_sf("a/three", "/soft");
  EXPECT_EQ(g.readlink("/soft"), "a/three");
}

TEST_P(FileActions, Listing) {
  EXPECT_EQ(g.ls("/d"), (Lines{"Two", "one"}));
  g.ls0("/d", out());
  EXPECT_EQ(read_host(out()), std::string("Two\0one\0", 8));
  EXPECT_NE(g.ll("/d").find(" root 0 "), std::string::npos);
  EXPECT_NE(g.llz("/d").find(" one\n"), std::string::npos);
  EXPECT_EQ(g.readdir("/d").size(), 4U);
  EXPECT_EQ(g.find("/d"), (Lines{"Two", "one"}));
  g.find0("/d", out());
  EXPECT_EQ(read_host(out()), std::string("Two\0one\0", 8));
  EXPECT_EQ(g.glob_expand("/e*/host*"), Lines{"/etc/hostname"});
  EXPECT_EQ(g.glob_expand("/e*"), Lines{"/etc/"});
  EXPECT_EQ(g.glob_expand("/e*", {.directoryslash = false}), Lines{"/etc"});
  const Lines recent = g.find_modified_since("2000-01-01");
  EXPECT_TRUE(std::count(recent.begin(), recent.end(), "/d/one") == 1);
  EXPECT_TRUE(g.find_modified_since("2990-01-01T00:00:00Z").empty());
}

TEST_P(FileActions, Searching) {
  const std::string f = "/d/Two";
  EXPECT_EQ(g.grep("^hel*o", f), Lines{"hello+again"});
  EXPECT_EQ(g.grep("o+", f, {.extended = true, .insensitive = true}).size(), 2U);
  EXPECT_EQ(g.grepi("^hel*o", f).size(), 2U);
  EXPECT_EQ(g.egrep("(world|x)$", f), Lines{"Hello world"});
  EXPECT_EQ(g.egrepi("WORLD$", f), Lines{"Hello world"});
  EXPECT_EQ(g.fgrep("o+a", f), Lines{"hello+again"});
  EXPECT_EQ(g.fgrepi("O+A", f), Lines{"hello+again"});
  g.compress_out("gzip", f, out());
  g.upload(out(), "/z");
  EXPECT_EQ(g.zgrep("world", "/z").size(), 1U);
  EXPECT_EQ(g.zgrepi("WORLD", "/z").size(), 1U);
  EXPECT_EQ(g.zegrep("(world)", "/z").size(), 1U);
  EXPECT_EQ(g.zegrepi("(WORLD)", "/z").size(), 1U);
  EXPECT_EQ(g.zfgrep("o+a", "/z").size(), 1U);
  EXPECT_EQ(g.zfgrepi("O+A", "/z").size(), 1U);
  EXPECT_EQ(g.zfile("gzip", "/z"), "ASCII text");
  EXPECT_NE(g.file("/z").find("gzip"), std::string::npos);
}

TEST_P(FileActions, Facts) {
  g.ln_s("d/one", "/l");
  EXPECT_EQ(g.stat("/l").size, 6);
  EXPECT_TRUE(S_ISLNK(static_cast<mode_t>(g.lstat("/l").mode)));
  EXPECT_EQ(g.statns("/l").st_size, 6);
  EXPECT_TRUE(S_ISLNK(static_cast<mode_t>(g.lstatns("/l").st_mode)));
  EXPECT_EQ(g.lstatlist("/d", {"one", "none"})[1].ino, -1);
  EXPECT_EQ(g.lstatnslist("/d", {"one", "none"})[0].st_size, 6);
  EXPECT_GT(g.statvfs("/").bfree, 0);
  EXPECT_EQ(g.readlinklist("/", {"l", "d"}), (Lines{"d/one", ""}));
  EXPECT_EQ(g.realpath("/l"), "/d/one");
  EXPECT_EQ(g.case_sensitive_path("/D/TWO"), "/d/Two");
  EXPECT_TRUE(g.exists("/l"));
  EXPECT_FALSE(g.is_file("/l"));
  EXPECT_TRUE(g.is_file("/l", {.followsymlinks = true}));
  EXPECT_TRUE(g.is_dir("/d"));
  EXPECT_TRUE(g.is_symlink("/l"));
  EXPECT_FALSE(g.is_fifo("/d"));
  EXPECT_FALSE(g.is_socket("/d"));
  EXPECT_FALSE(g.is_blockdev("/d"));
  EXPECT_FALSE(g.is_chardev("/d"));
  EXPECT_GE(g.du("/d"), 2);
  EXPECT_NE(g.df().find("/dev/sda1"), std::string::npos);
  EXPECT_NE(g.df_h().find("/dev/sda1"), std::string::npos);
}

TEST_P(FileActions, Making) {
  EXPECT_EQ(g.get_umask(), 022);
  EXPECT_EQ(g.umask(027), 022);
  g.mkdir("/m");
  EXPECT_EQ(g.stat("/m").mode & 0777, 0750);
  g.mkdir_mode("/m/n", 0700);
  g.mkdir_p("/m/n/o/p");
  EXPECT_TRUE(g.is_dir(g.mkdtemp("/m/XXXXXX")));
  EXPECT_TRUE(g.mktemp("/m/XXXXXX", {.suffix = ".x"}).ends_with(".x"));
  g.mkfifo(0600, "/m/fifo");
  EXPECT_TRUE(g.is_fifo("/m/fifo"));
  g.mknod(S_IFCHR | 0600, 1, 3, "/m/c");
  EXPECT_TRUE(g.is_chardev("/m/c"));
  g.mknod_b(0600, 8, 0, "/m/b");
  EXPECT_TRUE(g.is_blockdev("/m/b"));
  g.mknod_c(0600, 1, 3, "/m/d");
  g.chown(1, 2, "/m/fifo");
  g.ln_s("fifo", "/m/l");
  g.lchown(3, 4, "/m/l");
  EXPECT_EQ(g.stat("/m/l").uid, 1);
  EXPECT_EQ(g.lstat("/m/l").gid, 4);
  g.utimens("/m/fifo", 10, 0, 20, 5);
  g.lutimens("/m/fifo", 10, 0, 20, 5);
  EXPECT_EQ(g.statns("/m/fifo").st_mtime_nsec, 5);
  g.rm("/m/fifo");
  g.rm_f("/m/fifo");
  g.rmdir("/m/n/o/p");
  g.rm_rf("/m");
  EXPECT_FALSE(g.exists("/m"));
}

TEST_P(FileActions, Transfers) {
  std::string content;
  for (int i = 0; i < 400'000; ++i) content += std::to_string(i);
  write_host(temp.file("in"), content);
  g.upload(temp.file("in"), "/up");
  EXPECT_EQ(g.checksum("sha256", "/up"), sha256_of(temp.file("in")));
  g.download("/up", out());
  EXPECT_EQ(read_host(out()), content);
  g.download_offset("/up", out(), 1000, 500);
  EXPECT_EQ(read_host(out()), content.substr(1000, 500));
  write_host(temp.file("patch"), "PATCH");
  g.upload_offset(temp.file("patch"), "/up", 10);
  EXPECT_EQ(g.pread("/up", 5, 10), "PATCH");
  g.upload(temp.file("in"), "/dev/sdb");
  g.download("/dev/sdb", out());
  EXPECT_EQ(read_host(out()).substr(0, content.size()), content);
  g.base64_out("/d/one", out());
  EXPECT_EQ(read_host(out()), "MQoyCjMK\n");
  g.base64_in(out(), "/b");
  EXPECT_EQ(g.cat("/b"), "1\n2\n3\n");
}

TEST_P(FileActions, Archives) {
  g.mkdir("/t");
  g.tar_out("/d", out(), {.excludes = Lines{"Two"}});
  g.tar_in(out(), "/t");
  EXPECT_EQ(g.ls("/t"), Lines{"one"});
  EXPECT_EQ(run({"tar", "tf", out()}), "./\n./one\n");
  g.tgz_out("/d", out());
  g.tgz_in(out(), "/t");
  EXPECT_EQ(run({"tar", "xzOf", out(), "./one"}), "1\n2\n3\n");
  EXPECT_EQ(g.ls("/t"), g.ls("/d"));
  g.rm_rf("/t/one");
  g.txz_out("/d", out());
  g.txz_in(out(), "/t");
  EXPECT_EQ(g.cat("/t/one"), "1\n2\n3\n");
  g.cpio_out("/d", out(), {.format = "newc"});
  EXPECT_TRUE(read_host(out()).starts_with("070701"));
}

TEST_P(FileActions, Attributes) {
  g.setxattr("user.a", "value", 3, "/d/one");
  g.ln_s("one", "/d/l");
  EXPECT_EQ(g.getxattr("/d/l", "user.a"), "val");
  EXPECT_EQ(g.getxattrs("/d/one").size(), 1U);
  g.lsetxattr("user.b", "v", 1, "/d/one");
  EXPECT_EQ(g.lgetxattr("/d/one", "user.b"), "v");
  EXPECT_EQ(g.lgetxattrs("/d/l").size(), 0U);
  EXPECT_EQ(g.lxattrlist("/d", {"one", "none"}).size(), 4U);
  g.removexattr("user.a", "/d/l");
  g.lremovexattr("user.b", "/d/one");
  EXPECT_TRUE(g.getxattrs("/d/one").empty());
  g.acl_set_file("/d/one", "access", "u::rw-,u:root:r--,g::r--,m::r--,o::---");
  EXPECT_NE(g.acl_get_file("/d/one", "access").find("user:0:r--"), std::string::npos);
  g.acl_set_file("/d", "default", "u::rwx,g::r-x,o::r-x");
  g.acl_delete_def_file("/d");
  EXPECT_EQ(g.acl_get_file("/d", "default"), "");
  EXPECT_EQ(g.cap_get_file("/d/one"), "");
  g.cap_set_file("/d/one", "cap_net_raw=ep");
  EXPECT_EQ(g.cap_get_file("/d/one"), "cap_net_raw=ep");
}

VMCRAFT_ON_BOTH_ENGINES(FileActions);

}  // namespace
}  // namespace vmcraft::test
