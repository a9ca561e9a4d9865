# SPDX-License-Identifier: LGPL-3.0-or-later
"""Writes the C face: guestfs.h, and the functions behind it in terms of the C++ class.

What a kind looks like in C, and what a caller owns, follows libguestfs' ABI.
"""
from .cpp import LICENCE
from .schema import LIST_KINDS

OPT_C = {"bool": "int", "int": "int", "int64": "int64_t", "string": "const char *",
         "key": "const char *", "stringlist": "char *const *"}
RET_C = {"void": "int", "int": "int", "bool": "int", "int64": "int64_t", "string": "char *",
         "device": "char *", "mountable": "char *", "const_string": "const char *",
         "const_optstring": "const char *", "stringlist": "char **", "devicelist": "char **",
         "mountablelist": "char **", "hashtable": "char **", "buffer": "char *"}
FIELD_C = {"char": "char", "string": "char *", "device": "char *", "uint32": "uint32_t",
           "int32": "int32_t", "uint64": "uint64_t", "int64": "int64_t", "bytes": "uint64_t",
           "optpercent": "float"}


def declare(ctype, name):
    return f"{ctype}{name}" if ctype.endswith("*") else f"{ctype} {name}"


def is_exported(action):
    return not action.hidden and (action.group != "internal_test" or action.name.startswith("internal_test"))


def actions_of(api):
    return [a for a in api.actions if is_exported(a)]


def structs_of(api):
    """Those that some exported action returns."""
    used = {a.ret_name for a in actions_of(api)}
    return [s for s in api.structs.values() if s.name in used]


def arg_list(action):
    """Pairs of C type and name, without the handle."""
    out = []
    for p in action.args:
        if p.kind in ("int", "bool"):
            out.append(("int", p.name))
        elif p.kind == "int64":
            out.append(("int64_t", p.name))
        elif p.kind in LIST_KINDS:
            out.append(("char *const *", p.name))
        elif p.kind == "bufferin":
            out += [("const char *", p.name), ("size_t", f"{p.name}_size")]
        else:
            out.append(("const char *", p.name))
    return out


def ret_c(action):
    if action.ret == "struct":
        return f"struct guestfs_{action.ret_name} *"
    if action.ret == "structlist":
        return f"struct guestfs_{action.ret_name}_list *"
    return RET_C[action.ret]


def parameters(action, tail=()):
    parts = ["guestfs_h *g"] + [declare(t, n) for t, n in arg_list(action)]
    if action.ret == "buffer":
        parts.append("size_t *size_r")
    return ", ".join(parts + list(tail))


def stem(action):
    """Name of the functions that take options."""
    return f"{action.name}_opts" if action.once_had_no_optargs else action.name


def prototypes(action):
    """Each function of the action as (return type, name, parameters)."""
    ret = ret_c(action)
    if not action.optargs:
        return [(ret, f"guestfs_{action.name}", parameters(action))]
    name = f"guestfs_{stem(action)}"
    out = []
    if action.once_had_no_optargs:
        out.append((ret, f"guestfs_{action.name}", parameters(action)))
    return out + [
        (ret, name, parameters(action, ["..."])),
        (ret, f"{name}_va", parameters(action, ["va_list args"])),
        (ret, f"{name}_argv", parameters(action, [f"const struct {name}_argv *optargs"]))]


def bit(action, param):
    return f"GUESTFS_{stem(action).upper()}_{param.name.upper()}"


def options_struct(action):
    name = f"guestfs_{stem(action)}_argv"
    lines = [f"struct {name} {{\n  uint64_t bitmask;\n"]
    defines = []
    for number, p in enumerate(action.optargs):
        defines.append(f"#define {bit(action, p)} {number}\n")
        lines.append(f"#define {bit(action, p)}_BITMASK (UINT64_C(1) << {number})\n"
                     f"  {declare(OPT_C[p.kind], p.name)};\n")
    return "".join(defines) + "".join(lines) + "};\n"


