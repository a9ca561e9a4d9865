// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/write.h"

#include <sys/sysmacros.h>

#include "file/attributes.h"
#include "file/copy.h"
#include "file/create.h"
#include "file/remove.h"
#include "file/transfer.h"
#include "file/xattr.h"
#include "unit/file_support.h"

namespace vmcraft::file {
namespace {

class FileWrite : public FileTest {
 protected:
  mode_t mode(const std::string& path) const { return facts_of(path).st_mode & 07777U; }
};

TEST_F(FileWrite, ModesFollowTheSessionNotTheProcess) {
  const mode_t process = ::umask(0077);
  write_content(*root, "/a", "x", session);
  session.umask = 0;
  write_content(*root, "/b", "x", session);
  make_directory(*root, "/d", 0777, session);
  make_node(*root, "/p", S_IFIFO, 0666, 0, 0, session);
  touch(*root, "/t", session);
  fill_directory(*root, "/d", 1, session);
  session.umask = 0027;
  make_directory(*root, "/e", 0777, session);
  ::umask(process);
  EXPECT_EQ(mode("/a"), 0644U);
  EXPECT_EQ(mode("/b"), 0666U);
  EXPECT_EQ(mode("/d"), 0777U);
  EXPECT_EQ(mode("/p"), 0666U);
  EXPECT_EQ(mode("/t"), 0666U);
  EXPECT_EQ(mode("/d/00000000"), 0666U);
  EXPECT_EQ(mode("/e"), 0750U);
}

TEST_F(FileWrite, Umask) {
  EXPECT_EQ(change_umask(session, 0077), 022);
  EXPECT_EQ(change_umask(session, 0), 0077);
  EXPECT_EQ(error_of([&] { change_umask(session, -1); }), EINVAL);
  EXPECT_EQ(error_of([&] { change_umask(session, 01000); }), EINVAL);
}

TEST_F(FileWrite, Content) {
  write_content(*root, "/f", "long content", session);
  write_content(*root, "/f", "short", session);
  append_content(*root, "/f", "er", session);
  EXPECT_EQ(get("/f"), "shorter");
  append_content(*root, "/new", "n", session);
  EXPECT_EQ(get("/new"), "n");
  EXPECT_EQ(text_prefix("abc", 0), "abc");
  EXPECT_EQ(text_prefix("abc", 2), "ab");
  EXPECT_EQ(error_of([] { text_prefix("abc", 4); }), EINVAL);
  EXPECT_EQ(error_of([&] { write_content(*root, "/none/f", "", session); }), ENOENT);
  EXPECT_NE(error_of([&] { write_content(*root, "/", "", session); }), 0);
}

TEST_F(FileWrite, LinksLeadOnlyInside) {
  link(temp.file("outside/secret"), "/absolute");
  link("../outside/secret", "/relative");
  link("../outside", "/folder");
  EXPECT_EQ(error_of([&] { write_content(*root, "/absolute", "x", session); }), ENOENT);
  EXPECT_EQ(error_of([&] { write_content(*root, "/folder/secret", "x", session); }), ENOENT);
  EXPECT_EQ(error_of([&] { make_directory(*root, "/folder/d", 0777, session); }), ENOENT);
  EXPECT_EQ(error_of([&] { make_symlink(*root, "x", "/folder/l", Replace::no); }), ENOENT);
  EXPECT_EQ(error_of([&] { remove_tree(*root, "/folder/secret", progress); }), 0);
  EXPECT_EQ(error_of([&] { change_mode(*root, "/absolute", 0777); }), ENOENT);
  EXPECT_EQ(error_of([&] { change_owner(*root, "/relative", 1, 1, Links::follow); }), ENOENT);
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(FileWrite, FifosAndDevicesAreRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo(host("/p").c_str(), 0600), 0);
  EXPECT_NE(error_of([&] { write_content(*root, "/p", "x", session); }), 0);
  EXPECT_NE(error_of([&] { touch(*root, "/p", session); }), 0);
  link("new", "/l");
  EXPECT_EQ(error_of([&] { touch(*root, "/l", session); }), EINVAL);
  EXPECT_NE(error_of([&] { truncate(*root, "/p", 0); }), 0);
}

TEST_F(FileWrite, Sizes) {
  put("/f", "hello");
  truncate(*root, "/f", 3);
  EXPECT_EQ(get("/f"), "hel");
  truncate(*root, "/f", 5);
  EXPECT_EQ(get("/f"), std::string("hel\0\0", 5));
  EXPECT_EQ(error_of([&] { truncate(*root, "/none", 0); }), ENOENT);
  EXPECT_EQ(error_of([&] { truncate(*root, "/f", -1); }), EINVAL);
  allocate(*root, "/a", 100'000, session);
  EXPECT_EQ(facts_of("/a").st_size, 100'000);
  EXPECT_GE(facts_of("/a").st_blocks * 512, 100'000);
  allocate(*root, "/a", 0, session);
  EXPECT_EQ(facts_of("/a").st_size, 0);
}

TEST_F(FileWrite, Filling) {
  fill(*root, "/a", byte_pattern('x'), 1'000'000, session, progress);
  EXPECT_EQ(get("/a"), std::string(1'000'000, 'x'));
  fill(*root, "/b", "abc", 7, session, progress);
  EXPECT_EQ(get("/b"), "abcabca");
  fill(*root, "/b", "abc", 900'001, session, progress);
  EXPECT_EQ(get("/b").substr(899'997), "abca");
  EXPECT_EQ(error_of([] { byte_pattern(256); }), EINVAL);
  EXPECT_EQ(error_of([&] { fill(*root, "/b", "", 1, session, progress); }), EINVAL);
  std::filesystem::create_directory(host("/d"));
  fill_directory(*root, "/d", 3, session);
  EXPECT_TRUE(std::filesystem::exists(host("/d/00000002")));
}

TEST_F(FileWrite, Directories) {
  make_directory(*root, "/a", 0700, session);
  EXPECT_EQ(mode("/a"), 0700U);
  EXPECT_EQ(error_of([&] { make_directory(*root, "/a", 0700, session); }), EEXIST);
  EXPECT_EQ(error_of([&] { make_directory(*root, "/", 0700, session); }), EEXIST);
  EXPECT_EQ(error_of([&] { make_directory(*root, "/x/y", 0700, session); }), ENOENT);
  EXPECT_EQ(error_of([&] { make_directory(*root, "/x", -1, session); }), EINVAL);
  make_directories(*root, "/a/b/c", session);
  make_directories(*root, "/a/b/c/", session);
  EXPECT_TRUE(std::filesystem::is_directory(host("/a/b/c")));
  put("/f", "");
  EXPECT_EQ(error_of([&] { make_directories(*root, "/f", session); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { make_directories(*root, "/f/x", session); }), ENOTDIR);
  link("a/b", "/l");
  make_directories(*root, "/l/d", session);
  EXPECT_TRUE(std::filesystem::is_directory(host("/a/b/d")));
}

TEST_F(FileWrite, UniqueNames) {
  std::filesystem::create_directory(host("/tmp"));
  const std::string folder = make_unique_directory(*root, "/tmp/xXXXXXX");
  EXPECT_TRUE(folder.starts_with("/tmp/x"));
  EXPECT_EQ(folder.size(), 12U);
  EXPECT_EQ(mode(folder), 0700U);
  const std::string file = make_unique_file(*root, "/tmp/XXXXXX", ".txt");
  EXPECT_TRUE(file.ends_with(".txt"));
  EXPECT_EQ(mode(file), 0600U);
  EXPECT_EQ(error_of([&] { make_unique_file(*root, "/tmp/XXXXX", ""); }), EINVAL);
  EXPECT_EQ(error_of([&] { make_unique_file(*root, "/tmp/XXXXXX", "/x"); }), EINVAL);
  EXPECT_EQ(error_of([&] { make_unique_directory(*root, "/no/XXXXXX"); }), ENOENT);
}

TEST_F(FileWrite, Nodes) {
  make_node(*root, "/p", S_IFIFO, 0644, 0, 0, session);
  EXPECT_TRUE(S_ISFIFO(facts_of("/p").st_mode));
  EXPECT_EQ(error_of([&] { make_node(*root, "/p", S_IFIFO, 0644, 0, 0, session); }), EEXIST);
  if (!is_superuser()) GTEST_SKIP() << "needs root: device nodes";
  make_node(*root, "/b", S_IFBLK, 0640, 8, 1, session);
  EXPECT_TRUE(S_ISBLK(facts_of("/b").st_mode));
  EXPECT_EQ(facts_of("/b").st_rdev, makedev(8, 1));
  make_node(*root, "/c", 0, S_IFCHR | 0600, 5, 2, session);
  EXPECT_TRUE(S_ISCHR(facts_of("/c").st_mode));
}

TEST_F(FileWrite, Links) {
  put("/f", "1");
  put("/g", "2");
  make_link(*root, "/f", "/h", Replace::no);
  EXPECT_EQ(facts_of("/f").st_ino, facts_of("/h").st_ino);
  EXPECT_EQ(error_of([&] { make_link(*root, "/g", "/h", Replace::no); }), EEXIST);
  make_link(*root, "/g", "/h", Replace::yes);
  EXPECT_EQ(facts_of("/g").st_ino, facts_of("/h").st_ino);
  make_symlink(*root, "any text", "/s", Replace::no);
  EXPECT_EQ(error_of([&] { make_symlink(*root, "x", "/s", Replace::no); }), EEXIST);
  make_symlink(*root, "x", "/s", Replace::yes);
  EXPECT_EQ(std::filesystem::read_symlink(host("/s")), "x");
  std::filesystem::create_directory(host("/d"));
  make_symlink(*root, "any/text", "/d", Replace::no);
  EXPECT_EQ(std::filesystem::read_symlink(host("/d/text")), "any/text");
  make_link(*root, "/f", "/d", Replace::no);
  EXPECT_EQ(get("/d/f"), get("/f"));
  EXPECT_EQ(error_of([&] { make_symlink(*root, "x", "/new/", Replace::no); }), ENOENT);
  EXPECT_EQ(error_of([&] { make_link(*root, "/f", "/new/", Replace::no); }), ENOENT);
}

TEST_F(FileWrite, AttributesOfPaths) {
  put("/f", "");
  link("f", "/l");
  change_mode(*root, "/l", 04711);
  EXPECT_EQ(mode("/f"), 04711U);
  EXPECT_EQ(error_of([&] { change_mode(*root, "/f", 010000); }), EINVAL);
  EXPECT_EQ(error_of([&] { change_mode(*root, "/f", -1); }), EINVAL);
  ASSERT_EQ(::mkfifo(host("/p").c_str(), 0600), 0);
  change_mode(*root, "/p", 0640);
  EXPECT_EQ(mode("/p"), 0640U);
  change_times(*root, "/l", time_argument(100, 5), time_argument(200, 6), Links::follow);
  EXPECT_EQ(facts_of("/f").st_atim.tv_sec, 100);
  EXPECT_EQ(facts_of("/f").st_mtim.tv_nsec, 6);
  change_times(*root, "/f", time_argument(0, -2), time_argument(0, -1), Links::follow);
  EXPECT_EQ(facts_of("/f").st_atim.tv_sec, 100);
  EXPECT_GT(facts_of("/f").st_mtim.tv_sec, 1'000'000'000);
  change_times(*root, "/l", time_argument(300, 0), time_argument(400, 0), Links::keep);
  EXPECT_EQ(facts_of("/f").st_atim.tv_sec, 100);
  EXPECT_EQ(facts_of("/l").st_mtim.tv_sec, 400);
  EXPECT_EQ(error_of([] { time_argument(0, -3); }), EINVAL);
  EXPECT_EQ(error_of([] { time_argument(0, 1'000'000'000); }), EINVAL);
  if (!is_superuser()) GTEST_SKIP() << "needs root: owners";
  change_owner(*root, "/l", 7, -1, Links::follow);
  change_owner(*root, "/l", 8, 9, Links::keep);
  EXPECT_EQ(facts_of("/f").st_uid, 7U);
  EXPECT_EQ(facts_of("/f").st_gid, 0U);
  EXPECT_EQ(facts_of("/l").st_uid, 8U);
  copy_attributes(*root, "/f", "/p", {.mode = true, .owner = true});
  EXPECT_EQ(facts_of("/p").st_uid, 7U);
}

TEST_F(FileWrite, ExtendedAttributes) {
  put("/f", "");
  if (error_of([&] { set_xattr(*root, "/f", "user.a", "value", 3, Links::follow); }) == ENOTSUP)
    GTEST_SKIP() << "needs extended attributes in the temporary directory";
  EXPECT_EQ(get_xattr(*root, "/f", "user.a", Links::follow), "val");
  set_xattr(*root, "/f", "user.b", std::string(3000, 'x'), 3000, Links::keep);
  EXPECT_EQ(get_xattrs(*root, "/f", Links::keep).size(), 2U);
  link("f", "/l");
  EXPECT_EQ(get_xattr(*root, "/l", "user.b", Links::follow).size(), 3000U);
  EXPECT_NE(error_of([&] { get_xattr(*root, "/l", "user.b", Links::keep); }), 0);
  EXPECT_EQ(error_of([&] { set_xattr(*root, "/f", "user.c", "v", 2, Links::keep); }), EINVAL);
  const auto list = xattr_list(*root, "/", {"f", "none"});
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(list[0].attrname, "");
  EXPECT_EQ(list[0].attrval, "2");
  EXPECT_EQ(list[3].attrval, "");
  put("/g", "");
  copy_attributes(*root, "/f", "/g", {.xattrs = true});
  EXPECT_EQ(get_xattrs(*root, "/g", Links::keep).size(), 2U);
  remove_xattr(*root, "/f", "user.a", Links::follow);
  EXPECT_EQ(error_of([&] { remove_xattr(*root, "/f", "user.a", Links::follow); }), ENODATA);
}

TEST_F(FileWrite, Acls) {
  put("/etc/passwd", "ghost:x:4711:1::/:\n");
  put("/f", "");
  std::filesystem::permissions(host("/f"), std::filesystem::perms(0640));
  EXPECT_EQ(get_acl(*root, "/f", "access"), "user::rw-\ngroup::r--\nother::---\n");
  const int error = error_of(
      [&] { set_acl(*root, "/f", "access", "u::rw,g::r,o::-,u:ghost:rw,m::rw"); });
  if (error == ENOTSUP) GTEST_SKIP() << "needs ACLs in the temporary directory";
  EXPECT_EQ(error, 0);
  EXPECT_NE(get_acl(*root, "/f", "access").find("user:4711:rw-\n"), std::string::npos);
  EXPECT_EQ(error_of([&] { set_acl(*root, "/f", "access", "u:nobody:rw"); }), EINVAL);
  EXPECT_EQ(error_of([&] { set_acl(*root, "/f", "access", "junk"); }), EINVAL);
  EXPECT_EQ(error_of([&] { get_acl(*root, "/f", "other"); }), EINVAL);
  std::filesystem::create_directory(host("/d"));
  EXPECT_EQ(get_acl(*root, "/d", "default"), "");
  set_acl(*root, "/d", "default", "user::rwx\ngroup::r-x\nother::r-x\n");
  EXPECT_NE(get_acl(*root, "/d", "default"), "");
  delete_default_acl(*root, "/d");
  delete_default_acl(*root, "/d");
  EXPECT_EQ(get_acl(*root, "/d", "default"), "");
}

TEST_F(FileWrite, Capabilities) {
  put("/f", "");
  EXPECT_EQ(get_capabilities(*root, "/f"), "");
  EXPECT_EQ(error_of([&] { set_capabilities(*root, "/f", "cap_nonsense=ep"); }), EINVAL);
  if (!is_superuser()) GTEST_SKIP() << "needs root: capabilities";
  if (error_of([&] { set_capabilities(*root, "/f", "cap_net_raw=ep"); }) == ENOTSUP)
    GTEST_SKIP() << "needs extended attributes in the temporary directory";
  EXPECT_EQ(get_capabilities(*root, "/f"), "cap_net_raw=ep");
}

TEST_F(FileWrite, Removing) {
  put("/f", "");
  remove_file(*root, "/f", Missing::is_error);
  EXPECT_EQ(error_of([&] { remove_file(*root, "/f", Missing::is_error); }), ENOENT);
  remove_file(*root, "/f", Missing::is_fine);
  remove_file(*root, "/no/f", Missing::is_fine);
  put("/g", "");
  EXPECT_EQ(error_of([&] { remove_file(*root, "/g/f", Missing::is_fine); }), ENOTDIR);
  std::filesystem::create_directory(host("/d"));
  EXPECT_EQ(error_of([&] { remove_file(*root, "/d", Missing::is_fine); }), EISDIR);
  put("/d/x/y", "");
  EXPECT_EQ(error_of([&] { remove_directory(*root, "/d"); }), ENOTEMPTY);
  link(temp.file("outside"), "/d/x/out");
  put("/d/new\nline", "");
  remove_tree(*root, "/d", progress);
  remove_tree(*root, "/d", progress);
  EXPECT_FALSE(std::filesystem::exists(host("/d")));
  EXPECT_EQ(error_of([&] { remove_tree(*root, "//", progress); }), EINVAL);
  EXPECT_EQ(error_of([&] { remove_tree(*root, "/x/..", progress); }), 0);
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(FileWrite, ASlashAtTheEndMeansADirectory) {
  put("/f", "1");
  put("/g", "2");
  EXPECT_EQ(error_of([&] { remove_file(*root, "/f/", Missing::is_fine); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { remove_tree(*root, "/f/", {}); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { rename(*root, "/f", "/g/"); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { move(*root, "/f/", "/h", {}); }), ENOTDIR);
  EXPECT_EQ(get("/f") + get("/g"), "12");
}

TEST_F(FileWrite, RemovesDeepTrees) {
  base::UniqueFd at = base::open_file(host(""), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "d", 0755), 0);
    at.reset(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  at.reset();
  remove_tree(*root, "/d", progress);
  EXPECT_FALSE(std::filesystem::exists(host("/d")));
}

}  // namespace
}  // namespace vmcraft::file
