// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Yara : public FsTest {
 protected:
  GuestFS mounted(const std::function<void(const std::string&)>& prepare = {}) {
    make_image(temp.file("w.raw"), {.prepare = prepare});
    GuestFS g = open(temp.file("w.raw"), false);
    g.mount("/dev/sda1", "/");
    return g;
  }
};

TEST_P(Yara, Scans) {
  GuestFS g = mounted([](const std::string& tree) {
    write_host(tree + "/bad", "some evil text");
    write_host(tree + "/good", "some text");
    shell("ln -s /bad " + tree + "/link; mkfifo " + tree + "/fifo");
  });
  EXPECT_TRUE(g.feature_available({"libyara"}));
  EXPECT_THAT(text_of([&] { g.yara_scan("/bad"); }), HasSubstr("call yara_load first"));
  const std::string rules = temp.file("rules");
  write_host(rules, "rule Evil { strings: $a = \"evil\" condition: $a }\nrule Small { condition: filesize < 1MB }\n");
  g.yara_load(rules);
  const std::vector<YaraDetection> found = g.yara_scan("/link");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].yara_name, "/link");
  EXPECT_EQ(found[0].yara_rule, "Evil");
  EXPECT_EQ(found[1].yara_rule, "Small");
  EXPECT_THAT(g.yara_scan("/good"), SizeIs(1));
  EXPECT_EQ(errno_of([&] { g.yara_scan("/fifo"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.yara_scan("/etc"); }), EISDIR);
  write_host(rules, "rule Wrong {\n  condition: nonsense\n}\n");
  EXPECT_THAT(text_of([&] { g.yara_load(rules); }), HasSubstr("yara_load: rules: line 2: undefined identifier"));
  EXPECT_EQ(errno_of([&] { g.yara_destroy(); }), EINVAL);
  write_host(rules, "include \"/etc/passwd\"\n");
  EXPECT_EQ(errno_of([&] { g.yara_load(rules); }), EINVAL);
  write_host(rules, "YARA" + std::string(100, 'x'));
  EXPECT_EQ(errno_of([&] { g.yara_load(rules); }), EINVAL);
  if (base::find_program("yarac")) {
    write_host(rules, "rule Compiled { condition: true }\n");
    shell("yarac " + rules + " " + temp.file("compiled"));
    g.yara_load(temp.file("compiled"));
    ASSERT_THAT(g.yara_scan("/good"), SizeIs(1));
    EXPECT_EQ(g.yara_scan("/good").front().yara_rule, "Compiled");
    g.yara_destroy();
  }
}

VMCRAFT_ON_BOTH_ENGINES(Yara);

}  // namespace
}  // namespace vmcraft::test