def struct_decl(struct):
    name = f"guestfs_{struct.name}"
    out = [f"#define GUESTFS_HAVE_STRUCT_{struct.name.upper()} 1\nstruct {name} {{\n"]
    for f in struct.fields:
        if f.kind == "buffer":
            out.append(f"  uint32_t {f.name}_len;\n  char *{f.name};\n")
        elif f.kind == "uuid":
            out.append(f"  char {f.name}[32]; /* without a NUL at its end */\n")
        else:
            out.append(f"  {declare(FIELD_C[f.kind], f.name)};\n")
    out.append(f"}};\nstruct {name}_list {{\n  uint32_t len;\n  struct {name} *val;\n}};\n")
    for t in (name, f"{name}_list"):
        short = t[len("guestfs_"):]
        out.append(f"GUESTFS_PUBLIC void guestfs_free_{short}(struct {t} *value);\n"
                   f"GUESTFS_PUBLIC int guestfs_compare_{short}(const struct {t} *one, const struct {t} *other);\n"
                   f"GUESTFS_PUBLIC struct {t} *guestfs_copy_{short}(const struct {t} *value);\n")
    return "".join(out)


def deprecation(action):
    if not action.deprecated_by:
        return ""
    return f"GUESTFS_INSTEAD(\"guestfs_{action.deprecated_by}\") "


def header(api):
    text = [LICENCE, "/* The C interface, as libguestfs has it. */\n#ifndef GUESTFS_H_\n#define GUESTFS_H_\n\n"
            "#include \"guestfs-base.h\"\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"]
    text += [struct_decl(s) + "\n" for s in structs_of(api)]
    for action in actions_of(api):
        text.append(f"#define GUESTFS_HAVE_{action.name.upper()} 1\n")
        if action.once_had_no_optargs:
            text.append(f"#define GUESTFS_HAVE_{action.name.upper()}_OPTS 1\n")
        if action.optargs:
            text.append(options_struct(action))
        for ret, name, params in prototypes(action):
            text.append(f"{deprecation(action)}GUESTFS_PUBLIC {declare(ret, name)}({params});\n")
        text.append("\n")
    text.append("#ifdef __cplusplus\n}\n#endif\n\n#endif\n")
    return "".join(text)


def failure(action):
    return "-1" if ret_c(action) in ("int", "int64_t") else "nullptr"


def call_arguments(action):
    names = []
    for p in action.args:
        if p.kind == "bufferin":
            names.append(f"std::string_view({p.name}, {p.name}_size)")
        elif p.kind in LIST_KINDS:
            names.append(f"capi::strings({p.name})")
        elif p.kind == "bool":
            names.append(f"{p.name} != 0")
        elif p.kind == "optstring":
            names.append(f"capi::optional({p.name})")
        else:
            names.append(p.name)
    return names


def checks(action):
    """Statements that refuse NULL."""
    out = []
    for p in action.args:
        if p.kind in ("int", "int64", "bool", "optstring"):
            continue
        size = f"{p.name}_size > 0" if p.kind == "bufferin" else ""
        condition = f"{p.name} == nullptr" + (f" && {size}" if size else "")
        out.append(f"        if ({condition}) capi::refuse_null(\"{p.name}\");\n")
    if action.ret == "buffer":
        out.append("        if (size_r == nullptr) capi::refuse_null(\"size_r\");\n")
    return "".join(out)


def take_options(action):
    out = [f"        {action.options_type} options;\n"
           "        const std::uint64_t given = optargs != nullptr ? optargs->bitmask : 0;\n"
           f"        capi::check_options(given, {len(action.optargs)});\n"]
    for number, p in enumerate(action.optargs):
        value = f"optargs->{p.name}"
        if p.kind == "bool":
            value += " != 0"
        elif p.kind == "stringlist":
            value = f"capi::option_strings(\"{p.name}\", {value})"
        elif p.kind in ("string", "key"):
            value = f"capi::option_text(\"{p.name}\", {value})"
        out.append(f"        if ((given >> {number} & 1) != 0) options.{p.name} = {value};\n")
    return "".join(out)


