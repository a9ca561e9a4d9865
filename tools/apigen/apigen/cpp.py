# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes the C++ faces: public types and class, handler prototypes, wrappers, RPC dispatch."""
from .schema import STRING_KINDS, LIST_KINDS, camel

LICENCE = "// SPDX-License-Identifier: LGPL-3.0-or-later\n// Generated from the declarations.\n"

FIELD_TYPES = {"char": "char", "string": "std::string", "device": "std::string",
               "buffer": "std::string", "uint32": "std::uint32_t", "int32": "std::int32_t",
               "uint64": "std::uint64_t", "int64": "std::int64_t", "bytes": "std::uint64_t",
               "uuid": "std::string", "optpercent": "std::optional<float>"}
RET_TYPES = {"void": "void", "int": "int", "int64": "std::int64_t", "bool": "bool",
             "string": "std::string", "device": "std::string", "mountable": "std::string",
             "const_string": "std::string", "const_optstring": "std::optional<std::string>",
             "stringlist": "std::vector<std::string>", "devicelist": "std::vector<std::string>",
             "mountablelist": "std::vector<std::string>", "hashtable": "HashTable",
             "buffer": "std::string"}
OPT_TYPES = {"string": "std::string", "key": "std::string", "bool": "bool", "int": "int", "int64": "std::int64_t",
             "stringlist": "std::vector<std::string>"}


def value_type(kind):
    """Type of a stored argument value."""
    if kind in LIST_KINDS:
        return "std::vector<std::string>"
    return {"optstring": "std::optional<std::string>", "int": "int", "int64": "std::int64_t",
            "bool": "bool"}.get(kind, "std::string")


def param_type(kind):
    """Type of an argument in a signature."""
    if kind in ("int", "int64", "bool"):
        return value_type(kind)
    if kind == "bufferin":
        return "std::string_view"
    return f"const {value_type(kind)}&"


def handler_type(kind):
    return {"filein": "base::ByteSource&", "fileout": "base::ByteSink&"}.get(kind) or \
        param_type(kind)


def ret_type(action):
    if action.ret == "struct":
        return camel(action.ret_name)
    if action.ret == "structlist":
        return f"std::vector<{camel(action.ret_name)}>"
    return RET_TYPES[action.ret]


def signature(action, default=False):
    parts = [f"{param_type(p.kind)} {p.name}" for p in action.args]
    if action.optargs:
        parts.append(f"const {action.options_type}& options" + (" = {}" if default else ""))
    return ", ".join(parts)


def comment(text, indent=""):
    return "".join(f"{indent}///{' ' + line if line else ''}\n" for line in text.split("\n"))


def types_header(api):
    out = [LICENCE, "#pragma once\n\n#include <cstdint>\n#include <optional>\n#include <string>\n"
           "#include <utility>\n#include <vector>\n\nnamespace vmcraft {\n\n"
           "/// Keys and values in the order the action found them.\n"
           "using HashTable = std::vector<std::pair<std::string, std::string>>;\n\n"]
    for struct in api.structs.values():
        out.append(comment(struct.doc))
        out.append(f"struct {struct.type} {{\n")
        for f in struct.fields:
            init = "" if FIELD_TYPES[f.kind].startswith("std::") and "int" not in f.kind \
                and f.kind != "bytes" else "{}"
            out.append(f"  {FIELD_TYPES[f.kind]} {f.name}{init};\n")
        out.append("};\n\n")
    for action in api.actions:
        if not action.optargs:
            continue
        out.append(f"/// Optional arguments of GuestFS::{action.name}.\n")
        out.append(f"struct {action.options_type} {{\n")
        for p in action.optargs:
            out.append(f"  std::optional<{OPT_TYPES[p.kind]}> {p.name}{{}};\n")
        out.append("};\n\n")
    out.append("}  // namespace vmcraft\n")
    return "".join(out)


def method_doc(action):
    text = f"{action.brief[0].upper()}{action.brief[1:]}.\n\n{action.doc}"
    if action.deprecated_by:
        text += f"\n\n@deprecated Use {action.deprecated_by}."
    return comment(text, "  ")


