# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes the Python face: a method for each action, over the functions of the C face."""
import keyword

from .capi import actions_of, stem, structs_of
from .schema import LIST_KINDS

ARG_KINDS = {"int": "INT", "int64": "INT64", "bool": "BOOL", "optstring": "OPTSTRING", "bufferin": "BUFFER",
             "stringlist": "LIST"} | {kind: "LIST" for kind in LIST_KINDS}
ARG_HINTS = {"INT": "int", "INT64": "int", "BOOL": "bool", "OPTSTRING": "Optional[Text]", "BUFFER": "Buffer",
             "LIST": "Iterable[Text]", "STRING": "Text"}
RETS = {"device": "string", "mountable": "string", "stringlist": "list", "devicelist": "list",
        "mountablelist": "list"}
RET_HINTS = {"void": "None", "int": "int", "int64": "int", "bool": "bool", "string": "str",
             "const_string": "str", "const_optstring": "Optional[str]", "list": "List[str]",
             "hashtable": "Union[List[Tuple[str, str]], Dict[str, str]]", "buffer": "bytes"}
FIELD_HINTS = {"char": "str", "string": "str", "device": "str", "uuid": "str", "buffer": "bytes",
               "optpercent": "float"}

HEAD = '''# SPDX-License-Identifier: LGPL-3.0-or-later
"""The actions as methods. Generated from their declarations."""
import os
from typing import Any, Dict, Iterable, List, Optional, Tuple, TypedDict, Union

from . import _convert
from ._convert import BOOL, BUFFER, INT, INT64, LIST, OPTSTRING, STRING, Action, Struct

Text = Union[str, bytes, "os.PathLike[str]"]
Buffer = Union[str, bytes, bytearray, memoryview]

'''


def py_name(name):
    return name + "_" if keyword.iskeyword(name) else name


def kind_of(param):
    return ARG_KINDS.get(param.kind, "STRING")


def pairs(params):
    return "[" + ", ".join(f'("{p.name}", {kind_of(p)})' for p in params) + "]"


def ret_of(action):
    if action.ret in ("struct", "structlist"):
        return f'Struct("{action.ret_name}", {action.ret == "structlist"}, _{action.ret_name}_fields)'
    return '"' + RETS.get(action.ret, action.ret) + '"'


def ret_hint(action, camel):
    if action.ret in ("struct", "structlist"):
        return f"List[{camel}]" if action.ret == "structlist" else camel
    return RET_HINTS[RETS.get(action.ret, action.ret)]


def table_entry(action):
    symbol = f', symbol="{stem(action)}_argv"' if action.optargs else ""
    return (f'_{action.name} = Action("{action.name}", {pairs(action.args)}, {pairs(action.optargs)}, '
            f"{ret_of(action)}{symbol})\n")


def docstring(action):
    text = f"{action.brief}\n\n{action.doc.strip()}"
    if action.deprecated_by:
        text += f"\n\nSuperseded by {action.deprecated_by}."
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    if text.endswith('"'):
        text += " "
    return "\n".join("        " + line if line else "" for line in text.split("\n")).strip()


def method(action, hint):
    words = ["self"] + [f"{py_name(p.name)}: {ARG_HINTS[kind_of(p)]}" for p in action.args]
    words += [f"{py_name(p.name)}: Optional[{ARG_HINTS[kind_of(p)]}] = None" for p in action.optargs]
    names = ", ".join(["self"] + [py_name(p.name) for p in action.args + action.optargs])
    out = (f"    def {py_name(action.name)}({', '.join(words)}) -> {hint}:\n"
           f'        """{docstring(action)}\n        """\n'
           f"        return _{action.name}({names})  # type: ignore[no-any-return]\n\n")
    if action.once_had_no_optargs:
        out += f"    {action.name}_opts = {action.name}\n\n"
    return out


def struct(s):
    hints = "".join(f"    {f.name}: {FIELD_HINTS.get(f.kind, 'int')}\n" for f in s.fields)
    fields = ", ".join(f'("{f.name}", "{f.kind}")' for f in s.fields)
    return f'class {s.type}(TypedDict):\n    """{s.doc.strip()}"""\n\n{hints}\n\n_{s.name}_fields = [{fields}]\n\n\n'


def module(api):
    structs = {s.name: s for s in structs_of(api)}
    out = [HEAD] + ["\n"] + [struct(s) for s in structs.values()]
    out += [table_entry(a) for a in actions_of(api)]
    out.append('\n\nclass Actions:\n    """What a session can do; GuestFS adds its life."""\n\n'
               "    def _handle(self) -> int:\n        raise NotImplementedError\n\n")
    for action in actions_of(api):
        camel = structs[action.ret_name].type if action.ret_name else ""
        out.append(method(action, ret_hint(action, camel)))
    return "".join(out).rstrip() + "\n"
