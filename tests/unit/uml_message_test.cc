// SPDX-License-Identifier: LGPL-3.0-or-later
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/kernel_module.h"
#include "base/temp.h"
#include "uml/boot.h"
#include "uml/keeper_client.h"
#include "uml/pack.h"
#include "uml/wire.h"
#include "vmcraft/error.h"

namespace vmcraft::uml {
namespace {

TEST(UmlPack, NumbersAndTextsComeBack) {
  const std::string bytes = Packer().number(7).text("a\0b").texts({"x", ""}).bytes();
  Unpacker in(bytes);
  EXPECT_EQ(in.number(), 7U);
  EXPECT_EQ(in.text(), "a");
  EXPECT_EQ(in.texts(), (std::vector<std::string>{"x", ""}));
  EXPECT_THROW(in.number(), Error);
}

TEST(UmlPack, EveryTruncationIsAnError) {
  const std::string bytes = KeeperSpec{"/tmp", 1, {"linux"}, {"daemon", "x"}, 1, 2, true, 1}.pack();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(KeeperSpec::unpack(std::string_view(bytes).substr(0, size)), Error) << size;
  EXPECT_EQ(KeeperSpec::unpack(bytes).storage_argv, (std::vector<std::string>{"daemon", "x"}));
}

TEST(UmlWire, ErrorsKeepWhatTheyCarry) {
  try {
    throw_packed_error(pack_error(std::make_exception_ptr(Error(ErrorCode::corrupt, 117, "bad"))));
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ErrorCode::corrupt);
    EXPECT_EQ(failure.errno_value(), 117);
    EXPECT_STREQ(failure.what(), "bad");
  }
  const CommandError command("t: failed", {"t", "-x"}, 256, "tail");
  try {
    throw_packed_error(pack_error(std::make_exception_ptr(command)));
  } catch (const CommandError& failure) {
    EXPECT_EQ(failure.argv(), command.argv());
    EXPECT_EQ(failure.stderr_tail(), "tail");
  }
  EXPECT_THROW(throw_packed_error(pack_error(std::make_exception_ptr(std::runtime_error("r")))),
               Error);
}

TEST(UmlKeeper, LastWordsAreTheReason) {
  EXPECT_EQ(last_words(""), "it said nothing");
  EXPECT_EQ(last_words("one\ntwo\n\n"), "two");
  EXPECT_EQ(last_words("noise\nKernel panic - not syncing: VFS: no root\nCPU: 0\n"),
            "Kernel panic - not syncing: VFS: no root");
  EXPECT_EQ(last_words("agent: no\r\nKernel panic - not syncing: Attempted to kill init!\nCPU\n"),
            "agent: no; Kernel panic - not syncing: Attempted to kill init!");
}

TEST(UmlBoot, RawDisksGoToUbdWhileThereIsRoom) {
  std::vector<Disk> disks(18);
  for (Disk& disk : disks) disk.raw_path = "/dev/null";
  disks[1].sector_bytes = 4096;
  const DiskPlan plan = plan_disks(disks);
  EXPECT_EQ(plan.ubd.size(), 16U);
  EXPECT_TRUE(plan.places[1].vhost);
  EXPECT_TRUE(plan.places[17].vhost);
  EXPECT_EQ(plan.places[17].index, 1U);
  EXPECT_EQ(plan.places[2].index, 1U);
  disks[0].sector_bytes = 100;
  EXPECT_THROW(plan_disks(disks), Error);
}

TEST(KernelModule, WhatTheKernelHasIsNotLoadedAgain) {
  // In every kernel, and no module of any.
  EXPECT_TRUE(base::try_load_module("printk"));
  EXPECT_FALSE(base::try_load_module("vmcraft-no-such-module"));
}

TEST(KernelModule, ResolvesNamesAliasesAndDependencies) {
  const base::TempDir folder;
  std::ofstream(folder.file("modules.dep"))
      << "kernel/a.ko:\nkernel/b-c.ko: kernel/a.ko\nkernel/d.ko: kernel/b-c.ko kernel/a.ko\n";
  std::ofstream(folder.file("modules.alias")) << "# comment\nalias fs-x d\nalias pci:v*d1 b_c\n";
  std::ofstream(folder.file("modules.builtin")) << "kernel/fs/ext4/ext4.ko\n";
  base::KernelModules modules(folder.path());
  using Paths = std::vector<std::string>;
  EXPECT_EQ(modules.resolve("d"), (Paths{"kernel/a.ko", "kernel/b-c.ko", "kernel/d.ko"}));
  EXPECT_EQ(modules.resolve("b_c"), (Paths{"kernel/a.ko", "kernel/b-c.ko"}));
  EXPECT_EQ(modules.resolve("fs-x"), modules.resolve("d"));
  EXPECT_EQ(modules.resolve("pci:v7d1"), modules.resolve("b-c"));
  EXPECT_EQ(modules.resolve("ext4"), Paths());
  EXPECT_EQ(modules.resolve("none"), std::nullopt);
  EXPECT_THROW(modules.load("none"), Error);
}

}  // namespace
}  // namespace vmcraft::uml
