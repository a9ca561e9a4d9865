// SPDX-License-Identifier: LGPL-3.0-or-later
// What tests of language bindings call: arguments of each kind are printed, results of each kind returned.
// The lines are those that libguestfs prints, so that its bindings' own tests pass.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "actions/api.h"
#include "base/error.h"
#include "base/text.h"
#include "handle/handle.h"

namespace vmcraft {
namespace {

using handle::Handle;
using Text = std::string;
using Texts = std::vector<std::string>;

// One for the process, as the standard output is.
std::ofstream& output_file() {
  static std::ofstream file;
  return file;
}

void print(const Text& text) {
  std::ostream& out = output_file().is_open() ? output_file() : std::cout;
  out << text << std::flush;
}

Text shown(bool value) { return value ? "true" : "false"; }
Text shown(int value) { return std::to_string(value); }
Text shown(std::int64_t value) { return std::to_string(value); }
Text shown(const Text& value) { return value; }
Text shown(const Texts& values) {
  Text text;
  for (const Text& value : values) text += (text.empty() ? "\"" : ", \"") + value + "\"";
  return "[" + text + "]";
}

template <typename T>
Text option_line(const Text& name, const std::optional<T>& value) {
  return name + ": " + (value ? shown(*value) : "unset") + "\n";
}

template <typename T>
T number_of(const Text& val) {
  if (const auto number = base::parse_number<T>(val)) return *number;
  base::throw_invalid(val, "is not a number");
}

[[noreturn]] void fail() { throw Error(ErrorCode::system, 0, "error"); }

constexpr const char* kConstant = "static string";
constexpr const char* kUuid = "12345678901234567890123456789012";

LvmPv physical_volume(std::int64_t number) {
  const Text digits = std::to_string(number);
  const auto bytes = static_cast<std::uint64_t>(number);
  LvmPv pv;
  pv.pv_name = "pv" + digits;
  pv.pv_uuid = kUuid;
  pv.pv_fmt = "unknown";
  pv.pv_size = pv.dev_size = pv.pv_free = pv.pv_used = pv.pe_start = pv.pv_mda_free = bytes;
  pv.pv_attr = "attr" + digits;
  pv.pv_pe_count = pv.pv_pe_alloc_count = pv.pv_mda_count = number;
  pv.pv_tags = "tag" + digits;
  return pv;
}

using O = InternalTest63OptargsOptions;
constexpr std::array<std::optional<int> O::*, 63> kOptions = {
    &O::opt1, &O::opt2, &O::opt3, &O::opt4, &O::opt5, &O::opt6, &O::opt7, &O::opt8,
    &O::opt9, &O::opt10, &O::opt11, &O::opt12, &O::opt13, &O::opt14, &O::opt15, &O::opt16,
    &O::opt17, &O::opt18, &O::opt19, &O::opt20, &O::opt21, &O::opt22, &O::opt23, &O::opt24,
    &O::opt25, &O::opt26, &O::opt27, &O::opt28, &O::opt29, &O::opt30, &O::opt31, &O::opt32,
    &O::opt33, &O::opt34, &O::opt35, &O::opt36, &O::opt37, &O::opt38, &O::opt39, &O::opt40,
    &O::opt41, &O::opt42, &O::opt43, &O::opt44, &O::opt45, &O::opt46, &O::opt47, &O::opt48,
    &O::opt49, &O::opt50, &O::opt51, &O::opt52, &O::opt53, &O::opt54, &O::opt55, &O::opt56,
    &O::opt57, &O::opt58, &O::opt59, &O::opt60, &O::opt61, &O::opt62, &O::opt63};

}  // namespace

void action::internal_test_set_output(Handle&, const Text& filename) {
  output_file().close();
  output_file().clear();
  output_file().open(filename, std::ios::binary | std::ios::trunc);
  if (!output_file().is_open()) base::throw_errno(filename);
}

void action::internal_test_close_output(Handle&) {
  if (!output_file().is_open()) base::throw_invalid("output", "no file is set");
  output_file().close();
}

void action::internal_test(Handle&, const Text& str, const std::optional<Text>& optstr,
                           const Texts& strlist, bool b, int integer, std::int64_t integer64,
                           const Text& filein, const Text& fileout, std::string_view bufferin,
                           const InternalTestOptions& options) {
  Text bytes;
  for (const char c : bufferin) bytes += fmt::format("<{:02x}>", static_cast<unsigned char>(c));
  for (const Text& line : {str, optstr.value_or("null"), shown(strlist), shown(b), shown(integer),
                           shown(integer64), filein, fileout, bytes})
    print(line + "\n");
  print(option_line("obool", options.obool) + option_line("oint", options.oint) +
        option_line("oint64", options.oint64) + option_line("ostring", options.ostring) +
        option_line("ostringlist", options.ostringlist));
}

void action::internal_test_only_optargs(Handle&, const InternalTestOnlyOptargsOptions& options) {
  print(option_line("test", options.test));
}

void action::internal_test_63_optargs(Handle&, const InternalTest63OptargsOptions& options) {
  for (std::size_t i = 0; i < kOptions.size(); ++i)
    print(option_line("opt" + std::to_string(i + 1), options.*kOptions.at(i)));
}

int action::internal_test_rint(Handle&, const Text& val) { return number_of<int>(val); }
int action::internal_test_rinterr(Handle&) { fail(); }
std::int64_t action::internal_test_rint64(Handle&, const Text& val) {
  return number_of<std::int64_t>(val);
}
std::int64_t action::internal_test_rint64err(Handle&) { fail(); }
bool action::internal_test_rbool(Handle&, const Text& val) { return val == "true"; }
bool action::internal_test_rboolerr(Handle&) { fail(); }
Text action::internal_test_rconststring(Handle&, const Text&) { return kConstant; }
Text action::internal_test_rconststringerr(Handle&) { fail(); }
std::optional<Text> action::internal_test_rconstoptstring(Handle&, const Text&) { return kConstant; }
std::optional<Text> action::internal_test_rconstoptstringerr(Handle&) { return std::nullopt; }
Text action::internal_test_rstring(Handle&, const Text& val) { return val; }
Text action::internal_test_rstringerr(Handle&) { fail(); }

Texts action::internal_test_rstringlist(Handle&, const Text& val) {
  Texts list;
  for (int i = 0; i < number_of<int>(val); ++i) list.push_back(std::to_string(i));
  return list;
}
Texts action::internal_test_rstringlisterr(Handle&) { fail(); }

LvmPv action::internal_test_rstruct(Handle&, const Text&) { return physical_volume(0); }
LvmPv action::internal_test_rstructerr(Handle&) { fail(); }

std::vector<LvmPv> action::internal_test_rstructlist(Handle&, const Text& val) {
  std::vector<LvmPv> list;
  for (int i = 0; i < number_of<int>(val); ++i) list.push_back(physical_volume(i));
  return list;
}
std::vector<LvmPv> action::internal_test_rstructlisterr(Handle&) { fail(); }

HashTable action::internal_test_rhashtable(Handle&, const Text& val) {
  HashTable table;
  for (int i = 0; i < number_of<int>(val); ++i) table.emplace_back(std::to_string(i), std::to_string(i));
  return table;
}
HashTable action::internal_test_rhashtableerr(Handle&) { fail(); }

Text action::internal_test_rbufferout(Handle&, const Text& val) { return val; }
Text action::internal_test_rbufferouterr(Handle&) { fail(); }

}  // namespace vmcraft