def result(action, call):
    if action.ret == "void":
        return f"        {call};\n        return 0;\n"
    if action.ret in ("int", "int64"):
        return f"        return {call};\n"
    if action.ret == "bool":
        return f"        return {call} ? 1 : 0;\n"
    if action.ret in ("const_string", "const_optstring"):
        return f"        return capi::keep(*g, \"{action.name}\", {call});\n"
    if action.ret == "buffer":
        return f"        return capi::give_buffer({call}, *size_r);\n"
    return f"        return capi::give({call});\n"


def body(action, ret, name, params):
    args = call_arguments(action)
    options = ""
    if action.optargs:
        options = take_options(action)
        args.append("options")
    call = f"guest.{action.name}({', '.join(args)})"
    return (f"{declare(ret, name)}({params}) {{\n"
            f"  return capi::call<{ret}>(g, \"{action.name}\", {failure(action)}, [&](GuestFS& guest) -> {ret} {{\n"
            + checks(action) + options + result(action, call) + "  });\n}\n\n")


def forward_names(action):
    return ["g"] + [n for _, n in arg_list(action)] + (["size_r"] if action.ret == "buffer" else [])


def va_function(action, ret, params):
    name = f"guestfs_{stem(action)}"
    names = ", ".join(forward_names(action) + ["&given"])
    out = [f"{declare(ret, name + '_va')}({params}) {{\n  struct {name}_argv given = {{}};\n"
           "  for (int tag = va_arg(args, int); tag >= 0; tag = va_arg(args, int)) {\n"
           f"    if (capi::is_repeated(g, \"{action.name}\", given.bitmask, tag)) return {failure(action)};\n"
           "    switch (tag) {\n"]
    for p in action.optargs:
        ctype = OPT_C[p.kind]
        out.append(f"      case {bit(action, p)}: given.{p.name} = va_arg(args, {ctype}); break;\n")
    out.append(f"      default: return capi::unknown_option(g, \"{action.name}\", tag), {failure(action)};\n"
               "    }\n    given.bitmask |= std::uint64_t{1} << tag;\n  }\n"
               f"  return {name}_argv({names});\n}}\n\n")
    return "".join(out)


def variadic_function(action, ret, params):
    name = f"guestfs_{stem(action)}"
    args = arg_list(action)
    last = "size_r" if action.ret == "buffer" else args[-1][1] if args else "g"
    names = ", ".join(forward_names(action) + ["args"])
    return (f"{declare(ret, name)}({params}) {{\n  va_list args;\n  va_start(args, {last});\n"
            f"  {declare(ret, 'returned')} = {name}_va({names});\n  va_end(args);\n  return returned;\n}}\n\n")


def functions(action):
    if not action.optargs:
        return body(action, *prototypes(action)[0])
    out = []
    for ret, name, params in prototypes(action):
        if name.endswith("_argv"):
            out.insert(0, body(action, ret, name, params))
        elif name.endswith("_va"):
            out.append(va_function(action, ret, params))
        elif params.endswith("..."):
            out.append(variadic_function(action, ret, params))
        else:
            names = ", ".join(forward_names(action) + ["nullptr"])
            out.append(f"{declare(ret, name)}({params}) {{\n  return guestfs_{stem(action)}_argv({names});\n}}\n\n")
    return "".join(out)


INCLUDES = ("#include \"capi/call.h\"\n#include \"capi/give.h\"\n#include \"capi_structs.h\"\n"
            "#include \"guestfs.h\"\n#include \"vmcraft/vmcraft.h\"\n\n")


def room_source(api, room):
    out = [LICENCE, INCLUDES, "using vmcraft::GuestFS;\nusing namespace vmcraft;\n\nextern \"C\" {\n\n"]
    out += [functions(a) for a in actions_of(api) if a.room == room]
    return "".join(out + ["}  // extern \"C\"\n"])


