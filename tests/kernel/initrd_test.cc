// SPDX-License-Identifier: LGPL-3.0-or-later
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;

class GuestInitrd : public FsTest {
 protected:
  GuestFS mounted(const std::function<void(const std::string&)>& prepare = {}) {
    make_image(temp.file("w.raw"), {.prepare = prepare});
    GuestFS g = open(temp.file("w.raw"), false);
    g.mount("/dev/sda1", "/");
    return g;
  }
};

TEST_P(GuestInitrd, ListedAndRead) {
  VMCRAFT_NEEDS("cpio");
  GuestFS g = mounted([](const std::string& tree) {
    shell("cd " + tree + " && mkdir -p i/bin && cp /bin/true i/bin/sh && echo early > e && { echo e | cpio -o -H newc --quiet; "
          "head -c 512 /dev/zero; (cd i && find bin | cpio -o -H newc --quiet) | gzip; } > initrd");
  });
  EXPECT_THAT(g.initrd_list("/initrd"), ElementsAre("e", "bin", "bin/sh"));
  EXPECT_EQ(g.initrd_cat("/initrd", "e"), "early\n");
  EXPECT_EQ(g.initrd_cat("/initrd", "bin/sh"), read_host("/bin/true"));
  EXPECT_EQ(errno_of([&] { g.initrd_cat("/initrd", "none"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.initrd_list("/e"); }), EUCLEAN);
}

VMCRAFT_ON_BOTH_ENGINES(GuestInitrd);

}  // namespace
}  // namespace vmcraft::test
