# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes the shell's table: what each command takes, what it says of itself, how it is called."""
from .cpp import LICENCE, OPT_TYPES, value_type
from .schema import camel


def cstr(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n\"\n        \"")
    return f'"{escaped}"'


def params(items):
    inner = ", ".join(f'{{"{p.name}", Kind::k_{p.kind}}}' for p in items)
    return f"{{{inner}}}"


def run_body(action):
    lines, names = [], []
    for p in action.args:
        reader = "string" if value_type(p.kind) == "std::string" else p.kind
        lines.append(f"  const {value_type(p.kind)} a_{p.name} = args.{reader}(\"{p.name}\");\n")
        names.append(f"a_{p.name}")
    if action.optargs:
        lines.append(f"  {action.options_type} options;\n")
        for p in action.optargs:
            lines.append(f"  args.optional(\"{p.name}\", options.{p.name});\n")
        names.append("options")
    call = f"g.{action.name}({', '.join(names)})"
    if action.ret == "void":
        lines.append(f"  {call};\n  return {{}};\n")
    elif action.ret == "struct":
        lines.append(f"  return fields({call});\n")
    elif action.ret == "structlist":
        lines.append(f"  Records records;\n  for (const auto& item : {call})\n"
                     "    records.push_back(fields(item));\n  return records;\n")
    elif action.ret == "buffer":
        lines.append(f"  return Buffer{{{call}}};\n")
    elif action.ret == "int":
        lines.append(f"  return std::int64_t{{{call}}};\n")
    else:
        lines.append(f"  return {call};\n")
    return "".join(lines)


def struct_fields(struct):
    values = ",\n          ".join(f'{{"{f.name}", field_{f.kind}(v.{f.name})}}'
                                  for f in struct.fields)
    return (f"[[maybe_unused]] Record fields(const {struct.type}& v) {{\n  return {{{values}}};\n"
            "}\n\n")


def room_table(api, room):
    room_id = room.replace("/", "_")
    actions = [a for a in api.actions if a.room == room and not a.hidden]
    out = [LICENCE, "#include \"shell/command.h\"\n#include \"vmcraft/vmcraft.h\"\n\n"
           "namespace vmcraft::shell {\nnamespace {\n\n"]
    used = {a.ret_name for a in actions if a.ret_name}
    out += [struct_fields(s) for s in api.structs.values() if s.name in used]
    out.append("namespace run {\n\n")
    for a in actions:
        g = "GuestFS& g" if True else ""
        out.append(f"Value {a.name}([[maybe_unused]] {g}, [[maybe_unused]] Arguments& args) {{\n"
                   f"{run_body(a)}}}\n\n")
    out.append("}  // namespace run\n}  // namespace\n\n"
               f"std::vector<Command> commands_{room_id}() {{\n  return {{\n")
    for a in actions:
        aliases = ", ".join(f'"{x}"' for x in a.alias)
        fmt = {"": "kPlain", "octal": "kOctal", "hex": "kHex"}[a.shell_format]
        out.append(f"      {{\"{a.shell_name}\", {{{aliases}}}, \"{a.group}\",\n"
                   f"        {cstr(a.brief)},\n        {cstr(a.doc)},\n        "
                   f"{params(a.args)},\n        {params(a.optargs)},\n        \"{a.ret}\", "
                   f"Format::{fmt}, \"{a.deprecated_by}\", "
                   f"{'true' if a.progress else 'false'}, run::{a.name}}},\n")
    out.append("  };\n}\n\n}  // namespace vmcraft::shell\n")
    return "".join(out)


def index(api):
    rooms = [r.replace("/", "_") for r in api.rooms()]
    out = [LICENCE, "#include \"shell/command.h\"\n\nnamespace vmcraft::shell {\n\n"]
    out += [f"std::vector<Command> commands_{r}();\n" for r in rooms]
    out.append("\nstd::vector<Command> generated_commands() {\n  std::vector<Command> all;\n"
               "  const auto add = [&all](std::vector<Command> room) {\n"
               "    all.insert(all.end(), std::make_move_iterator(room.begin()),\n"
               "               std::make_move_iterator(room.end()));\n  };\n")
    out += [f"  add(commands_{r}());\n" for r in rooms]
    out.append("  return all;\n}\n\n}  // namespace vmcraft::shell\n")
    return "".join(out)
