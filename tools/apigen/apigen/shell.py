# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes the shell's table: what each command takes, what it says of itself, how it is called."""
from .cpp import LICENCE, value_type


def cstr(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n\"\n        \"")
    return f'"{escaped}"'


def array(kind, name, items):
    """A named constant array, or nothing where it would be empty."""
    return f"constexpr {kind} {name}[] = {{{', '.join(items)}}};\n" if items else ""


def param_items(items):
    return [f'{{"{p.name}", Kind::k_{p.kind}}}' for p in items]


READERS = {"std::string": "string", "std::optional<std::string>": "optstring",
           "std::vector<std::string>": "stringlist", "int": "int32", "std::int64_t": "int64",
           "bool": "boolean"}


def run_body(action):
    lines, names = [], []
    for number, p in enumerate(action.args):
        lines.append(f"  const auto a_{p.name} = args.{READERS[value_type(p.kind)]}({number});\n")
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


def command_literal(a):
    fmt = {"": "kPlain", "octal": "kOctal", "hex": "kHex"}[a.shell_format]
    aliases = f"aliases_{a.name}" if a.alias else "{}"
    args = f"args_{a.name}" if a.args else "{}"
    optargs = f"optargs_{a.name}" if a.optargs else "{}"
    flag = {True: "true", False: "false"}
    return (f"    {{\"{a.shell_name}\", {aliases}, \"{a.group}\",\n"
            f"     {cstr(a.brief)},\n     {cstr(a.doc)},\n"
            f"     {args}, {optargs}, \"{a.ret}\", Format::{fmt},\n"
            f"     \"{a.deprecated_by.replace('_', '-')}\", {flag[a.progress]}, run::{a.name}}},\n")


def room_actions(api, room):
    return [a for a in api.actions if a.room == room and not a.hidden]


def room_table(api, room):
    room_id = room.replace("/", "_")
    actions = room_actions(api, room)
    out = [LICENCE, "#include \"shell/command.h\"\n#include \"vmcraft/vmcraft.h\"\n\n"
           "namespace vmcraft::shell {\nnamespace {\n\n"]
    used = {a.ret_name for a in actions if a.ret_name}
    out += [struct_fields(s) for s in api.structs.values() if s.name in used]
    out.append("namespace run {\n\n")
    for a in actions:
        out.append(f"Value {a.name}([[maybe_unused]] GuestFS& g, "
                   f"[[maybe_unused]] const Arguments& args) {{\n{run_body(a)}}}\n\n")
    out.append("}  // namespace run\n\n")
    for a in actions:
        out.append(array("const char*", f"aliases_{a.name}", [f'"{x}"' for x in a.alias]))
        out.append(array("Param", f"args_{a.name}", param_items(a.args)))
        out.append(array("Param", f"optargs_{a.name}", param_items(a.optargs)))
    size = len(actions)
    out.append(f"\n}}  // namespace\n\nextern const Command commands_{room_id}[{size}];\n"
               f"constinit const Command commands_{room_id}[{size}] = {{\n")
    out += [command_literal(a) for a in actions]
    out.append("};\n\n}  // namespace vmcraft::shell\n")
    return "".join(out)


def index(api):
    """Every name and alias, sorted by bytes, so that nothing is built when the shell starts."""
    rooms = [r for r in api.rooms() if room_actions(api, r)]
    out = [LICENCE, "#include \"shell/command.h\"\n\nnamespace vmcraft::shell {\n\n"]
    entries = []
    for room in rooms:
        table = f"commands_{room.replace('/', '_')}"
        actions = room_actions(api, room)
        out.append(f"extern const Command {table}[{len(actions)}];\n")
        for number, a in enumerate(actions):
            for name in [a.shell_name] + a.alias:
                entries.append((name.replace("_", "-"), f"&{table}[{number}]"))
    out.append("\nnamespace {\n\nconstexpr CommandName names[] = {\n")
    out += [f"    {{\"{name}\", {target}}},\n" for name, target in sorted(entries)]
    out.append("};\n\n}  // namespace\n\nstd::span<const CommandName> generated_commands() {\n"
               "  return names;\n}\n\n}  // namespace vmcraft::shell\n")
    return "".join(out)