def methods_header(api):
    """The member functions, included inside class GuestFS."""
    out = [LICENCE]
    for action in api.actions:
        if action.hidden:
            continue
        out.append(method_doc(action))
        out.append(f"  {ret_type(action)} {action.name}({signature(action, True)});\n\n")
    return "".join(out)


def handlers_header(api, room):
    out = [LICENCE, "#pragma once\n\n#include <string>\n#include <string_view>\n#include <vector>"
           "\n\n#include \"base/stream.h\"\n#include \"vmcraft/types.h\"\n\n"
           "namespace vmcraft::handle {\nclass Handle;\n}\n\nnamespace vmcraft::action {\n\n"
           "using handle::Handle;\n\n"]
    for action in (a for a in api.actions if a.room == room and not a.not_supported):
        parts = ["Handle& handle"] + [f"{handler_type(p.kind)} {p.name}" for p in action.args]
        if action.optargs:
            parts.append(f"const {action.options_type}& options")
        out.append(f"{ret_type(action)} {action.name}({', '.join(parts)});\n")
    out.append("\n}  // namespace vmcraft::action\n")
    return "".join(out)


# Visitor methods whose kind is a C++ keyword.
VISITS = {"bool": "boolean", "int": "int32"}


def describe_lines(action):
    """Statements that show each argument to the visitor `v` (trace, check, marshal)."""
    lines = []
    for p in action.args:
        lines.append(f"v.{VISITS.get(p.kind, p.kind)}(\"{p.name}\", {p.name});")
    for p in action.optargs:
        visit = "key_option" if p.kind == "key" else "option"
        lines.append(f"v.{visit}(\"{p.name}\", options.{p.name});")
    return lines


def info_literal(action):
    flags = []
    for name in ("progress", "cancellable", "lockless"):
        if getattr(action, name):
            flags.append(f"kFlag{camel(name)}")
    if action.engine == "guest":
        flags.append("kFlagGuest")
    state = camel(action.state)
    return (f"{{\"{action.name}\", \"{action.group}\", State::k{state}, "
            f"{' | '.join(flags) or '0'}}}")


def wrapper(action):
    visitor_used = action.args or action.optargs
    call_args = ["*handle_"]
    prologue = []
    for p in action.args:
        if p.kind == "filein":
            prologue.append(f"  api::InputFile {p.name}_stream({p.name});\n")
            call_args.append(f"{p.name}_stream.stream()")
        elif p.kind == "fileout":
            prologue.append(f"  api::OutputFile {p.name}_stream({p.name});\n")
            call_args.append(f"{p.name}_stream.stream()")
        else:
            call_args.append(p.name)
    if action.optargs:
        call_args.append("options")
    ins = [f"&{p.name}_stream" for p in action.args if p.kind == "filein"]
    outs = [f"&{p.name}_stream" for p in action.args if p.kind == "fileout"]
    ret = ret_type(action)
    out = [f"{ret} GuestFS::{action.name}({signature(action)}) {{\n",
           f"  static constexpr api::ActionInfo kInfo{info_literal(action)};\n"]
    out += prologue
    out.append(f"  return api::invoke<{ret}>(\n      *handle_, kInfo,\n"
               f"      [&]([[maybe_unused]] auto& v) {{\n")
    if visitor_used:
        out += [f"        {line}\n" for line in describe_lines(action)]
    work = f"return action::{action.name}({', '.join(call_args)});"
    if action.not_supported:
        work = f"base::throw_not_supported(\"{action.group}\", \"{action.not_supported}\");"
    out.append(f"      }},\n      [&]() -> {ret} {{ {work} }}"
               f",\n      {(ins or ['nullptr'])[0]}, {(outs or ['nullptr'])[0]});\n}}\n\n")
    return "".join(out)


def room_source(api, room):
    out = [LICENCE, f"#include \"actions/{room.replace('/', '_')}.h\"\n"
           "#include \"api/invoke.h\"\n#include \"base/error.h\"\n#include \"rpc_types.h\"\n#include \"vmcraft/vmcraft.h\"\n\n"
           "namespace vmcraft {\n\nusing api::State;\nusing namespace api::flags;\n\n"]
    for action in (a for a in api.actions if a.room == room and not a.hidden):
        out.append(wrapper(action))
    out.append("}  // namespace vmcraft\n")
    return "".join(out)