def field_give(f):
    if f.kind in ("string", "device"):
        return f"  out.{f.name} = give_text(in.{f.name});\n"
    if f.kind == "buffer":
        return f"  out.{f.name}_len = give_bytes(in.{f.name}, out.{f.name});\n"
    if f.kind == "uuid":
        return f"  give_uuid(in.{f.name}, out.{f.name});\n"
    if f.kind == "optpercent":
        return f"  out.{f.name} = in.{f.name}.value_or(-1);\n"
    return f"  out.{f.name} = in.{f.name};\n"


def field_visit(f, verb):
    if f.kind in ("string", "device"):
        return f"text(one.{f.name}, other.{f.name})" if verb == "compare" else f"text(value.{f.name})"
    if f.kind == "buffer":
        both = f"bytes(one.{f.name}, one.{f.name}_len, other.{f.name}, other.{f.name}_len)"
        return both if verb == "compare" else f"bytes(value.{f.name}, value.{f.name}_len)"
    if f.kind == "uuid":
        return f"uuid(one.{f.name}, other.{f.name})" if verb == "compare" else ""
    return f"number(one.{f.name}, other.{f.name})" if verb == "compare" else ""


def struct_functions(struct):
    name = f"struct guestfs_{struct.name}"
    fields = struct.fields
    owned = [field_visit(f, "free") for f in fields if field_visit(f, "free")]
    value = "value" if owned else ""
    out = [f"template <>\nvoid give_into(const {struct.type}& in, {name}& out) {{\n"
           + "".join(field_give(f) for f in fields) + "}\n",
           f"template <>\nvoid free_inside({name}&{' ' + value if value else ''}) {{\n"
           + "".join(f"  free_{v};\n" for v in owned) + "}\n",
           f"template <>\nvoid copy_inside({name}&{' ' + value if value else ''}) {{\n"
           + "".join(f"  copy_{v};\n" for v in owned) + "}\n",
           f"template <>\nint compare_inside(const {name}& one, const {name}& other) {{\n"
           + "".join(f"  if (const int order = compare_{field_visit(f, 'compare')}; order != 0) return order;\n"
                     for f in fields) + "  return 0;\n}\n\n"]
    return "".join(out)


def structs_source(api):
    out = [LICENCE, "#include \"capi_structs.h\"\n\nnamespace vmcraft::capi {\n\n"]
    structs = structs_of(api)
    out += [struct_functions(s) for s in structs]
    out.append("}  // namespace vmcraft::capi\n\nusing namespace vmcraft;\n\nextern \"C\" {\n\n")
    for s in structs:
        name = f"struct guestfs_{s.name}"
        for t, verb in ((name, "one"), (f"{name}_list", "list")):
            short = t[len("struct guestfs_"):]
            out.append(f"void guestfs_free_{short}({t}* value) {{ capi::free_{verb}(value); }}\n"
                       f"int guestfs_compare_{short}(const {t}* one, const {t}* other) {{\n"
                       f"  return capi::compare_{verb}(*one, *other);\n}}\n"
                       f"{t}* guestfs_copy_{short}(const {t}* value) {{ return capi::copy_{verb}(*value); }}\n")
    return "".join(out + ["\n}  // extern \"C\"\n"])


def structs_header(api):
    out = [LICENCE, "#pragma once\n\n#include \"capi/give.h\"\n#include \"guestfs.h\"\n"
           "#include \"vmcraft/types.h\"\n\nnamespace vmcraft::capi {\n\n"]
    for s in structs_of(api):
        name = f"struct guestfs_{s.name}"
        out.append(f"template <>\nvoid give_into(const {s.type}& in, {name}& out);\n"
                   f"template <>\nvoid free_inside({name}& value);\n"
                   f"template <>\nvoid copy_inside({name}& value);\n"
                   f"template <>\nint compare_inside(const {name}& one, const {name}& other);\n"
                   f"inline {name}* give(const {s.type}& in) {{ return give_one<{name}>(in); }}\n"
                   f"inline {name}_list* give(const std::vector<{s.type}>& in) {{\n"
                   f"  return give_list<{name}_list, {name}>(in);\n}}\n\n")
    return "".join(out + ["}  // namespace vmcraft::capi\n"])
