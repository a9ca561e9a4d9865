// SPDX-License-Identifier: LGPL-3.0-or-later
#include <elf.h>
#include <gtest/gtest.h>

#include "run/machine.h"

namespace vmcraft::run {
namespace {

TEST(Machine, NamesAreThoseOfUname) {
  EXPECT_EQ(machine_name({EM_X86_64, true, false}), "x86_64");
  EXPECT_EQ(machine_name({EM_X86_64, false, false}), "x32");
  EXPECT_EQ(machine_name({EM_386, false, false}), "i386");
  EXPECT_EQ(machine_name({EM_AARCH64, true, false}), "aarch64");
  EXPECT_EQ(machine_name({EM_PPC64, true, false}), "ppc64le");
  EXPECT_EQ(machine_name({EM_PPC64, true, true}), "ppc64");
  EXPECT_EQ(machine_name({EM_S390, true, true}), "s390x");
  EXPECT_EQ(machine_name({EM_MIPS, false, false}), "mipsel");
  EXPECT_EQ(machine_name({EM_RISCV, true, false}), "riscv64");
  EXPECT_EQ(machine_name({54321, true, false}), "machine 54321");
}

}  // namespace
}  // namespace vmcraft::run
