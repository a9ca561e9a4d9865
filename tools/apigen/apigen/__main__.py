# SPDX-License-Identifier: LGPL-3.0-or-later
"""python3 -m apigen SOURCE_DIR OUTPUT_DIR TESTS_DIR: writes all that is derived from declarations.
python3 -m apigen --lint SOURCE_DIR TESTS_DIR [PAGE]: looks for actions without a test, and for what the page of
differences from libguestfs says that the declarations do not.

A file is rewritten only when its text changes, so that a build after an edit stays small.
"""
import re
import sys
from pathlib import Path

from . import calls, capi, cpp, pages, python, schema, shell


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def tested_actions(api, tests_dir):
    """Actions that a test calls, by method or by command."""
    text = "\n".join(p.read_text(errors="replace") for p in sorted(Path(tests_dir).rglob("*"))
                     if p.suffix in (".cc", ".sh", ".fish", ".h", ".bash") and p.is_file())
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9_-]*", text))
    return {a.name for a in api.actions if a.name in words or a.shell_name in words}


def page_mistakes(api, page):
    """What the page of differences says of actions that do not exist, and leaves out of those that never work."""
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ") and line.count("|") > 4]
    named = set(re.findall(r"`([a-z][A-Za-z0-9_]*\*?)`", " ".join(rows)))
    known = {a.name for a in api.actions} | {p.name for a in api.actions for p in a.args + a.optargs}
    for name in sorted(named):
        if not any(k.startswith(name[:-1]) if name.endswith("*") else k == name for k in known):
            yield f"{name}: the page of differences names it, and no declaration does"
    for action in api.actions:
        if action.not_supported and not any(action.name.startswith(n[:-1]) if n.endswith("*") else n == action.name
                                            for n in named):
            yield f"{action.name}: never works, and the page of differences does not say so"


def outputs(api, tested):
    files = {
        "vmcraft/types.h": cpp.types_header(api),
        "vmcraft/methods.inc": cpp.methods_header(api),
        "rpc_types.h": cpp.rpc_types(api),
        "dispatch_index.cc": cpp.dispatch_index(api),
        "shell_index.cc": shell.index(api),
        "api.json": pages.reference_json(api, tested),
        "actions.md": pages.markdown(api),
        "vmcraft.map": pages.symbol_map(api),
        "compat/guestfs.h": capi.header(api),
        "action_calls.cc": calls.source(api),
        "python/_actions.py": python.module(api),
        "capi_structs.h": capi.structs_header(api),
        "capi_structs.cc": capi.structs_source(api),
    }
    for room in api.rooms():
        room_id = room.replace("/", "_")
        files[f"actions/{room_id}.h"] = cpp.handlers_header(api, room)
        files[f"methods_{room_id}.cc"] = cpp.room_source(api, room)
        files[f"dispatch_{room_id}.cc"] = cpp.dispatch_source(api, room)
        files[f"shell_{room_id}.cc"] = shell.room_table(api, room)
        files[f"capi_{room_id}.cc"] = capi.room_source(api, room)
    for action in api.actions:
        if not action.hidden:
            files[f"man/vmcraft-{action.shell_name}.3"] = pages.man_page(action)
    json_text = files["api.json"]
    # Raw string literals have a length limit; pieces are joined by the compiler.
    pieces = [json_text[i:i + 8000] for i in range(0, len(json_text), 8000)]
    body = "\n".join(f'    R"~json({p})~json"' for p in pieces)
    files["api_json.cc"] = (cpp.LICENCE + "#include \"vmcraft/vmcraft.h\"\n\nnamespace vmcraft {\n\n"
                            f"std::string_view api_json() noexcept {{\n  return\n{body};\n}}\n\n"
                            "}  // namespace vmcraft\n")
    return files


def main(argv):
    if len(argv) < 4 or (argv[1] == "--lint" and len(argv) < 4):
        print(__doc__, file=sys.stderr)
        return 2
    lint = argv[1] == "--lint"
    try:
        if lint:
            api = schema.load(argv[2])
            # Nobody can call what is hidden; the action that it is a part of has a test.
            missing = sorted({a.name for a in api.actions if not a.hidden} - tested_actions(api, argv[3]))
            mistakes = [f"{name}: no test calls it" for name in missing]
            if len(argv) > 4:
                mistakes += page_mistakes(api, Path(argv[4]).read_text())
            for mistake in mistakes:
                print(mistake, file=sys.stderr)
            print(f"{len(api.actions)} actions, {len(missing)} without a test")
            return 1 if mistakes else 0
        api = schema.load(argv[1])
        for name, text in outputs(api, tested_actions(api, argv[3])).items():
            write(Path(argv[2]) / name, text)
        return 0
    except schema.SchemaError as failure:
        print(f"apigen: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