def read_arg(p):
    if p.kind == "filein":
        return "streams.in"
    if p.kind == "fileout":
        return "streams.out"
    return f"r.get<{value_type(p.kind)}>()"


def dispatch_entry(action):
    lines = [f"void {action.name}([[maybe_unused]] handle::Handle& h, [[maybe_unused]] "
             "rpc::Reader& r, [[maybe_unused]] rpc::Writer& w,\n    "
             "[[maybe_unused]] api::Streams& streams) {\n"]
    names = []
    for p in action.args:
        if p.kind in ("filein", "fileout"):
            names.append(read_arg(p))
        else:
            constness = "" if p.kind == "key" else "const "
            lines.append(f"  {constness}auto a_{p.name} = {read_arg(p)};\n")
            if p.kind == "key":
                lines.append(f"  const base::WipedAtEnd wiped_{p.name}(a_{p.name});\n")
            names.append(f"a_{p.name}")
    if action.optargs:
        lines.append(f"  {action.options_type} options;\n")
        for p in action.optargs:
            lines.append(f"  options.{p.name} = r.get<std::optional<{OPT_TYPES[p.kind]}>>();\n")
        names.append("options")
    call = f"action::{action.name}({', '.join(['h'] + names)})"
    lines.append(f"  {call};\n" if action.ret == "void" else f"  w.put({call});\n")
    lines.append("}\n\n")
    return "".join(lines)


def dispatch_source(api, room):
    room_id = room.replace("/", "_")
    actions = [a for a in api.actions
               if a.room == room and a.engine == "guest" and not a.not_supported]
    out = [LICENCE, f"#include \"actions/{room_id}.h\"\n#include \"api/dispatch.h\"\n"
           "#include \"base/secret.h\"\n#include \"rpc_types.h\"\n\nnamespace vmcraft {\nnamespace {\nnamespace serve {\n\n"]
    out += [dispatch_entry(a) for a in actions]
    out.append("}  // namespace serve\n}  // namespace\n\n"
               f"extern const std::span<const api::DispatchEntry> dispatch_{room_id};\n")
    out.append(f"static constexpr std::array<api::DispatchEntry, {len(actions)}> entries{{{{\n")
    out += [f"    {{\"{a.name}\", serve::{a.name}}},\n" for a in actions]
    out.append("}};\n"
               f"const std::span<const api::DispatchEntry> dispatch_{room_id} = entries;\n\n"
               "}  // namespace vmcraft\n")
    return "".join(out)


def dispatch_index(api):
    rooms = [r.replace("/", "_") for r in api.rooms()]
    out = [LICENCE, "#include \"api/dispatch.h\"\n#include \"api/groups.h\"\n\n"
           "namespace vmcraft {\n\n"]
    out += [f"extern const std::span<const api::DispatchEntry> dispatch_{r};\n" for r in rooms]
    groups = ", ".join(f'"{g}"' for g in sorted({a.group for a in api.actions}))
    out.append("\nstd::vector<std::string> api::declared_groups() {\n"
               f"  return {{{groups}}};\n}}\n")
    out.append("\nstd::vector<std::span<const api::DispatchEntry>> api::dispatch_tables() {\n"
               f"  return {{{', '.join('dispatch_' + r for r in rooms)}}};\n}}\n\n"
               "}  // namespace vmcraft\n")
    return "".join(out)


def rpc_types(api):
    out = [LICENCE, "#pragma once\n\n#include \"api/rpc.h\"\n#include \"vmcraft/types.h\"\n\n"
           "namespace vmcraft::rpc {\n\n"]
    for s in api.structs.values():
        puts = " ".join(f"w.put(v.{f.name});" for f in s.fields)
        gets = " ".join(f"v.{f.name} = r.get<{FIELD_TYPES[f.kind]}>();" for f in s.fields)
        out.append(f"template <>\nstruct Codec<{s.type}> {{\n"
                   f"  static void put(Writer& w, const {s.type}& v) {{ {puts} }}\n"
                   f"  static {s.type} get(Reader& r) {{ {s.type} v; {gets} return v; }}\n}};\n\n")
    out.append("}  // namespace vmcraft::rpc\n")
    return "".join(out)
