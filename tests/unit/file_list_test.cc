// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/list.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

#include "file/path.h"
#include "file/status.h"
#include "unit/file_support.h"

namespace vmcraft::file {
namespace {

using Names = std::vector<std::string>;

class FileList : public FileTest {};

TEST_F(FileList, NamesAreSortedAndAnyBytes) {
  put("/d/b", "");
  put("/d/.hidden", "");
  put("/d/a\nb", "");
  put("/d/\xff\xfe", "");
  EXPECT_EQ(list_names(*root, "/d"), (Names{".hidden", "a\nb", "b", "\xff\xfe"}));
  base::MemorySink out;
  list_names(*root, "/d", out);
  EXPECT_EQ(out.take(), std::string(".hidden\0a\nb\0b\0\xff\xfe\0", 17));
  EXPECT_EQ(error_of([&] { list_names(*root, "/d/b"); }), ENOTDIR);
}

TEST_F(FileList, ManyNames) {
  std::filesystem::create_directory(host("/d"));
  for (int i = 0; i < 20'000; ++i) put_host(host("/d/file" + std::to_string(i)), "");
  EXPECT_EQ(list_names(*root, "/d").size(), 20'000U);
  EXPECT_EQ(directory_entries(*root, "/d", progress).size(), 20'002U);
}

TEST_F(FileList, Entries) {
  put("/r", "");
  link("r", "/l");
  std::filesystem::create_directory(host("/d"));
  ASSERT_EQ(::mkfifo(host("/f").c_str(), 0600), 0);
  std::string kinds;
  std::int64_t dot = 0;
  std::int64_t up = 0;
  auto entries = directory_entries(*root, "/", progress);
  std::sort(entries.begin(), entries.end(),
            [](const Dirent& a, const Dirent& b) { return a.name < b.name; });
  for (const Dirent& entry : entries) {
    kinds += entry.ftyp;
    if (entry.name == ".") dot = entry.ino;
    if (entry.name == "..") up = entry.ino;
  }
  EXPECT_EQ(kinds, "dddflr");
  EXPECT_EQ(dot, up) << "nothing above the root is told";
}

TEST_F(FileList, FindListsWithoutFollowing) {
  put("/d/a", "");
  put("/d/s/b", "");
  put("/d/s/t/c", "");
  link("/d", "/d/s/loop");
  link(temp.file("outside"), "/d/out");
  EXPECT_EQ(find(*root, "/d", progress),
            (Names{"a", "out", "s", "s/b", "s/loop", "s/t", "s/t/c"}));
  base::MemorySink out;
  find(*root, "/d/s", out, progress);
  EXPECT_EQ(out.take(), std::string("b\0loop\0t\0t/c\0", 13));
  link("d/s", "/top");
  EXPECT_EQ(find(*root, "/top", progress).size(), 4U);
}

TEST_F(FileList, DeepTreesNeedFewDescriptors) {
  constexpr int kDepth = 1500;
  base::UniqueFd at = base::open_file(host(""), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "deep", 0755), 0);
    at.reset(::openat(at.get(), "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  const base::UniqueFd file(::openat(at.get(), "bottom", O_CREAT | O_WRONLY, 0644));
  EXPECT_TRUE(file);
  const Names names = find(*root, "/", progress);
  ASSERT_EQ(names.size(), kDepth + 1U);
  EXPECT_TRUE(names.back().ends_with("deep/bottom"));
}

TEST_F(FileList, LongListing) {
  put("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nghost:x:12345:0::/:\n");
  put("/etc/group", "root:x:0:\n");
  put("/d/f", "hello");
  link("f", "/d/l");
  std::filesystem::permissions(host("/d/f"), std::filesystem::perms(04751));
  if (is_superuser()) {
    ASSERT_EQ(::chown(host("/d/f").c_str(), 12345, 4242), 0);
  }
  std::filesystem::permissions(host("/d/f"), std::filesystem::perms(04751));
  const std::string text = long_listing(*root, "/d", Labels::hide);
  EXPECT_TRUE(text.starts_with("total "));
  EXPECT_NE(text.find("-rwsr-x--x 1 "), std::string::npos) << text;
  EXPECT_NE(text.find(" l -> f\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" ..\n"), std::string::npos) << text;
  if (is_superuser()) {
    EXPECT_NE(text.find(" ghost 4242 "), std::string::npos) << text;
  }
  EXPECT_NE(long_listing(*root, "/d", Labels::show).find(" ? "), std::string::npos);
}

TEST_F(FileList, ModifiedSince) {
  put("/old", "");
  put("/d/new", "");
  const auto stamp = [&](const char* path, time_t seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, host(path).c_str(), times, 0), 0);
  };
  stamp("/old", 1'000'000'000);
  stamp("/d/new", 1'700'000'000);  // 2023-11-14T22:13:20Z
  EXPECT_EQ(find_modified_since(*root, "2023-11-14", progress), Names{"/d/new"});
  EXPECT_EQ(find_modified_since(*root, "2023-11-14T22:13:20Z", progress), Names{"/d/new"});
  EXPECT_EQ(find_modified_since(*root, "2023-11-14T22:13:21Z", progress), Names{});
  EXPECT_EQ(find_modified_since(*root, "2001-01-01", progress), (Names{"/d/new", "/old"}));
}

TEST_F(FileList, Dates) {
  EXPECT_EQ(parse_date("1970-01-02").tv_sec, 86400);
  EXPECT_EQ(parse_date("2024-02-29T12:30").tv_sec, 1709209800);
  EXPECT_EQ(parse_date("2024-02-29 12:30:15").tv_sec, 1709209815);
  EXPECT_EQ(parse_date("2024-02-29T12:30:15.25Z").tv_nsec, 250'000'000);
  EXPECT_EQ(parse_date("2024-02-29T12:30:15+02:00").tv_sec, 1709209815 - 7200);
  EXPECT_EQ(parse_date("2024-02-29T12:30:15-0130").tv_sec, 1709209815 + 5400);
  for (const char* text : {"", "2024", "2024-02-30", "2024-13-01", "2024-01-01T", "yesterday",
                           "2024-01-01T10:00x", "2024-01-01T25:00"})
    EXPECT_EQ(error_of([&] { parse_date(text); }), EINVAL) << text;
}

TEST_F(FileList, Patterns) {
  put("/d/a.txt", "");
  put("/d/b.txt", "");
  put("/d/c.dat", "");
  put("/d/sub/x", "");
  link(temp.file("outside"), "/d/out");
  EXPECT_EQ(expand_pattern(*root, "/d/*.txt", true), (Names{"/d/a.txt", "/d/b.txt"}));
  EXPECT_EQ(expand_pattern(*root, "/d/{a,c}.*", true), (Names{"/d/a.txt", "/d/c.dat"}));
  EXPECT_EQ(expand_pattern(*root, "/d/s*", true), Names{"/d/sub/"});
  EXPECT_EQ(expand_pattern(*root, "/d/s*", false), Names{"/d/sub"});
  EXPECT_EQ(expand_pattern(*root, "/*/[ab].txt", true), (Names{"/d/a.txt", "/d/b.txt"}));
  EXPECT_EQ(expand_pattern(*root, "/d/none*", true), Names{});
  EXPECT_EQ(expand_pattern(*root, "/d/out/*", true), Names{}) << "leads outside";
  EXPECT_EQ(expand_pattern(*root, "/../*", false), Names{"/../d"});
}

TEST_F(FileList, Facts) {
  put("/f", "12345");
  link("f", "/l");
  EXPECT_EQ(facts(*root, "/l", Links::follow).st_size, 5);
  EXPECT_TRUE(S_ISLNK(facts(*root, "/l", Links::keep).st_mode));
  EXPECT_EQ(to_stat(*root, facts(*root, "/f", Links::keep)).size, 5);
  EXPECT_EQ(to_statns(*root, facts(*root, "/f", Links::keep)).st_size, 5);
  EXPECT_EQ(error_of([&] { facts(*root, "/none", Links::keep); }), ENOENT);
  const auto list = stat_list(*root, "/", {"f", "none", "l", "", "../f"});
  ASSERT_EQ(list.size(), 5U);
  EXPECT_EQ(list[0].size, 5);
  EXPECT_EQ(list[1].ino, -1);
  EXPECT_TRUE(S_ISLNK(static_cast<mode_t>(list[2].mode)));
  EXPECT_EQ(list[3].ino, -1);
  EXPECT_EQ(list[4].ino, list[0].ino);
  EXPECT_EQ(statns_list(*root, "/", {"none"})[0].st_ino, -1);
  EXPECT_GT(file_system_facts(*root, "/").blocks, 0);
}

TEST_F(FileList, Kinds) {
  put("/f", "");
  link("f", "/l");
  link("none", "/dangling");
  ASSERT_EQ(::mkfifo(host("/p").c_str(), 0600), 0);
  EXPECT_TRUE(exists(*root, "/l"));
  EXPECT_TRUE(exists(*root, "/dangling"));
  EXPECT_FALSE(exists(*root, "/f/x"));
  link("/round", "/round");
  EXPECT_TRUE(exists(*root, "/round"));
  EXPECT_EQ(error_of([&] { is_type(*root, "/round", S_IFCHR, Links::follow); }), ELOOP);
  EXPECT_FALSE(exists(*root, "/" + std::string(5000, 'x')));
  EXPECT_TRUE(is_type(*root, "/f", S_IFREG, Links::keep));
  EXPECT_FALSE(is_type(*root, "/l", S_IFREG, Links::keep));
  EXPECT_TRUE(is_type(*root, "/l", S_IFREG, Links::follow));
  EXPECT_TRUE(is_type(*root, "/dangling", S_IFLNK, Links::keep));
  EXPECT_FALSE(is_type(*root, "/dangling", S_IFREG, Links::follow));
  EXPECT_TRUE(is_type(*root, "/p", S_IFIFO, Links::keep));
  EXPECT_TRUE(is_type(*root, "/", S_IFDIR, Links::keep));
}

TEST_F(FileList, DiskUsageCountsHardLinksOnce) {
  put("/d/f", std::string(1 << 20, 'x'));
  const std::int64_t once = disk_usage(*root, "/d", progress);
  EXPECT_GE(once, 1024);
  std::filesystem::create_hard_link(host("/d/f"), host("/d/g"));
  link(temp.file("outside"), "/d/out");
  EXPECT_EQ(disk_usage(*root, "/d", progress), once);
  EXPECT_GE(disk_usage(*root, "/d/f", progress), 1024);
}

TEST_F(FileList, SpaceTable) {
  const std::string table = space_table(*root, {{"/dev/sda1", "/"}}, Units::kibibytes);
  EXPECT_TRUE(table.starts_with("Filesystem"));
  EXPECT_NE(table.find("\n/dev/sda1 "), std::string::npos);
  EXPECT_NE(space_table(*root, {{"/dev/sda1", "/"}}, Units::readable).find("Size"),
            std::string::npos);
}

TEST_F(FileList, TextsOfLinks) {
  link("some where", "/l");
  put("/f", "");
  EXPECT_EQ(read_link(*root, "/l"), "some where");
  EXPECT_EQ(error_of([&] { read_link(*root, "/f"); }), EINVAL);
  EXPECT_EQ(error_of([&] { read_link(*root, "/none"); }), ENOENT);
  EXPECT_EQ(read_links(*root, "/", {"l", "f", "none", ""}), (Names{"some where", "", "", ""}));
  link(std::string(4000, 'x'), "/long");
  EXPECT_EQ(read_link(*root, "/long").size(), 4000U);
}

TEST_F(FileList, RealPath) {
  put("/a/b/f", "");
  link("/a/b", "/abs");
  link("../b/./f", "/a/rel");
  link("loop2", "/loop1");
  link("loop1", "/loop2");
  link("../../../a", "/up");
  std::filesystem::create_directory(host("/a/c"));
  link("../b", "/a/c/b");
  EXPECT_EQ(real_path(*root, "/"), "/");
  EXPECT_EQ(real_path(*root, "//a/./b/../b/f"), "/a/b/f");
  EXPECT_EQ(real_path(*root, "/abs/f"), "/a/b/f");
  EXPECT_EQ(real_path(*root, "/a/c/b/f"), "/a/b/f");
  EXPECT_EQ(real_path(*root, "/up/b"), "/a/b");
  EXPECT_EQ(real_path(*root, "/../../a"), "/a");
  EXPECT_EQ(error_of([&] { real_path(*root, "/loop1"); }), ELOOP);
  EXPECT_EQ(error_of([&] { real_path(*root, "/none"); }), ENOENT);
  EXPECT_EQ(error_of([&] { real_path(*root, "/a/b/f/.."); }), ENOTDIR);
}

TEST_F(FileList, CaseSensitivePath) {
  put("/Windows/System32/a.DLL", "");
  put("/Windows/dup", "");
  put("/Windows/DUP", "");
  EXPECT_EQ(case_sensitive_path(*root, "/"), "/");
  EXPECT_EQ(case_sensitive_path(*root, "/WINDOWS/system32/A.dll"), "/Windows/System32/a.DLL");
  EXPECT_EQ(case_sensitive_path(*root, "/windows/NewFile"), "/Windows/NewFile");
  EXPECT_EQ(case_sensitive_path(*root, "/windows/dup"), "/Windows/dup");
  EXPECT_EQ(error_of([&] { case_sensitive_path(*root, "/windows/Dup"); }), EINVAL);
  EXPECT_EQ(error_of([&] { case_sensitive_path(*root, "/none/x"); }), ENOENT);
  EXPECT_EQ(error_of([&] { case_sensitive_path(*root, "/windows/NewFile/"); }), ENOENT);
  EXPECT_EQ(error_of([&] { case_sensitive_path(*root, "/windows/../x"); }), EINVAL);
}

}  // namespace
}  // namespace vmcraft::file
