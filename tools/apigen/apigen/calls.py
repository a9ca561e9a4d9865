# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes a table of the C functions that a test can call without knowing them: each takes its arguments from a feed."""
from .capi import actions_of, bit, ret_c, stem
from .cpp import LICENCE
from .schema import LIST_KINDS

RELEASE = {"void": "", "int": "", "bool": "", "int64": "", "const_string": "", "const_optstring": "",
           "stringlist": "free_strings(value);", "devicelist": "free_strings(value);",
           "mountablelist": "free_strings(value);", "hashtable": "free_strings(value);"}


def release(action):
    if action.ret == "struct":
        return f"guestfs_free_{action.ret_name}(value);"
    if action.ret == "structlist":
        return f"guestfs_free_{action.ret_name}_list(value);"
    return RELEASE.get(action.ret, "std::free(value);")


def failed(action):
    if action.ret == "const_optstring":
        return "false"
    return "value == -1" if ret_c(action) in ("int", "int64_t") else "value == nullptr"


def taken(param):
    """Statements that take a value from the feed, and the arguments in C."""
    name = f"a_{param.name}"
    if param.kind == "int":
        return f"  const int {name} = feed.number();\n", [name]
    if param.kind == "bool":
        return f"  const int {name} = feed.number() & 1;\n", [name]
    if param.kind == "int64":
        return f"  const std::int64_t {name} = feed.large_number();\n", [name]
    if param.kind in LIST_KINDS:
        return f"  char* const* const {name} = feed.list(\"{param.kind}\");\n", [name]
    text = f"  const char* const {name} = feed.text(\"{param.kind}\");\n"
    if param.kind == "bufferin":
        return text, [name, f"{name} != nullptr ? std::strlen({name}) : 1"]
    return text, [name]


def function(action):
    out = [f"bool {action.name}([[maybe_unused]] guestfs_h* g, [[maybe_unused]] Feed& feed) {{\n"]
    names = ["g"]
    for p in action.args:
        lines, words = taken(p)
        out.append(lines)
        names += words
    if action.ret == "buffer":
        out.append("  std::size_t size = 0;\n")
        names.append("&size")
    symbol = f"guestfs_{action.name}"
    if action.optargs:
        symbol = f"guestfs_{stem(action)}_argv"
        out.append(f"  struct {symbol} options = {{}};\n  options.bitmask = feed.options({len(action.optargs)});\n")
        for p in action.optargs:
            kind = "string" if p.kind == "key" else p.kind
            lines, _ = taken(p)
            out.append(f"  if ((options.bitmask & {bit(action, p)}_BITMASK) != 0) {{\n  {lines}"
                       f"    options.{p.name} = a_{p.name};\n  }}\n".replace(f'"{p.kind}"', f'"{kind}"'))
        names.append("&options")
    out.append(f"  [[maybe_unused]] auto value = {symbol}({', '.join(names)});\n  if ({failed(action)}) return false;\n"
               f"  {release(action)}\n  return true;\n}}\n\n")
    return "".join(out)


def source(api):
    actions = [a for a in actions_of(api) if not a.hidden]
    out = [LICENCE, "#define GUESTFS_NO_WARN_DEPRECATED\n#include \"capi/calls.h\"\n\n#include <cstdlib>\n#include <cstring>\n\n"
           "namespace vmcraft::test {\nnamespace {\n\nvoid free_strings(char** list) {\n"
           "  for (char** item = list; *item != nullptr; ++item) std::free(*item);\n  std::free(list);\n}\n\n"
           "namespace run {\n\n"]
    out += [function(a) for a in actions]
    out.append("}  // namespace run\n}  // namespace\n\nstd::span<const ActionCall> action_calls() {\n"
               "  static constexpr ActionCall kCalls[] = {\n")
    for a in actions:
        kinds = " ".join(p.kind for p in a.args)
        out.append(f"      {{\"{a.name}\", \"{kinds}\", \"{a.state}\", {str(a.engine == 'guest').lower()}, "
                   f"run::{a.name}}},\n")
    out.append("  };\n  return kCalls;\n}\n\n}  // namespace vmcraft::test\n")
    return "".join(out)
