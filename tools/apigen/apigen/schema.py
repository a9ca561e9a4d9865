# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reads the declarations of all rooms and checks them.

The kinds below are the whole type system of the API. Each writer (C++, shell, RPC, pages, JSON, and
whatever comes later) maps kinds to its own language; no writer knows an action by name.
"""
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

# Kinds that travel as one string.
STRING_KINDS = ["string", "pathname", "device", "mountable", "device_or_path",
                "mountable_or_path", "guid", "filename", "key"]
LIST_KINDS = ["stringlist", "devicelist", "pathnamelist", "filenamelist"]
ARG_KINDS = STRING_KINDS + ["optstring"] + LIST_KINDS + [
    "filein", "fileout", "bufferin", "int", "int64", "bool"]
OPTARG_KINDS = ["string", "key", "bool", "int", "int64", "stringlist"]
RET_KINDS = ["void", "int", "int64", "bool", "string", "device", "mountable", "const_string",
             "const_optstring", "stringlist", "devicelist", "mountablelist", "hashtable",
             "buffer", "struct", "structlist"]
FIELD_KINDS = ["char", "string", "device", "buffer", "uint32", "int32", "uint64", "int64",
               "bytes", "uuid", "optpercent"]
# local: where the caller is. guest: where the disks are, on either engine.
ENGINES = ["local", "guest"]
SHELL_FORMATS = ["octal", "hex"]
# What the generated C functions call their own variables.
TAKEN_NAMES = ["g", "args", "given", "guest", "optargs", "returned", "size_r", "tag"]
NAME = re.compile(r"^[a-z][a-zA-Z0-9_]*$")
ACTION_KEYS = {"since", "group", "args", "optargs", "ret", "brief", "doc", "engine", "state",
               "alias", "deprecated_by", "progress", "cancellable", "shell_format",
               "once_had_no_optargs", "config_only", "see_also", "hidden",
               "lockless", "not_supported"}
STATES = ["any", "config", "launched"]


class SchemaError(Exception):
    """A declaration is wrong; the text names file, action and reason."""


@dataclass
class Param:
    name: str
    kind: str


@dataclass
class Action:
    name: str
    room: str
    since: str
    group: str
    args: list
    optargs: list
    ret: str
    ret_name: str
    brief: str
    doc: str
    engine: str
    state: str
    alias: list
    deprecated_by: str
    progress: bool
    cancellable: bool
    shell_format: str
    once_had_no_optargs: bool
    see_also: list
    hidden: bool
    lockless: bool
    not_supported: str  # why the action always answers ENOTSUP

    @property
    def shell_name(self):
        return self.name.replace("_", "-")

    @property
    def options_type(self):
        return camel(self.name) + "Options"

    @property
    def handler_room(self):
        return self.room.replace("/", "_")


@dataclass
class Struct:
    name: str
    room: str
    doc: str
    fields: list

    @property
    def type(self):
        return camel(self.name)


@dataclass
class Api:
    actions: list = field(default_factory=list)
    structs: dict = field(default_factory=dict)
    guestfs_actions: list = field(default_factory=list)

    def rooms(self):
        return sorted({a.room for a in self.actions})


def camel(name):
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def parse_param(text, kinds, where):
    parts = [p.strip() for p in text.split(":")]
    if len(parts) != 2:
        raise SchemaError(f"{where}: '{text}' is not of the form 'name: kind'")
    name, kind = parts
    if not NAME.match(name):
        raise SchemaError(f"{where}: '{name}' is not a parameter name")
    if kind not in kinds:
        raise SchemaError(f"{where}: '{kind}' is not one of {', '.join(kinds)}")
    return Param(name, kind)


def parse_ret(text, structs, where):
    """'void', 'int64', 'string: content', 'struct stat', 'structlist stat'."""
    text = text.split(":")[0].strip()
    words = text.split()
    if words[0] not in RET_KINDS:
        raise SchemaError(f"{where}: result '{words[0]}' is not one of {', '.join(RET_KINDS)}")
    if words[0] in ("struct", "structlist"):
        if len(words) != 2 or words[1] not in structs:
            raise SchemaError(f"{where}: result '{text}' does not name a declared struct")
        return words[0], words[1]
    if len(words) != 1:
        raise SchemaError(f"{where}: result '{text}' has a word too many")
    return words[0], ""


def parse_action(name, table, room, structs, path):
    where = f"{path}: {name}"
    if not NAME.match(name):
        raise SchemaError(f"{where}: not an action name")
    unknown = set(table) - ACTION_KEYS
    if unknown:
        raise SchemaError(f"{where}: unknown key '{sorted(unknown)[0]}'")
    for key in ("since", "brief", "doc"):
        if not table.get(key, "").strip():
            raise SchemaError(f"{where}: '{key}' is missing")
    brief = table["brief"]
    if brief.endswith(".") or (brief[0].isupper() and not brief[1:2].isupper()):
        raise SchemaError(f"{where}: brief must be lowercase without a full stop")
    engine = table.get("engine", "local" if table.get("not_supported") else "guest")
    if engine not in ENGINES:
        raise SchemaError(f"{where}: engine '{engine}' is not one of {', '.join(ENGINES)}")
    state = table.get("state", "launched" if engine == "guest" else "any")
    if table.get("config_only"):
        state = "config"
    if state not in STATES:
        raise SchemaError(f"{where}: state '{state}' is not one of {', '.join(STATES)}")
    shell_format = table.get("shell_format", "")
    if shell_format and shell_format not in SHELL_FORMATS:
        raise SchemaError(f"{where}: shell_format '{shell_format}' is not one of "
                          f"{', '.join(SHELL_FORMATS)}")
    args = [parse_param(a, ARG_KINDS, where) for a in table.get("args", [])]
    optargs = [parse_param(a, OPTARG_KINDS, where) for a in table.get("optargs", [])]
    for taken in (p.name for p in args if p.name in TAKEN_NAMES):
        raise SchemaError(f"{where}: '{taken}' is a name that generated functions use themselves")
    names = [p.name for p in args + optargs]
    if len(names) != len(set(names)):
        raise SchemaError(f"{where}: a parameter name stands twice")
    for kind in ("filein", "fileout"):
        if sum(p.kind == kind for p in args) > 1:
            raise SchemaError(f"{where}: more than one {kind}")
    ret, ret_name = parse_ret(table.get("ret", "void"), structs, where)
    return Action(name, room, table["since"], table.get("group", "core"), args, optargs, ret,
                  ret_name, brief, table["doc"].strip(), engine, state, table.get("alias", []),
                  table.get("deprecated_by", ""), table.get("progress", False),
                  table.get("cancellable", False), shell_format,
                  table.get("once_had_no_optargs", False), table.get("see_also", []),
                  table.get("hidden", False), table.get("lockless", False),
                  table.get("not_supported", ""))


def parse_struct(name, table, room, path):
    where = f"{path}: struct {name}"
    if not table.get("doc", "").strip():
        raise SchemaError(f"{where}: 'doc' is missing")
    fields = [parse_param(f, FIELD_KINDS, where) for f in table.get("fields", [])]
    if not fields:
        raise SchemaError(f"{where}: has no fields")
    return Struct(name, room, table["doc"].strip(), fields)


def load(source_dir):
    """All declarations below source_dir, sorted by name."""
    api = Api()
    tables = []
    for path in sorted(Path(source_dir).rglob("actions.toml")):
        room = str(path.parent.relative_to(source_dir))
        shown = path.relative_to(source_dir)
        try:
            tables.append((room, shown, tomllib.loads(path.read_text())))
        except tomllib.TOMLDecodeError as failure:
            raise SchemaError(f"{shown}: {failure}") from failure
    for room, path, table in tables:
        for name, entry in table.pop("struct", {}).items():
            if name in api.structs:
                raise SchemaError(f"{path}: struct {name}: declared twice")
            api.structs[name] = parse_struct(name, entry, room, path)
    for room, path, table in tables:
        for name, entry in table.items():
            api.actions.append(parse_action(name, entry, room, api.structs, path))
    api.actions.sort(key=lambda a: a.name)
    check_names(api)
    listed = Path(source_dir) / "api" / "guestfs_actions.txt"
    if listed.exists():
        api.guestfs_actions = [line for line in listed.read_text().splitlines() if line[:1] not in ("", "#")]
    return api


def check_names(api):
    """Names, aliases and references across all rooms."""
    names = {}
    for action in api.actions:
        for name in [action.name] + [a.replace("-", "_") for a in action.alias]:
            if name in names:
                raise SchemaError(f"{action.room}: {action.name}: name '{name}' is taken by "
                                  f"{names[name]}")
            names[name] = action.name
    for action in api.actions:
        for other in action.see_also:
            if other not in names:
                raise SchemaError(f"{action.room}: {action.name}: see_also '{other}' is no action")
        # A replacement may be an action that is not declared yet only if it is guestfs' own; we do
        # not know those here, so it must exist.
        if action.deprecated_by and action.deprecated_by not in names:
            raise SchemaError(f"{action.room}: {action.name}: deprecated_by "
                              f"'{action.deprecated_by}' is no action")
