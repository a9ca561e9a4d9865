// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/initrd.h"

#include <gmock/gmock.h>

#include "base/process.h"
#include "file_support.h"
#include "support/image.h"

namespace vmcraft::file {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class Initrd : public FileTest {
 protected:
  void SetUp() override {
    if (!base::find_program("cpio")) GTEST_SKIP() << "the program cpio is not installed";
    put("/early/kernel/microcode", "cpu");
    put("/main/init", "#!/bin/sh\n");
    put("/main/bin/tool", std::string(100000, 't'));
    test::shell("cd " + host("/main") + " && ln init init2 && ln -s init link");
    archive("early");
    archive("main");
  }
  void archive(const std::string& name) const {
    test::shell("cd " + host("/" + name) + " && find . -mindepth 1 | LC_ALL=C sort | sed 's/^..//' |"
                " cpio -o -H newc --quiet > ../" + name + ".cpio");
  }
  /// The early archive, padded, and the main one through a filter.
  void combine(const std::string& filter) const {
    test::shell("cd " + host("") + " && { cat early.cpio; head -c 1024 /dev/zero; cat main.cpio | " +
                filter + "; } > initrd");
  }
  std::vector<std::string> names() const { return list_initrd(file_region(*root, "/initrd"), progress); }
  std::string read(const std::string& name) const {
    return read_initrd(file_region(*root, "/initrd"), name, progress);
  }
};

TEST_F(Initrd, EveryCompression) {
  for (const std::string filter : {"cat", "gzip", "bzip2", "xz --check=crc32", "lzma", "zstd -q", "lz4 -q", "lz4 -q -l"}) {
    if (!base::find_program(filter.substr(0, filter.find(' ')))) continue;
    combine(filter);
    EXPECT_THAT(names(), ElementsAre("kernel", "kernel/microcode", "bin", "bin/tool", "init", "init2", "link")) << filter;
    EXPECT_EQ(read("kernel/microcode"), "cpu") << filter;
    EXPECT_EQ(read("bin/tool"), std::string(100000, 't')) << filter;
    EXPECT_EQ(read("init"), "#!/bin/sh\n") << filter;
    EXPECT_EQ(read("init2"), "#!/bin/sh\n") << filter;
  }
}

TEST_F(Initrd, WhatCannotBeRead) {
  combine("gzip");
  EXPECT_EQ(error_of([&] { read("none"); }), ENOENT);
  EXPECT_EQ(error_of([&] { read("bin"); }), EINVAL);
  put("/initrd", "");
  EXPECT_EQ(error_of([&] { names(); }), EUCLEAN);
  put("/initrd", "this is none, and no compression either ...........................................................");
  EXPECT_EQ(error_of([&] { names(); }), EUCLEAN);
  put("/initrd", get("/main.cpio").substr(0, 5000));
  EXPECT_EQ(error_of([&] { names(); }), EUCLEAN);
}

}  // namespace
}  // namespace vmcraft::file
