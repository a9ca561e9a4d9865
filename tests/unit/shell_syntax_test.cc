// SPDX-License-Identifier: LGPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words(std::string_view text) { return parse_line(text).words; }

TEST(ShellSyntax, BlankLinesAndCommentsAreEmpty) {
  for (const char* text : {"", "   ", "\t", "# comment", "  # comment", "-", "- # x"})
    EXPECT_EQ(parse_line(text).type, Line::Type::empty) << text;
}

TEST(ShellSyntax, TheCommandIsTheFirstWordAndNeverQuoted) {
  EXPECT_EQ(parse_line("  ls /  ").command, "ls");
  EXPECT_EQ(parse_line("\"ls\" /").command, "\"ls\"");
  EXPECT_THAT(words("a # b"), ElementsAre("#", "b"));
}

TEST(ShellSyntax, ADashLetsTheCommandFail) {
  EXPECT_FALSE(parse_line("ls /").may_fail);
  EXPECT_TRUE(parse_line("-ls /").may_fail);
  EXPECT_EQ(parse_line(" - - ls /").command, "ls");
  EXPECT_TRUE(parse_line("-!false").may_fail);
}

TEST(ShellSyntax, QuotesAndEscapes) {
  EXPECT_THAT(words(R"(c "a b" 'c "d' e"f")"), ElementsAre("a b", "c \"d", "e\"f\""));
  EXPECT_THAT(words(R"(c "\a\b\f\n\r\t\v\"\'\?\\")"), ElementsAre("\a\b\f\n\r\t\v\"'?\\"));
  EXPECT_THAT(words(R"(c "\101\x42" '\n')"), ElementsAre("AB", "\\n"));
  EXPECT_THAT(words(R"(c "\377")"), ElementsAre("\377"));
  EXPECT_THAT(words("c \"\" ''"), ElementsAre("", ""));
}

TEST(ShellSyntax, WhatIsNotWellFormedThrows) {
  for (const char* text : {"c \"a", "c 'a", "c \"a\"b", "c 'a'b", R"(c "\q")", R"(c "\00")",
                           R"(c "\000")", R"(c "\x4")", R"(c "\x00")", R"(c "\400")", "c \"a\\"})
    EXPECT_THROW(parse_line(text), UsageError) << text;
}

TEST(ShellSyntax, MoreThan63WordsThrow) {
  std::string line = "c";
  for (int i = 0; i < 63; ++i) line += " x";
  EXPECT_EQ(words(line).size(), 63u);
  EXPECT_THROW(parse_line(line + " x"), UsageError);
}

TEST(ShellSyntax, APipeTakesTheRestOfTheLine) {
  const Line line = parse_line("ls / | grep 'a b'");
  EXPECT_THAT(line.words, ElementsAre("/"));
  EXPECT_EQ(line.pipe, " grep 'a b'");
  EXPECT_EQ(parse_line("ls a|b").pipe, std::nullopt);
  EXPECT_EQ(parse_line("ls '|' x").pipe, std::nullopt);
}

TEST(ShellSyntax, LocalCommandsAndScripts) {
  EXPECT_EQ(parse_line("!echo hi").text, "echo hi");
  EXPECT_EQ(parse_line("<! echo hi").type, Line::Type::script);
  EXPECT_EQ(parse_line("<! echo hi").text, " echo hi");
}

TEST(ShellSyntax, TildeIsTheHomeOfAnUnquotedWord) {
  ::setenv("HOME", "/home/me", 1);
  EXPECT_THAT(words("c ~ ~/x '~' ~nosuchuser/x a~"),
              ElementsAre("/home/me", "/home/me/x", "~", "~nosuchuser/x", "a~"));
}

TEST(ShellSyntax, Sizes) {
  EXPECT_EQ(parse_size("42"), 42);
  EXPECT_EQ(parse_size("-1"), -1);
  EXPECT_EQ(parse_size("0x1f"), 31);
  EXPECT_EQ(parse_size("010"), 8);
  EXPECT_EQ(parse_size("1k"), 1024);
  EXPECT_EQ(parse_size("1KiB"), 1024);
  EXPECT_EQ(parse_size("2KB"), 2000);
  EXPECT_EQ(parse_size("1M"), 1 << 20);
  EXPECT_EQ(parse_size("M"), 1 << 20);
  EXPECT_EQ(parse_size("7E"), std::int64_t{7} << 60);
  for (const char* text : {"", "x", "1m", "1Q", "1Kx", "8E", "1Y", "99999999999999999999", "1 K"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  EXPECT_EQ(parse_size("0Y"), 0);
}

TEST(ShellSyntax, Booleans) {
  for (const char* text : {"true", "T", "1", "Yes", "y", "ON"})
    EXPECT_EQ(parse_boolean(text), true);
  for (const char* text : {"false", "f", "0", "NO", "n", "off"})
    EXPECT_EQ(parse_boolean(text), false);
  EXPECT_EQ(parse_boolean("maybe"), std::nullopt);
}

TEST(ShellSyntax, Lists) {
  EXPECT_THAT(parse_string_list(R"(a 'b c'  d\'e 'f\'g' h'i'j  '' k\l )"),
              ElementsAre("a", "b c", "d'e", "f'g", "hij", "", "k\\l"));
  EXPECT_THAT(parse_string_list("  "), IsEmpty());
  EXPECT_THROW(parse_string_list("a 'b"), UsageError);
}

TEST(ShellSyntax, Prompts) {
  EXPECT_EQ(decode_prompt(R"(\[\e[1m\]x\[\e[0m\] )"), "\1\033[1m\2x\1\033[0m\2 ");
  EXPECT_EQ(decode_prompt(R"(\101\x42\\\n\)"), "AB\\\n\\");
}

}  // namespace
}  // namespace vmcraft::shell
