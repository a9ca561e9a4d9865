// SPDX-License-Identifier: LGPL-3.0-or-later
#include "run/machine.h"

#include <elf.h>

#include <array>

namespace vmcraft::run {
namespace {

struct Name {
  unsigned number;
  const char* little;
  const char* big;
  const char* little_wide;
  const char* big_wide;
};

constexpr std::array kNames = std::to_array<Name>({
    {EM_386, "i386", "i386", "i386", "i386"},
    {EM_X86_64, "x32", "x32", "x86_64", "x86_64"},
    {EM_ARM, "arm", "armeb", "arm", "armeb"},
    {EM_AARCH64, "aarch64", "aarch64_be", "aarch64", "aarch64_be"},
    {EM_PPC, "ppc", "ppc", "ppc", "ppc"},
    {EM_PPC64, "ppc64le", "ppc64", "ppc64le", "ppc64"},
    {EM_S390, "s390", "s390", "s390x", "s390x"},
    {EM_RISCV, "riscv32", "riscv32", "riscv64", "riscv64"},
    {EM_MIPS, "mipsel", "mips", "mips64el", "mips64"},
    {EM_SPARC, "sparc", "sparc", "sparc", "sparc"},
    {EM_SPARCV9, "sparc64", "sparc64", "sparc64", "sparc64"},
    {EM_ALPHA, "alpha", "alpha", "alpha", "alpha"},
    {EM_IA_64, "ia64", "ia64", "ia64", "ia64"},
    {258, "loongarch32", "loongarch32", "loongarch64", "loongarch64"},
});

}  // namespace

std::string machine_name(const Machine& machine) {
  for (const Name& name : kNames) {
    if (name.number != machine.number) continue;
    if (machine.wide) return machine.big_endian ? name.big_wide : name.little_wide;
    return machine.big_endian ? name.big : name.little;
  }
  return "machine " + std::to_string(machine.number);
}

}  // namespace vmcraft::run
