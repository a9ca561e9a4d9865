// SPDX-License-Identifier: LGPL-3.0-or-later
// What is installed in a guest, its icon, and its programs' architecture.
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// A PNG of 32 by 32 as far as a look at it goes.
const std::string kPng = std::string("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x20\0\0\0\x20\x08\x06\0\0\0", 29);

class InspectGuest : public FsTest {
 protected:
  GuestFS inspected(const std::function<void(const std::string&)>& prepare) {
    make_image(image_, {.size_mib = 128, .prepare = prepare});
    GuestFS g = open(image_, true);
    EXPECT_THAT(g.inspect_os(), ElementsAre("/dev/sda1"));
    g.mount_ro("/dev/sda1", "/");
    return g;
  }
  static void make_linux(const std::string& tree, const std::string& id) {
    write_host(tree + "/etc/os-release", "ID=" + id + "\nVERSION_ID=12\nPRETTY_NAME=Test\n");
    write_host(tree + "/etc/fstab", "");
    shell("mkdir -p " + tree + "/bin && cp /bin/true " + tree + "/bin/ls");
  }
  std::string image_ = temp.file("guest.raw");
};

TEST_P(InspectGuest, DpkgAgreesWithDpkgQuery) {
  if (!base::find_program("dpkg-query") || !std::filesystem::exists("/var/lib/dpkg/status"))
    GTEST_SKIP() << "this machine has no dpkg";
  GuestFS g = inspected([](const std::string& tree) {
    make_linux(tree, "debian");
    shell("mkdir -p " + tree + "/var/lib/dpkg && cp /var/lib/dpkg/status " + tree + "/var/lib/dpkg/");
  });
  std::string ours;
  for (const Application2& a : g.inspect_list_applications2("/dev/sda1")) {
    ours += a.app2_name + " ";
    if (a.app2_epoch != 0) ours += std::to_string(a.app2_epoch) + ":";
    ours += a.app2_version + (a.app2_release.empty() ? "" : "-" + a.app2_release) + " " + a.app2_arch + "\n";
  }
  // An epoch of 0 that is written out is the same as none.
  EXPECT_EQ(ours, shell("dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} ${Architecture}\\n' | "
                        "sed -n 's/^installed //p' | sed 's/ 0:/ /' | LC_ALL=C sort -s -k1,1"));
  const auto old = g.inspect_list_applications("/dev/sda1");
  EXPECT_EQ(old.size(), static_cast<std::size_t>(std::count(ours.begin(), ours.end(), '\n')));
  EXPECT_EQ(old.front().app_name, ours.substr(0, ours.find(' ')));
}

TEST_P(InspectGuest, RpmAgreesWithRpm) {
  VMCRAFT_NEEDS("rpmbuild");
  write_host(temp.file("x.spec"),
             "Name: vmcraft-test\nEpoch: 3\nVersion: 1.2\nRelease: 4\nSummary: A test\nLicense: None\n"
             "URL: http://x/\nBuildArch: noarch\n%description\nLines\nof text\n%files\n");
  shell("cd " + temp.path() + " && rpmbuild -bb --quiet --define '_topdir " + temp.file("build") + "' x.spec 2>&1");
  GuestFS g = inspected([this](const std::string& tree) {
    make_linux(tree, "fedora");
    shell("rpm --dbpath " + tree + "/var/lib/rpm --justdb --nodeps -i " + temp.file("build/RPMS/noarch/*.rpm") + " 2>&1");
  });
  const auto all = g.inspect_list_applications2("/dev/sda1");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].app2_name, "vmcraft-test");
  EXPECT_EQ(all[0].app2_epoch, 3);
  EXPECT_EQ(all[0].app2_version, "1.2");
  EXPECT_EQ(all[0].app2_release, "4");
  EXPECT_EQ(all[0].app2_arch, "noarch");
  EXPECT_EQ(all[0].app2_url, "http://x/");
  EXPECT_EQ(all[0].app2_summary, "A test");
  EXPECT_EQ(all[0].app2_description, "Lines\nof text");
  EXPECT_EQ(all[0].app2_source_package, "vmcraft-test-1.2-4.src.rpm");
}

TEST_P(InspectGuest, OtherPackages) {
  GuestFS g = inspected([](const std::string& tree) {
    make_linux(tree, "arch");
    write_host(tree + "/var/lib/pacman/local/gmp-6-2/desc", "%NAME%\ngmp\n\n%VERSION%\n6-2\n");
    write_host(tree + "/var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
  });
  ASSERT_THAT(g.inspect_list_applications2("/dev/sda1"), SizeIs(1));
  EXPECT_EQ(g.inspect_list_applications2("/dev/sda1").front().app2_release, "2");
  EXPECT_EQ(errno_of([&] { g.inspect_list_applications2("/dev/sda"); }), EINVAL);
}

TEST_P(InspectGuest, IconAndArchitecture) {
  VMCRAFT_NEEDS("cpio");
  GuestFS g = inspected([](const std::string& tree) {
    make_linux(tree, "debian");
    write_host(tree + "/usr/share/pixmaps/debian-logo.png", kPng);
    write_host(tree + "/etc/favicon.png", kPng + "favicon");
    write_host(tree + "/cmd.exe", "MZ" + std::string(58, '\0') + std::string("\x40\0\0\0PE\0\0\x64\xaa", 10));
    shell("cd " + tree + " && gzip -c bin/ls > module.ko.gz && echo bin/ls | cpio -o -H newc --quiet | gzip > initrd"
          " && echo text > text && ln -s bin/ls link");
  });
  EXPECT_EQ(g.inspect_get_icon("/dev/sda1"), kPng + "favicon");
  InspectGetIconOptions options;
  options.favicon = false;
  EXPECT_EQ(g.inspect_get_icon("/dev/sda1", options), kPng);
  const std::string native = g.inspect_get_arch("/dev/sda1");
  for (const char* path : {"/bin/ls", "/link", "/module.ko.gz", "/initrd"})
    EXPECT_EQ(g.file_architecture(path), native) << path;
  EXPECT_EQ(g.file_architecture("/cmd.exe"), "aarch64");
  EXPECT_EQ(errno_of([&] { g.file_architecture("/text"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.file_architecture("/none"); }), ENOENT);
}

VMCRAFT_ON_BOTH_ENGINES(InspectGuest);

}  // namespace
}  // namespace vmcraft::test
