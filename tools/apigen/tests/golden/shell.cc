// SPDX-License-Identifier: LGPL-3.0-or-later
// Generated from the declarations.
#include "shell/command.h"
#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {
namespace {

[[maybe_unused]] Record fields(const Pair& v) {
  return {{"left", field_string(v.left)},
          {"right", field_int64(v.right)}};
}

namespace run {

Value do_thing([[maybe_unused]] GuestFS& g, [[maybe_unused]] const Arguments& args) {
  const auto a_path = args.string(0);
  const auto a_count = args.int32(1);
  const auto a_input = args.string(2);
  DoThingOptions options;
  args.optional("deep", options.deep);
  args.optional("names", options.names);
  Records records;
  for (const auto& item : g.do_thing(a_path, a_count, a_input, options))
    records.push_back(fields(item));
  return records;
}

}  // namespace run

constexpr const char* aliases_do_thing[] = {"thing"};
constexpr Param args_do_thing[] = {{"path", Kind::k_pathname}, {"count", Kind::k_int}, {"input", Kind::k_filein}};
constexpr Param optargs_do_thing[] = {{"deep", Kind::k_bool}, {"names", Kind::k_stringlist}};

}  // namespace

extern const Command commands_room[1];
constinit const Command commands_room[1] = {
    {"do-thing", aliases_do_thing, "things",
     "do a thing",
     "Does it count times.",
     args_do_thing, optargs_do_thing, "structlist", Format::kPlain,
     "", true, run::do_thing},
};

}  // namespace vmcraft::shell
