// SPDX-License-Identifier: LGPL-3.0-or-later
// Values, .reg files, and hives of others (VMCRAFT_CORPUS names the folder).
#include "edit/windows/registry.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/text.h"
#include "edit/windows/reg_file.h"
#include "edit/windows/utf16.h"
#include "support/hive.h"
#include "support/image.h"
#include "support/windows.h"
#include "unit/file_support.h"

namespace vmcraft::edit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

std::string reason(const std::string& text) {
  try {
    parse_reg_file(text);
    return "(read)";
  } catch (const Error& failure) {
    return failure.what();
  }
}

class RegistryFiles : public file::FileTest {
 protected:
  Registry open(Registry::Access access = Registry::Access::write) const {
    return {*root, find_hive(*root, "/hive"), access};
  }
  void SetUp() override { put("/hive", test::empty_hive()); }
};

TEST(RegistryValues, Utf16) {
  for (const std::string text : {"", "plain", "grüß", "日本語", "😀", "a\0b"}) EXPECT_EQ(from_utf16(to_utf16(text)), text);
  EXPECT_EQ(to_utf16("é😀"), "\xe9\0\x3d\xd8\0\xde"s);
  // Windows allows a surrogate alone in a name.
  EXPECT_EQ(to_utf16(from_utf16("\x3d\xd8"
                                "a\0"s)),
            "\x3d\xd8"
            "a\0"s);
  EXPECT_EQ(from_utf16("a\0b"s), "a");
  for (const std::string bad : {"\xff", "\xc3", "\xc0\x80", "\xf5\x80\x80\x80", "\xe0\x80\x80", "\x80"})
    EXPECT_FALSE(is_utf8(bad));
  EXPECT_EQ(decode_text("\xfe\xff\0a\0b"s), "ab");
  EXPECT_EQ(decode_text("\xff\xfe"
                        "a\0"s),
            "a");
  EXPECT_EQ(decode_text("a\0b\0"s), "ab");
  EXPECT_EQ(decode_text("\xef\xbb\xbfgrüß"), "grüß");
  EXPECT_EQ(decode_text("gr\xfc\xdf"), "grüß");
}

TEST(RegistryValues, WhatDoesNotFitItsTypeIsShownAsBytes) {
  EXPECT_EQ(show_registry_value({reg::kDword, "\1\2"}), "hex:0102");
  EXPECT_EQ(parse_registry_value(reg::kDword, "hex:0102"), (RegistryValue{reg::kDword, "\1\2"}));
  EXPECT_EQ(show_registry_value({reg::kSz, "a"}), "hex:61");
  EXPECT_EQ(show_registry_value({reg::kQword, ""}), "hex:");
  EXPECT_EQ(show_registry_value(sz_value("hex:61")), "hex:6800650078003a00360031000000");
  EXPECT_EQ(show_registry_value({reg::kSz, "a\0\0\0b\0"s}), "a");
  EXPECT_EQ(show_registry_value({reg::kSz, ""}), "");
  EXPECT_THAT(multi_sz_texts("a\0\0\0b\0"s), ElementsAre("a", "b"));
  EXPECT_THAT(multi_sz_texts("a\0\0\0\0\0b\0"s), ElementsAre("a"));
  EXPECT_EQ(registry_type_name(registry_type("REG_DWORD_BIG_ENDIAN")), "dword_be");
  EXPECT_EQ(registry_type_name(12), "0xc");
}

TEST(RegFiles, OfRegedit) {
  const std::string text =
      "\r\nWindows Registry Editor Version 5.00\r\n\r\n; a comment\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A[1]]\r\n"
      "@=\"default\"\r\n\"a\\\\b\\\"c\"=\"1\\\\2\"\r\n\"two\r\nlines\"=dword:0000000a ; ten\r\n"
      "\"bin\"=hex:01,02,\\\r\n  03,04,\\\r\n  05\r\n\"q\"=hex(b):01,00,00,00,00,00,00,00\r\n\"gone\"=-\r\n\r\n"
      "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\B]\r\n";
  for (const std::string& file : {text, "\xff\xfe" + to_utf16(text)}) {
    const std::vector<RegKey> keys = parse_reg_file(file);
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0].key, "HKEY_LOCAL_MACHINE\\SOFTWARE\\A[1]");
    const auto& entries = keys[0].entries;
    ASSERT_EQ(entries.size(), 6U);
    EXPECT_EQ(entries[0].name, "");
    EXPECT_EQ(entries[0].value, sz_value("default"));
    EXPECT_EQ(entries[1].name, "a\\b\"c");
    EXPECT_EQ(entries[1].value, sz_value("1\\2"));
    EXPECT_EQ(entries[2].name, "two\r\nlines");
    EXPECT_EQ(entries[2].value, dword_value(10));
    EXPECT_EQ(entries[3].value, binary_value("\1\2\3\4\5"));
    EXPECT_EQ(entries[4].value, (RegistryValue{reg::kQword, "\1\0\0\0\0\0\0\0"s}));
    EXPECT_TRUE(entries[5].remove);
    EXPECT_TRUE(keys[1].remove);
  }
}

TEST(RegFiles, Regedit4HasStringsInItsCodePage) {
  const auto keys = parse_reg_file("REGEDIT4\n[A]\n\"e\"=hex(2):25,fc,25,00\n\"m\"=hex(7):61,00,62,00,00\n\"b\"=hex:61,00\n\"s\"=\"\xfc\"");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].entries[0].value, sz_value("%ü%", reg::kExpandSz));
  EXPECT_EQ(keys[0].entries[1].value, multi_sz_value({"a", "b"}));
  EXPECT_EQ(keys[0].entries[2].value, binary_value("a\0"s));
  EXPECT_EQ(keys[0].entries[3].value, sz_value("ü"));
}

