// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/archive.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <cstring>

#include "file/attributes.h"
#include "file/compress.h"
#include "file/packer.h"
#include "file/tar_reader.h"
#include "file/xattr.h"
#include "unit/file_support.h"

namespace vmcraft::file {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

class FileArchive : public FileTest {
 protected:
  std::string packed(const std::string& directory, const PackSpec& spec = {}) {
    base::MemorySink sink;
    pack(*root, directory, sink, spec, progress);
    return sink.take();
  }
  void unpacked(const std::string& archive, const std::string& directory,
                const UnpackSpec& spec = {}) {
    base::MemorySource source(archive);
    unpack(*root, directory, source, spec, progress);
  }
  static std::vector<TarEntry> entries(const std::string& archive) {
    base::MemorySource source(archive);
    TarReader reader(source, "test");
    std::vector<TarEntry> result;
    while (auto entry = reader.next()) result.push_back(std::move(*entry));
    return result;
  }
  /// An archive of these members, each with its text as content.
  static std::string archive_of(const std::vector<std::pair<TarEntry, std::string>>& members) {
    base::MemorySink sink;
    TarWriter writer(sink);
    for (auto [entry, content] : members) {
      entry.size_bytes = content.size();
      entry.mode = 0644;
      entry.uid = ::getuid();
      entry.gid = ::getgid();
      writer.header(entry);
      writer.output().write(content);
      writer.end_content(content.size());
    }
    writer.finish();
    return sink.take();
  }
  static TarEntry member(const std::string& path, char type = TarType::kFile,
                         const std::string& link = "") {
    TarEntry entry;
    entry.path = path;
    entry.type = type;
    entry.link = link;
    return entry;
  }
};

TEST_F(FileArchive, TreeComesBack) {
  put("/s/a", "A");
  put("/s/sub/n\nl", "B");
  put("/s/sub/\xff\xfe", "C");
  put("/s/" + std::string(200, 'x') + "/" + std::string(250, 'y'), "long");
  put("/s/" + std::string(120, 'p') + "/" + std::string(90, 'q'), "prefix");
  put("/s/empty", "");
  put("/s/big", std::string(3 * kMiB + 1, 'b'));
  link(std::string(300, 'z'), "/s/longlink");
  link(temp.file("outside/secret"), "/s/out");
  std::filesystem::create_hard_link(host("/s/a"), host("/s/sub/hard"));
  ASSERT_EQ(::mkfifo(host("/s/fifo").c_str(), 0640), 0);
  put_sparse("/s/sparse", 300 * kMiB, 100 * kMiB, "data");
  ASSERT_EQ(::chmod(host("/s/a").c_str(), 04751), 0);
  const timespec times[2] = {{1000, 0}, {2000, 0}};
  for (const char* path : {"/s/a", "/s/sub", "/s"})
    ASSERT_EQ(::utimensat(AT_FDCWD, host(path).c_str(), times, 0), 0);
  const std::string archive = packed("/s");
  EXPECT_EQ(archive.size() % 10240, 0U);
  EXPECT_LT(archive.size(), 5 * kMiB) << "holes are not stored";
  std::filesystem::create_directory(host("/t"));
  unpacked(archive, "/t");
  EXPECT_EQ(get("/t/a"), "A");
  EXPECT_EQ(get("/t/sub/n\nl"), "B");
  EXPECT_EQ(get("/t/sub/\xff\xfe"), "C");
  EXPECT_EQ(get("/t/" + std::string(200, 'x') + "/" + std::string(250, 'y')), "long");
  EXPECT_EQ(get("/t/" + std::string(120, 'p') + "/" + std::string(90, 'q')), "prefix");
  EXPECT_EQ(get("/t/empty"), "");
  EXPECT_EQ(get("/t/big"), get("/s/big"));
  EXPECT_EQ(std::filesystem::read_symlink(host("/t/longlink")), std::string(300, 'z'));
  EXPECT_EQ(std::filesystem::read_symlink(host("/t/out")), temp.file("outside/secret"));
  EXPECT_EQ(facts_of("/t/a").st_ino, facts_of("/t/sub/hard").st_ino);
  EXPECT_TRUE(S_ISFIFO(facts_of("/t/fifo").st_mode));
  EXPECT_EQ(facts_of("/t/a").st_mode & 07777U, 04751U);
  EXPECT_EQ(facts_of("/t/sub").st_mtim.tv_sec, 2000);
  EXPECT_EQ(facts_of("/t").st_mtim.tv_sec, 2000);
  EXPECT_EQ(facts_of("/t/sparse").st_size, static_cast<off_t>(300 * kMiB));
  EXPECT_LT(facts_of("/t/sparse").st_blocks * 512, static_cast<off_t>(kMiB));
  EXPECT_EQ(packed("/t").size(), archive.size());
  unpacked(archive, "/t");  // over what is there
  EXPECT_EQ(get("/t/a"), "A");
}

TEST_F(FileArchive, ToAFileByTheKernel) {
  put("/s/big", std::string(9 * kMiB + 5, 'b'));
  put("/s/small", "s");
  {
    base::FileSink sink(temp.file("out.tar"));
    pack(*root, "/s", sink, {}, progress);
    sink.finish();
  }
  EXPECT_EQ(get_host(temp.file("out.tar")), packed("/s"));
}

TEST_F(FileArchive, Compression) {
  put("/s/a", std::string(100'000, 'a'));
  std::filesystem::create_directory(host("/t"));
  for (const char* method : {"gzip", "bzip2", "xz", "zstd", "compress", "lzma"}) {
    const std::string archive = packed("/s", {.method = method});
    EXPECT_LT(archive.size(), 5000U) << method;
    std::filesystem::remove(host("/t/a"));
    unpacked(archive, "/t", {.method = method});
    EXPECT_EQ(get("/t/a").size(), 100'000U) << method;
    std::filesystem::remove(host("/t/a"));
    unpacked(archive, "/t");
    EXPECT_EQ(get("/t/a").size(), 100'000U) << method;
  }
  EXPECT_EQ(error_of([&] { packed("/s", {.method = "zip"}); }), EINVAL);
  EXPECT_NE(error_of([&] { unpacked(packed("/s"), "/t", {.method = "gzip"}); }), 0);
}

TEST_F(FileArchive, Excludes) {
  put("/s/a.txt", "");
  put("/s/a.dat", "");
  put("/s/cache/x", "");
  put("/s/sub/cache/y.txt", "");
  std::string names;
  for (const TarEntry& entry : entries(packed("/s", {.excludes = {"*.txt", "./cache"}})))
    names += entry.path + " ";
  EXPECT_NE(names.find("./a.dat "), std::string::npos);
  EXPECT_NE(names.find("./sub/cache/ "), std::string::npos);
  EXPECT_EQ(names.find(".txt"), std::string::npos);
  EXPECT_EQ(names.find("./cache"), std::string::npos);
  EXPECT_TRUE(is_excluded({"sub/*"}, "./sub/x"));
  EXPECT_FALSE(is_excluded({"ub"}, "./sub"));
}

TEST_F(FileArchive, OwnersAreThoseOfTheGuest) {
  put("/etc/passwd", "me:x:" + std::to_string(::getuid()) + ":0::/:\n");
  put("/s/a", "");
  EXPECT_EQ(entries(packed("/s")).at(1).user, "");
  base::MemorySink sink;
  pack(*root, "/s", sink, {}, progress);
  EXPECT_NE(sink.take().find("me"), std::string::npos);
  pack(*root, "/s", sink, {.numeric_owner = true}, progress);
  EXPECT_EQ(sink.take().find("me"), std::string::npos);
}

TEST_F(FileArchive, ExtendedAttributes) {
  put("/s/a", "");
  const base::UniqueFd file = root->open_regular("/s/a", O_RDONLY);
  if (set_xattr(file.get(), "user.x", std::string("v\0=\n", 4)) != 0 ||
      !set_acl(file.get(), false, "u::rw,u:7:r,g::r,m::r,o::-"))
    GTEST_SKIP() << "needs extended attributes and ACLs in the temporary directory";
  std::filesystem::create_directory(host("/t"));
  const std::string archive = packed("/s", {.xattrs = true, .acls = true});
  unpacked(archive, "/t");
  EXPECT_TRUE(get_xattrs(*root, "/t/a", Links::keep).empty());
  unpacked(archive, "/t", {.xattrs = true, .acls = true});
  EXPECT_EQ(get_xattr(*root, "/t/a", "user.x", Links::keep), std::string("v\0=\n", 4));
  EXPECT_NE(get_acl(*root, "/t/a", "access").find("user:7:r--"), std::string::npos);
}

TEST_F(FileArchive, NoMemberLeavesTheDirectory) {
  std::filesystem::create_directory(host("/t"));
  put("/etc/passwd", "old");
  unpacked(archive_of({{member("/abs/f"), "x"}, {member("./a//b/./c"), "y"}}), "/t");
  EXPECT_EQ(get("/t/abs/f"), "x");
  EXPECT_EQ(get("/t/a/b/c"), "y");
  for (const char* name : {"../etc/passwd", "a/../../etc/passwd", ".."})
    EXPECT_EQ(error_of([&] { unpacked(archive_of({{member(name), "new"}}), "/t"); }), EINVAL);
  EXPECT_EQ(error_of([&] { unpacked(archive_of({{member("./"), "x"}}), "/t"); }), 0);
  EXPECT_EQ(error_of([&] {
              unpacked(archive_of({{member("h", TarType::kHardLink, "../etc/passwd"), ""}}), "/t");
            }),
            EINVAL);
  EXPECT_EQ(get("/etc/passwd"), "old");
}

TEST_F(FileArchive, NoMemberGoesThroughALinkOfTheArchive) {
  std::filesystem::create_directory(host("/t"));
  put("/etc/passwd", "old");
  for (const std::string& target : {std::string("/etc"), std::string("../etc"),
                                    temp.file("outside")}) {
    const std::string archive = archive_of({{member("d", TarType::kSymlink, target), ""},
                                            {member("d/passwd"), "new"}});
    EXPECT_NE(error_of([&] { unpacked(archive, "/t"); }), 0) << target;
    std::filesystem::remove_all(host("/t"));
    std::filesystem::create_directory(host("/t"));
    // One that is harmless itself and leads to one that is not.
    const std::string chain = archive_of({{member("a", TarType::kSymlink, "d"), ""},
                                          {member("d", TarType::kSymlink, target), ""},
                                          {member("a/passwd"), "new"}});
    EXPECT_NE(error_of([&] { unpacked(chain, "/t"); }), 0) << target;
    std::filesystem::remove_all(host("/t"));
    std::filesystem::create_directory(host("/t"));
  }
  EXPECT_EQ(get("/etc/passwd"), "old");
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(FileArchive, LinksAreMadeInTheEnd) {
  std::filesystem::create_directory(host("/t"));
  unpacked(archive_of({{member("up", TarType::kSymlink, "../x"), ""},
                       {member("hard", TarType::kHardLink, "up"), ""},
                       {member("now", TarType::kSymlink, "/y"), ""},
                       {member("now"), "file"}}),
           "/t");
  EXPECT_EQ(std::filesystem::read_symlink(host("/t/up")), "../x");
  EXPECT_EQ(std::filesystem::read_symlink(host("/t/hard")), "../x");
  EXPECT_EQ(get("/t/now"), "file");
}

TEST_F(FileArchive, WhatTheGuestHasIsKeptAsTarDoes) {
  std::filesystem::create_directory(host("/t"));
  put("/real/old", "1");
  link("/real", "/t/d");
  link("/real/old", "/t/f");
  const std::string archive = archive_of({{member("d/", TarType::kDirectory), ""},
                                          {member("d/new"), "2"},
                                          {member("f"), "3"}});
  unpacked(archive, "/t", {.keep_directory_links = true});
  EXPECT_EQ(get("/real/new"), "2");
  EXPECT_EQ(get("/real/old"), "1") << "a link in the place of a file is replaced";
  EXPECT_EQ(get("/t/f"), "3");
  unpacked(archive, "/t");
  EXPECT_TRUE(S_ISDIR(facts_of("/t/d").st_mode));
  put("/t2/f/x", "");
  EXPECT_EQ(error_of([&] { unpacked(archive, "/t2"); }), ENOTEMPTY);
  link(temp.file("outside"), "/t3");
  EXPECT_EQ(error_of([&] { unpacked(archive, "/t3"); }), ENOENT);
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(FileArchive, DevicesAndOwners) {
  if (!is_superuser()) GTEST_SKIP() << "needs root: device nodes and owners";
  std::filesystem::create_directory(host("/s"));
  ASSERT_EQ(::mknod(host("/s/b").c_str(), S_IFBLK | 0600, makedev(8, 300)), 0);
  put("/s/f", "");
  ASSERT_EQ(::chown(host("/s/f").c_str(), 4'000'000, 4'000'001), 0);
  ASSERT_EQ(::chmod(host("/s/f").c_str(), 06755), 0);
  std::filesystem::create_directory(host("/t"));
  unpacked(packed("/s"), "/t");
  EXPECT_EQ(facts_of("/t/b").st_rdev, makedev(8, 300));
  EXPECT_EQ(facts_of("/t/f").st_uid, 4'000'000U);
  EXPECT_EQ(facts_of("/t/f").st_gid, 4'000'001U);
  EXPECT_EQ(facts_of("/t/f").st_mode & 07777U, 06755U);
}

TEST_F(FileArchive, SocketsAreLeftOut) {
  std::filesystem::create_directory(host("/s"));
  ASSERT_EQ(::mknod(host("/s/socket").c_str(), S_IFSOCK | 0600, 0), 0);
  EXPECT_EQ(entries(packed("/s")).size(), 1U);
}

TEST_F(FileArchive, BrokenArchivesAreErrors) {
  put("/s/a", std::string(5000, 'a'));
  std::filesystem::create_directory(host("/t"));
  const std::string archive = packed("/s");
  for (const std::size_t size : {100U, 512U + 100U, 1024U + 100U, 4000U})
    EXPECT_NE(error_of([&] { unpacked(archive.substr(0, size), "/t"); }), 0) << size;
  std::string damaged = archive;
  damaged[100] ^= 1;
  EXPECT_EQ(error_of([&] { unpacked(damaged, "/t"); }), EUCLEAN);
  EXPECT_NE(error_of([&] { unpacked(std::string(2000, 'x'), "/t"); }), 0);
  EXPECT_EQ(error_of([&] { unpacked("", "/t"); }), 0);
  EXPECT_EQ(error_of([&] { unpacked(archive, "/none"); }), ENOENT);
  EXPECT_EQ(error_of([&] { unpacked(archive, "/s/a"); }), ENOTDIR);
}

TEST_F(FileArchive, Cpio) {
  put("/s/a", "AB");
  std::filesystem::create_hard_link(host("/s/a"), host("/s/b"));
  link("a", "/s/l");
  base::MemorySink sink;
  pack_cpio(*root, "/s", sink, "newc", progress);
  const std::string plain = sink.take();
  EXPECT_TRUE(plain.starts_with("070701"));
  EXPECT_NE(plain.find("TRAILER!!!"), std::string::npos);
  EXPECT_EQ(plain.size() % 4, 0U);
  pack_cpio(*root, "/s", sink, "crc", progress);
  const std::string sums = sink.take();
  EXPECT_TRUE(sums.starts_with("070702"));
  EXPECT_NE(sums.find("00000083"), std::string::npos);  // 'A' + 'B'
  EXPECT_EQ(error_of([&] { pack_cpio(*root, "/s", sink, "odc", progress); }), EINVAL);
}

TEST_F(FileArchive, LocalTrees) {
  std::filesystem::create_directories(temp.file("local/sub"));
  put_host(temp.file("local/sub/f"), "content");
  put_host(temp.file("single"), "one");
  std::filesystem::create_symlink("/etc", temp.file("local/etc"));
  base::MemorySink sink;
  pack_local(temp.file("local"), sink, progress);
  std::filesystem::create_directory(host("/t"));
  unpacked(sink.take(), "/t");
  EXPECT_EQ(get("/t/local/sub/f"), "content");
  EXPECT_EQ(std::filesystem::read_symlink(host("/t/local/etc")), "/etc");
  pack_local(temp.file("single"), sink, progress);
  unpacked(sink.take(), "/t");
  EXPECT_EQ(get("/t/single"), "one");
  EXPECT_EQ(error_of([&] { pack_local("/", sink, progress); }), EINVAL);
  EXPECT_EQ(error_of([&] { pack_local(temp.file("none"), sink, progress); }), ENOENT);

  std::filesystem::create_directory(temp.file("back"));
  const std::string archive = packed("/t");
  base::MemorySource source(archive);
  unpack_local(source, temp.file("back"), progress);
  EXPECT_EQ(get_host(temp.file("back/local/sub/f")), "content");
  const std::string evil_archive =
      archive_of({{member("d", TarType::kSymlink, "../outside"), ""}, {member("d/secret"), "x"}});
  base::MemorySource evil_source(evil_archive);
  EXPECT_NE(error_of([&] { unpack_local(evil_source, temp.file("back"), progress); }), 0);
  EXPECT_TRUE(outside_is_untouched());
}

}  // namespace
}  // namespace vmcraft::file
