// SPDX-License-Identifier: LGPL-3.0-or-later
// The calls that tests of language bindings use; the expected lines are what libguestfs 1.48 prints.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "base/temp.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft {
namespace {

using Texts = std::vector<std::string>;

class SelfTest : public ::testing::Test {
 protected:
  SelfTest() { g.internal_test_set_output(folder.file("out")); }
  std::string printed() {
    g.internal_test_close_output();
    std::ostringstream text;
    text << std::ifstream(folder.file("out")).rdbuf();
    return text.str();
  }
  base::TempDir folder;
  GuestFS g;
};

TEST_F(SelfTest, PrintsArguments) {
  g.internal_test("abc", "def", {}, false, 0, 0, "123", "456", std::string_view("abc\0abc", 7));
  InternalTestOptions options;
  options.obool = true;
  options.oint = 1;
  options.oint64 = 3;
  options.ostring = "x";
  options.ostringlist = Texts{"a", "b\"c"};
  g.internal_test("abc", std::nullopt, {"1", "2"}, true, 1, -1234567890123, "", "", "", options);
  EXPECT_EQ(printed(),
            "abc\ndef\n[]\nfalse\n0\n0\n123\n456\n<61><62><63><00><61><62><63>\n"
            "obool: unset\noint: unset\noint64: unset\nostring: unset\nostringlist: unset\n"
            "abc\nnull\n[\"1\", \"2\"]\ntrue\n1\n-1234567890123\n\n\n\n"
            "obool: true\noint: 1\noint64: 3\nostring: x\nostringlist: [\"a\", \"b\"c\"]\n");
  EXPECT_THROW(g.internal_test_close_output(), Error);
  EXPECT_THROW(g.internal_test_set_output(folder.file("no/folder")), Error);
}

TEST_F(SelfTest, PrintsOptionalArguments) {
  InternalTestOnlyOptargsOptions one;
  one.test = 3;
  g.internal_test_only_optargs(one);
  g.internal_test_only_optargs();
  InternalTest63OptargsOptions many;
  many.opt1 = 1;
  many.opt63 = -63;
  g.internal_test_63_optargs(many);
  std::string expected = "test: 3\ntest: unset\nopt1: 1\n";
  for (int i = 2; i < 63; ++i) expected += "opt" + std::to_string(i) + ": unset\n";
  EXPECT_EQ(printed(), expected + "opt63: -63\n");
}

TEST_F(SelfTest, Results) {
  EXPECT_EQ(g.internal_test_rint("10"), 10);
  EXPECT_THROW(g.internal_test_rint("x"), Error);
  EXPECT_EQ(g.internal_test_rint64("-9000000000"), -9000000000);
  EXPECT_TRUE(g.internal_test_rbool("true"));
  EXPECT_FALSE(g.internal_test_rbool("false"));
  EXPECT_EQ(g.internal_test_rconststring("test"), "static string");
  EXPECT_EQ(g.internal_test_rconstoptstring("test"), "static string");
  EXPECT_EQ(g.internal_test_rstring("test"), "test");
  EXPECT_EQ(g.internal_test_rstringlist("3"), (Texts{"0", "1", "2"}));
  EXPECT_EQ(g.internal_test_rhashtable("2"), (HashTable{{"0", "0"}, {"1", "1"}}));
  EXPECT_EQ(g.internal_test_rbufferout("12345"), "12345");
  const LvmPv pv = g.internal_test_rstruct("unused");
  EXPECT_EQ(pv.pv_name, "pv0");
  EXPECT_EQ(pv.pv_uuid, "12345678901234567890123456789012");
  const std::vector<LvmPv> list = g.internal_test_rstructlist("5");
  ASSERT_EQ(list.size(), 5U);
  EXPECT_EQ(list[4].pv_attr, "attr4");
  EXPECT_EQ(list[4].pv_mda_free, 4U);
}

TEST_F(SelfTest, Failures) {
  EXPECT_EQ(g.internal_test_rconstoptstringerr(), std::nullopt);
  const std::vector<std::function<void()>> failing = {
      [&] { g.internal_test_rinterr(); },        [&] { g.internal_test_rint64err(); },
      [&] { g.internal_test_rboolerr(); },       [&] { g.internal_test_rconststringerr(); },
      [&] { g.internal_test_rstringerr(); },     [&] { g.internal_test_rstringlisterr(); },
      [&] { g.internal_test_rstructerr(); },     [&] { g.internal_test_rstructlisterr(); },
      [&] { g.internal_test_rhashtableerr(); },  [&] { g.internal_test_rbufferouterr(); }};
  for (const auto& call : failing) EXPECT_THROW(call(), Error);
}

}  // namespace
}  // namespace vmcraft
