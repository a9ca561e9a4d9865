# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes the reference: JSON for machines, Markdown and man pages for people."""
import json

from .cpp import ret_type, signature


def synopsis(action):
    words = [action.shell_name]
    words += [p.name for p in action.args]
    words += [f"[{p.name}:..]" for p in action.optargs]
    return " ".join(words)


def action_json(action, tested):
    return {
        "name": action.name, "group": action.group, "room": action.room, "since": action.since,
        "engine": action.engine, "state": action.state,
        "args": [{"name": p.name, "kind": p.kind} for p in action.args],
        "optargs": [{"name": p.name, "kind": p.kind} for p in action.optargs],
        "ret": {"kind": action.ret, **({"struct": action.ret_name} if action.ret_name else {})},
        "aliases": action.alias, "deprecated_by": action.deprecated_by or None,
        "progress": action.progress, "cancellable": action.cancellable,
        "once_had_no_optargs": action.once_had_no_optargs, "brief": action.brief,
        # The handler is found by the linker, so what is declared is implemented.
        **({"not_supported": action.not_supported} if action.not_supported else {}), "tested": tested,
    }


def reference_json(api, tested):
    structs = {s.name: [{"name": f.name, "kind": f.kind} for f in s.fields]
               for s in api.structs.values()}
    return json.dumps({"actions": [action_json(a, a.name in tested) for a in api.actions
                                   if not a.hidden],
                       "structs": structs, "guestfs_actions": api.guestfs_actions}, indent=1) + "\n"


def markdown(api):
    out = ["# VMCraft actions\n\nGenerated from the declarations beside the handlers.\n"]
    groups = sorted({a.group for a in api.actions if not a.hidden})
    for group in groups:
        out.append(f"\n## Group {group}\n")
        for a in (a for a in api.actions if a.group == group and not a.hidden):
            out.append(f"\n### {a.name}\n\n{a.brief[0].upper()}{a.brief[1:]}.\n\n"
                       f"```\n{ret_type(a)} GuestFS::{a.name}({signature(a, True)})\n"
                       f"vmcraft> {synopsis(a)}\n```\n\n{a.doc}\n")
            if a.deprecated_by:
                out.append(f"\nDeprecated: use `{a.deprecated_by}`.\n")
            if a.alias:
                out.append(f"\nShell aliases: {', '.join(a.alias)}.\n")
            out.append(f"\nSince {a.since}.\n")
    return "".join(out)


def roff(text):
    lines = []
    for line in text.split("\n"):
        line = line.replace("\\", "\\e").replace("-", "\\-")
        if line.startswith((".", "'")):
            line = "\\&" + line
        lines.append(line if line else ".PP")
    return "\n".join(lines)


def man_page(a):
    title = f"vmcraft-{a.shell_name}"
    out = [f'.TH "{title.upper()}" 3 "" "VMCraft" "VMCraft actions"\n.SH NAME\n'
           f"{roff(title)} \\- {roff(a.brief)}\n.SH SYNOPSIS\n.nf\n"
           f"{roff(ret_type(a) + ' GuestFS::' + a.name + '(' + signature(a, True) + ')')}\n\n"
           f"{roff('vmcraft> ' + synopsis(a))}\n.fi\n.SH DESCRIPTION\n{roff(a.doc)}\n"]
    if a.deprecated_by:
        out.append(f".PP\nDeprecated: use {roff(a.deprecated_by)}.\n")
    also = [f".BR vmcraft\\-{roff(s.replace('_', '-'))} (3)" for s in a.see_also]
    out.append(".SH SEE ALSO\n" + ",\n".join([".BR vmcraft (1)"] + also) + "\n")
    return "".join(out)


def symbol_map(api):
    """One node per release that added symbols; everything else stays inside."""
    releases = sorted({a.since for a in api.actions})
    out, previous = [], ""
    for release in releases:
        names = [a.name for a in api.actions if a.since == release and not a.hidden]
        out.append(f"VMCRAFT_{release} {{\n  global:\n    extern \"C++\" {{\n")
        if not previous:
            out.append("      vmcraft::Error::*;\n      vmcraft::CommandError::*;\n"
                       "      \"typeinfo for vmcraft::Error\";\n"
                       "      \"typeinfo for vmcraft::CommandError\";\n"
                       "      \"typeinfo name for vmcraft::Error\";\n"
                       "      \"typeinfo name for vmcraft::CommandError\";\n"
                       "      \"vtable for vmcraft::Error\";\n"
                       "      \"vtable for vmcraft::CommandError\";\n"
                       "      vmcraft::GuestFS::GuestFS*;\n      vmcraft::GuestFS::?GuestFS*;\n"
                       "      vmcraft::GuestFS::operator*;\n"
                       "      vmcraft::GuestFS::on_event*;\n"
                       "      vmcraft::GuestFS::delete_event*;\n"
                       "      vmcraft::library_version*;\n      vmcraft::api_json*;\n"
                       "      vmcraft::doctor_report*;\n"
                       "      vmcraft::action_deprecated*;\n")
        out += [f"      vmcraft::GuestFS::{name}?*;\n" for name in []]
        out += [f"      \"vmcraft::GuestFS::{name}(*\";\n" for name in []]
        out += [f"      vmcraft::GuestFS::{name}*;\n" for name in names]
        out.append("    };\n" + ("  local:\n    *;\n" if not previous else "")
                   + f"}}{' ' + previous if previous else ''};\n")
        previous = f"VMCRAFT_{release}"
    return "".join(out)