TEST(RegFiles, ErrorsNameTheLine) {
  EXPECT_THAT(reason(""), HasSubstr("line 0: neither"));
  EXPECT_THAT(reason("[A]"), HasSubstr("line 1: neither"));
  const std::string header = "REGEDIT4\n";
  EXPECT_THAT(reason(header + "\"a\"=1"), HasSubstr("line 2: a value before"));
  EXPECT_THAT(reason(header + "[A\n"), HasSubstr("line 2: a key without ]"));
  EXPECT_THAT(reason(header + "[-]\n"), HasSubstr("line 2: a key without a name"));
  EXPECT_THAT(reason(header + "[A]\n\"a"), HasSubstr("line 3: a string without"));
  EXPECT_THAT(reason(header + "[A]\n\"a\" 1"), HasSubstr("line 3: a name without ="));
  EXPECT_THAT(reason(header + "[A]\n\"a\"=1"), HasSubstr("line 3: neither a string"));
  EXPECT_THAT(reason(header + "[A]\n\"a\"="), HasSubstr("line 3: neither a string"));
  EXPECT_THAT(reason(header + "[A]\n\"a\"=dword:123456789"), HasSubstr("line 3: a dword"));
  EXPECT_THAT(reason(header + "[A]\n\"a\"=hex(x):1"), HasSubstr("line 3: a type"));
  EXPECT_THAT(reason(header + "[A]\n\"a\"=hex(2)1"), HasSubstr("line 3: a type"));
  EXPECT_THAT(reason(header + "[A]\n\"a\"=hex:0,zz"), HasSubstr("line 3: bytes"));
  EXPECT_THAT(reason(header + "[A]\n\"a\"=hex:01,\\\n02,\\"), HasSubstr("(read)"));
}

TEST_F(RegistryFiles, LongValuesAreWrappedAsRegeditDoes) {
  Registry registry = open();
  registry.set({"A"}, "name", binary_value(std::string(60, '\xab')));
  const std::string text = from_utf16(export_reg_file(registry, {"A"}));
  std::size_t longest = 0;
  for (const std::string& line : base::split_lines(text)) longest = std::max(longest, line.size());
  EXPECT_EQ(longest, 79U);  // with the backslash and the carriage return
  EXPECT_THAT(text, HasSubstr("\"name\"=hex:ab,ab,"));
  EXPECT_THAT(text, HasSubstr(",\\\r\n  ab,"));
  EXPECT_EQ(apply_reg_file(registry, parse_reg_file(export_reg_file(registry, {"A"}))), 0);
}

TEST_F(RegistryFiles, NothingIsWrittenWhereNothingChanged) {
  Registry registry = open();
  EXPECT_TRUE(registry.set({"A", "B"}, "x", sz_value("1")));
  registry.save(false);
  const auto before = facts_of("/hive").st_ino;
  EXPECT_FALSE(registry.set({"a", "b"}, "X", sz_value("1")));
  EXPECT_FALSE(registry.make_key({"A"}));
  EXPECT_FALSE(registry.remove_value({"A", "B"}, "y"));
  EXPECT_FALSE(registry.remove_key({"C"}));
  registry.save(true);
  EXPECT_EQ(facts_of("/hive").st_ino, before);
  EXPECT_TRUE(registry.remove_value({"A", "B"}, "X"));
  EXPECT_TRUE(registry.values({"A", "B"}).empty());
  EXPECT_THROW(registry.make_key({std::string(256, 'x')}), Error);
}

TEST_F(RegistryFiles, ALinkIsNotReplaced) {
  link("/outside/hive", "/link");
  Registry registry{*root, {"/hive", "X", false}, Registry::Access::write};
  registry.set({"A"}, "x", sz_value("1"));
  std::filesystem::remove(host("/hive"));
  link("link", "/hive");
  EXPECT_THROW(registry.save(false), Error);
}

// Each key and value of other programs' hives comes through a .reg file into an empty hive. What hivexregedit
// says of both is the check.
TEST_F(RegistryFiles, OfOthersComeThroughUnchanged) {
  if (std::getenv("VMCRAFT_CORPUS") == nullptr) GTEST_SKIP() << "VMCRAFT_CORPUS is not set";
  const std::string folder = std::getenv("VMCRAFT_CORPUS") + "/registry/"s;
  for (const char* name : {"ericzimmerman/BCD", "ericzimmerman/NTUSER1.DAT", "hivex/rlenvalue_test_hive",
                           "nt-hive/testhive", "plaso/regf/100_sub_keys.hiv", "yarp/BigDataHive", "yarp/StringValuesHive",
                           "yarp/ExtendedASCIIHive", "python-registry/reg_samples/REORGANIZED_VALUES_TESTS"}) {
    SCOPED_TRACE(name);
    put("/source", get_host(folder + name));
    put("/hive", test::empty_hive());
    const Registry source{*root, find_hive(*root, "/source"), Registry::Access::read};
    const std::string text = export_reg_file(source, {});
    Registry copy = open();
    apply_reg_file(copy, parse_reg_file(text));
    copy.save(false);
    const auto sorted = [&](const std::string& path) {
      return test::shell("hivexregedit --export '" + host(path) + "' '\\' | grep -v '^$' | sort");
    };
    EXPECT_EQ(sorted("/source"), sorted("/hive"));
  }
}

}  // namespace
}  // namespace vmcraft::edit
