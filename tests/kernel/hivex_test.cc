// SPDX-License-Identifier: LGPL-3.0-or-later
// Registry hives in a guest: read and changed on both engines, and checked by hivexsh and hivexget.
#include "fs_support.h"
#include "support/hive.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

// "text" as the registry has it.
std::string utf16(const std::string& text) {
  std::string bytes;
  for (const char c : text + std::string(1, '\0')) bytes += {c, '\0'};
  return bytes;
}

class Hivex : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (IsSkipped()) return;
    if (!base::find_program("hivexsh")) GTEST_SKIP() << "the program hivexsh is not installed";
    image_ = temp.file("hives.raw");
    make_image(image_, {.prepare = [](const std::string& tree) {
                 make_hive(tree + "/SYSTEM", "cd \\\nadd Key\ncd Key\nsetval 2\nName\nstring:value\n"
                                             "Number\ndword:0x11223344\ncommit\n");
                 write_host(tree + "/text", "this is no hive");
                 shell("ln -s /SYSTEM " + tree + "/link; ln -s /etc/hostname " + tree + "/out");
               }});
  }
  GuestFS mounted(bool readonly = false) {
    GuestFS g = open(image_, readonly);
    if (readonly) g.mount_ro("/dev/sda1", "/");
    else g.mount("/dev/sda1", "/");
    return g;
  }
  static void open_for_writing(GuestFS& g, const std::string& path) {
    HivexOpenOptions options;
    options.write = true;
    g.hivex_open(path, options);
  }
  std::string image_;
};

TEST_P(Hivex, Reads) {
  GuestFS g = mounted(true);
  EXPECT_TRUE(g.feature_available({"hivex"}));
  EXPECT_THAT(text_of([&] { g.hivex_root(); }), HasSubstr("hivex_root: no hive is open"));
  g.hivex_open("/link");
  const std::int64_t root = g.hivex_root();
  ASSERT_EQ(g.hivex_node_children(root).size(), 1U);
  const std::int64_t key = g.hivex_node_children(root).front().hivex_node_h;
  EXPECT_EQ(g.hivex_node_name(key), "Key");
  EXPECT_EQ(g.hivex_node_get_child(root, "KEY"), key);
  EXPECT_EQ(g.hivex_node_get_child(root, "none"), 0);
  EXPECT_EQ(g.hivex_node_parent(key), root);
  ASSERT_EQ(g.hivex_node_values(key).size(), 2U);
  const std::int64_t name = g.hivex_node_values(key).front().hivex_value_h;
  EXPECT_EQ(g.hivex_value_key(name), "Name");
  EXPECT_EQ(g.hivex_value_type(name), 1);
  EXPECT_EQ(g.hivex_value_string(name), "value");
  EXPECT_EQ(g.hivex_value_utf8(name), "value");
  EXPECT_EQ(g.hivex_value_value(name), utf16("value"));
  const std::int64_t number = g.hivex_node_get_value(key, "number");
  EXPECT_EQ(g.hivex_value_type(number), 4);
  EXPECT_EQ(g.hivex_value_value(number), "\x44\x33\x22\x11");
  EXPECT_EQ(g.hivex_node_get_value(key, "none"), 0);
  EXPECT_EQ(errno_of([&] { g.hivex_value_string(number); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.hivex_node_name(-1); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.hivex_value_key(12345); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.hivex_node_add_child(root, "New"); }), EROFS);
  EXPECT_EQ(errno_of([&] { g.hivex_commit(std::nullopt); }), EROFS);
  g.umount("/");
  EXPECT_EQ(g.hivex_value_string(name), "value");
  g.hivex_close();
  EXPECT_EQ(errno_of([&] { g.hivex_close(); }), EINVAL);
}

TEST_P(Hivex, ChangesTheGuestsFile) {
  {
    GuestFS g = mounted();
    g.chmod(0600, "/SYSTEM");
    open_for_writing(g, "/SYSTEM");
    const std::int64_t root = g.hivex_root();
    const std::int64_t added = g.hivex_node_add_child(root, "Added");
    EXPECT_EQ(errno_of([&] { g.hivex_node_add_child(root, "Added"); }), EEXIST);
    g.hivex_node_set_value(added, "Text", 1, utf16("hello"));
    g.hivex_node_set_value(added, "", 3, std::string("\0\1\2", 3));
    g.hivex_node_delete_child(g.hivex_node_get_child(root, "Key"));
    EXPECT_EQ(errno_of([&] { g.hivex_commit("relative"); }), EINVAL);
    g.hivex_commit("/etc/copy");
    EXPECT_EQ(g.stat("/etc/copy").mode & 07777, 0644);
    g.hivex_commit(std::nullopt);
    EXPECT_EQ(g.stat("/SYSTEM").mode & 07777, 0600);
    g.download("/etc/copy", temp.file("copy"));
    g.hivex_close();
  }
  GuestFS g = mounted(true);
  g.download("/SYSTEM", temp.file("out"));
  for (const char* hive : {"out", "copy"})
    EXPECT_EQ(shell("hivexget " + temp.file(hive) + " '\\Added' Text"), "hello\n");
  EXPECT_EQ(shell("printf 'ls\\n' | hivexsh " + temp.file("out")), "Added\n");
}

TEST_P(Hivex, RefusesWhatIsNoHive) {
  GuestFS g = mounted();
  EXPECT_EQ(errno_of([&] { g.hivex_open("/text"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.hivex_open("/none"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.hivex_open("/etc"); }), EISDIR);
  // A link that would name a file of this machine, were it not for the guest's root.
  EXPECT_THAT(text_of([&] { g.hivex_open("/out"); }), HasSubstr("/out: "));
  g.touch("/sparse");
  g.truncate_size("/sparse", std::int64_t{1} << 40);
  EXPECT_EQ(errno_of([&] { g.hivex_open("/sparse"); }), EFBIG);
}

TEST_P(Hivex, AFileThatShrinksMeanwhile) {
  GuestFS g = mounted();
  g.hivex_open("/SYSTEM");
  g.truncate("/SYSTEM");
  EXPECT_EQ(g.hivex_node_children(g.hivex_root()).size(), 1U);
}

VMCRAFT_ON_BOTH_ENGINES(Hivex);

}  // namespace
}  // namespace vmcraft::test
