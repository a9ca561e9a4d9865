# SPDX-License-Identifier: LGPL-3.0-or-later
"""lazylink.py OUTPUT.S OBJECTS-FILE LIBRARY.so...: stubs that load a library with its first call.

Linking a library costs its whole tree of dependencies at every start, 30 ms for libarchive alone
inside the isolated engine, though most runs never call it. For each function that the objects use and
a library defines, this writes a stub of that name which loads the library on the first call
(src/base/lazy_library.cc) and jumps to the function from then on. x86_64 only; elsewhere the libraries
are linked as usual.
"""
import subprocess
import sys
from pathlib import Path

# The C++ runtime, which some libraries carry along; ours is linked.
RUNTIME = ("_Z", "__cxa_", "__gxx_", "_Unwind_")

HEADER = """# SPDX-License-Identifier: LGPL-3.0-or-later
# Generated: see tools/lazylink.
  .section .note.GNU-stack,"",@progbits
  .text
# Called with the stub's number on the stack. Keeps every register an argument may be in; the unwind
# information lets the resolver throw where the library is missing.
  .type lazy_common, @function
lazy_common:
  .cfi_startproc
  .cfi_def_cfa_offset 16
  pushq %rbp
  .cfi_def_cfa_offset 24
  .cfi_offset %rbp, -24
  movq %rsp, %rbp
  .cfi_def_cfa_register %rbp
  andq $-16, %rsp
  subq $192, %rsp
  movq %rdi, 0(%rsp)
  movq %rsi, 8(%rsp)
  movq %rdx, 16(%rsp)
  movq %rcx, 24(%rsp)
  movq %r8, 32(%rsp)
  movq %r9, 40(%rsp)
  movq %rax, 48(%rsp)
  movups %xmm0, 64(%rsp)
  movups %xmm1, 80(%rsp)
  movups %xmm2, 96(%rsp)
  movups %xmm3, 112(%rsp)
  movups %xmm4, 128(%rsp)
  movups %xmm5, 144(%rsp)
  movups %xmm6, 160(%rsp)
  movups %xmm7, 176(%rsp)
  movq 8(%rbp), %rdi
  leaq lazy_entries(%rip), %rsi
  leaq lazy_slots(%rip), %rdx
  call vmcraft_lazy_resolve@PLT
  movq %rax, %r11
  movq 0(%rsp), %rdi
  movq 8(%rsp), %rsi
  movq 16(%rsp), %rdx
  movq 24(%rsp), %rcx
  movq 32(%rsp), %r8
  movq 40(%rsp), %r9
  movq 48(%rsp), %rax
  movups 64(%rsp), %xmm0
  movups 80(%rsp), %xmm1
  movups 96(%rsp), %xmm2
  movups 112(%rsp), %xmm3
  movups 128(%rsp), %xmm4
  movups 144(%rsp), %xmm5
  movups 160(%rsp), %xmm6
  movups 176(%rsp), %xmm7
  leave
  .cfi_def_cfa %rsp, 16
  addq $8, %rsp
  .cfi_def_cfa_offset 8
  jmp *%r11
  .cfi_endproc
  .size lazy_common, .-lazy_common
"""


def symbols(command, keep):
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names = set()
    for line in out.splitlines():
        words = line.split()
        if len(words) >= 2 and words[-2] in keep:
            names.add(words[-1].split("@")[0])
    return names


def soname(library):
    out = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True)
    for line in out.stdout.splitlines():
        if "(SONAME)" in line:
            return line[line.index("[") + 1:line.index("]")]
    raise SystemExit(f"lazylink: {library}: has no SONAME")


def stub(number, name):
    return (f"  .globl {name}\n  .hidden {name}\n  .type {name}, @function\n{name}:\n"
            f"  .cfi_startproc\n  jmp *lazy_slots+{8 * number}(%rip)\n"
            f"lazy_first_{number}:\n  pushq ${number}\n  .cfi_def_cfa_offset 16\n"
            f"  jmp lazy_common\n  .cfi_endproc\n  .size {name}, .-{name}\n")


def main(argv):
    output, objects_file, libraries = argv[1], argv[2], argv[3:]
    listed = Path(objects_file).read_text().split()
    objects = [path for path in listed if not path.endswith(".gch")]  # a precompiled header is one too
    wanted = symbols(["nm", "-u", *objects], {"U"})
    found = []
    for library in libraries:
        defined = symbols(["nm", "-D", "--defined-only", library], {"T", "W", "i"})
        defined = {name for name in defined if not name.startswith(RUNTIME)}
        found += [(name, soname(library)) for name in sorted(wanted & defined)]
    text = [HEADER]
    text += [stub(i, name) for i, (name, _) in enumerate(found)]
    text.append("  .section .rodata\n")
    for i, (name, library) in enumerate(found):
        text.append(f"lazy_name_{i}: .asciz \"{name}\"\nlazy_library_{i}: .asciz \"{library}\"\n")
    text.append("  .section .data.rel.ro,\"aw\"\n  .balign 8\nlazy_entries:\n")
    text += [f"  .quad lazy_library_{i}, lazy_name_{i}\n" for i in range(len(found))]
    text.append("  .data\n  .balign 8\nlazy_slots:\n")
    text += [f"  .quad lazy_first_{i}\n" for i in range(len(found))]
    path = Path(output)
    content = "".join(text)
    if not path.exists() or path.read_text() != content:
        path.write_text(content)


if __name__ == "__main__":
    main(sys.argv)
