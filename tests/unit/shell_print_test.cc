// SPDX-License-Identifier: LGPL-3.0-or-later
#include <gtest/gtest.h>

#include "shell/print.h"

namespace vmcraft::shell {
namespace {

std::string plain(const Value& value) { return plain_text(value, Format::kPlain); }

const Record kRecord = {{"letter", FieldValue('x')},
                        {"text", FieldValue(std::string("t"))},
                        {"bytes", FieldValue(Buffer{"a\n\xff"})},
                        {"large", FieldValue(std::uint64_t{18446744073709551615U})},
                        {"share", FieldValue(Percent{12.5F})},
                        {"absent", FieldValue(Percent{})}};

TEST(ShellPrint, PlainScalars) {
  EXPECT_EQ(plain({}), "");
  EXPECT_EQ(plain(std::int64_t{-3}), "-3\n");
  EXPECT_EQ(plain(true), "true\n");
  EXPECT_EQ(plain(std::string("x")), "x\n");
  EXPECT_EQ(plain(std::optional<std::string>()), "(null)\n");
  EXPECT_EQ(plain(Buffer{"raw"}), "raw");
  EXPECT_EQ(plain_text(std::int64_t{18}, Format::kOctal), "022\n");
  EXPECT_EQ(plain_text(std::int64_t{0}, Format::kOctal), "0\n");
  EXPECT_EQ(plain_text(std::int64_t{131}, Format::kHex), "0x83\n");
}

TEST(ShellPrint, PlainCompound) {
  EXPECT_EQ(plain(std::vector<std::string>{"a", "b"}), "a\nb\n");
  EXPECT_EQ(plain(HashTable{{"k", "v"}}), "k: v\n");
  EXPECT_EQ(plain(kRecord),
            "letter: x\ntext: t\nbytes: a\\x0a\\xff\nlarge: 18446744073709551615\n"
            "share: 12.5 %\nabsent: \n");
  EXPECT_EQ(plain(Records{{{"a", FieldValue(std::int64_t{1})}}}), "[0] = {\n  a: 1\n}\n");
}

TEST(ShellPrint, JsonScalars) {
  EXPECT_EQ(json_text({}), "null");
  EXPECT_EQ(json_text(std::int64_t{-3}), "-3");
  EXPECT_EQ(json_text(false), "false");
  EXPECT_EQ(json_text(std::optional<std::string>()), "null");
  EXPECT_EQ(json_text(std::string("a\"\\\n\t\x01")), R"("a\"\\\n\t\u0001")");
  EXPECT_EQ(json_text(std::string("\xc3\xa4\xf0\x9f\x98\x80")), "\"\xc3\xa4\xf0\x9f\x98\x80\"");
}

TEST(ShellPrint, JsonBytesThatAreNoText) {
  EXPECT_EQ(json_text(Buffer{"\xff"}), R"({"base64": "/w=="})");
  EXPECT_EQ(json_text(Buffer{"\xff\xfe"}), R"({"base64": "//4="})");
  EXPECT_EQ(json_text(Buffer{"\xff\xfe\xfd"}), R"({"base64": "//79"})");
  for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
    EXPECT_EQ(json_text(Buffer{bad}).find("{\"base64\""), 0u);
}

TEST(ShellPrint, JsonCompound) {
  EXPECT_EQ(json_text(std::vector<std::string>{"a", "b"}), R"(["a", "b"])");
  EXPECT_EQ(json_text(HashTable{{"k", "v"}}), R"({"k": "v"})");
  EXPECT_EQ(json_text(kRecord), R"({"letter": "x", "text": "t", "bytes": {"base64": "YQr/"}, )"
                                R"("large": 18446744073709551615, "share": 12.5, "absent": null})");
  EXPECT_EQ(json_text(Records{}), "[]");
}

}  // namespace
}  // namespace vmcraft::shell
