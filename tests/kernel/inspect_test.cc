// SPDX-License-Identifier: LGPL-3.0-or-later
// Inspection of a guest whose root is on LVM, of one with its parts apart, and of a Windows.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/image.h"

namespace vmcraft::test {
namespace {

constexpr const char* kMakeGuest = VMCRAFT_TEST_DATA "/../scripts/make-guest";

// A tree that says it is a Debian, with a real program of this machine for the architecture.
void make_debian_tree(const std::string& tree) {
  write_host(tree + "/etc/os-release",
             "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n");
  write_host(tree + "/etc/debian_version", "12.7\n");
  write_host(tree + "/etc/hostname", "lvm-guest\n");
  write_host(tree + "/etc/motd", "hello\n");
  shell("mkdir -p " + tree + "/usr/bin " + tree + "/boot/efi; ln -s usr/bin " + tree +
        "/bin; cp /bin/echo " + tree + "/usr/bin/ls; echo kernel > " + tree + "/boot/vmlinuz");
}

TEST(InspectLvm, OnTheEngineThatAutoPicks) {
  if (!is_root()) GTEST_SKIP() << "making the guest needs loop devices, and they need root";
  const base::TempDir temp;
  make_debian_tree(temp.file("tree"));
  const std::string image = temp.file("guest.qcow2");
  run({kMakeGuest, image, temp.file("tree")});
  GuestFS g(image);
  const std::string root = "/dev/debian-vg/root";
  EXPECT_EQ(g.lvs(), std::vector<std::string>{root});
  EXPECT_EQ(g.vgs(), std::vector<std::string>{"debian-vg"});
  EXPECT_TRUE(g.is_lv(root));
  EXPECT_EQ(g.canonical_device_name("/dev/mapper/debian--vg-root"), root);
  EXPECT_EQ(g.inspect_os(), std::vector<std::string>{root});
  EXPECT_EQ(g.inspect_get_roots(), std::vector<std::string>{root});
  EXPECT_EQ(g.inspect_get_type(root), "linux");
  EXPECT_EQ(g.inspect_get_distro(root), "debian");
  EXPECT_EQ(g.inspect_get_arch(root), "x86_64");
  EXPECT_EQ(g.inspect_get_product_name(root), "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(g.inspect_get_product_variant(root), "unknown");
  EXPECT_EQ(g.inspect_get_major_version(root), 12);
  EXPECT_EQ(g.inspect_get_minor_version(root), 7);
  EXPECT_EQ(g.inspect_get_hostname(root), "lvm-guest");
  EXPECT_EQ(g.inspect_get_package_format(root), "deb");
  EXPECT_EQ(g.inspect_get_package_management(root), "apt");
  EXPECT_EQ(g.inspect_get_build_id(root), "unknown");
  EXPECT_EQ(g.inspect_get_osinfo(root), "debian12");
  EXPECT_EQ(g.inspect_get_format(root), "installed");
  EXPECT_FALSE(g.inspect_is_live(root) || g.inspect_is_netinst(root) || g.inspect_is_multipart(root));
  EXPECT_EQ(g.inspect_get_mountpoints(root),
            (HashTable{{"/", root}, {"/boot", "/dev/sda2"}, {"/boot/efi", "/dev/sda1"}}));
  EXPECT_EQ(g.inspect_get_filesystems(root),
            (std::vector<std::string>{root, "/dev/sda2", "/dev/sda1"}));
  EXPECT_THROW(g.inspect_get_windows_systemroot(root), Error);
  EXPECT_TRUE(g.is_linux());
  EXPECT_FALSE(g.is_windows());
  g.mount_root();
  g.mount_root();
  EXPECT_EQ(g.cat("/etc/hostname"), "lvm-guest\n");
  EXPECT_EQ(g.cat("/boot/vmlinuz"), "kernel\n");
  EXPECT_TRUE(g.exists("/boot/efi/EFI/debian/grub.cfg"));
  try {
    g.part_del("/dev/sda", 3);
    ADD_FAILURE() << "what a mounted volume stands on was deleted";
  } catch (const Error& error) {
    EXPECT_EQ(error.errno_value(), EBUSY);
    EXPECT_EQ(error.what(), "part_del: " + root + ": is mounted");
  }
  const HashTable info = g.inspect_os_info();
  EXPECT_NE(std::find(info.begin(), info.end(),
                      std::pair<std::string, std::string>{"hostname", "lvm-guest"}),
            info.end());
  g.shutdown();

  GuestFS writable(image, false);
  writable.mount_root();
  writable.write("/etc/motd", "edited\n");
  writable.shutdown();
  GuestFS again(image);
  again.mount_root();
  EXPECT_EQ(again.cat("/etc/motd"), "edited\n");
}

class Inspect : public EngineTest {};

TEST_P(Inspect, AnUnknownDiskHasNoSystem) {
  make_image(temp.file("x.raw"));
  GuestFS g = open(temp.file("x.raw"), true);
  EXPECT_TRUE(g.inspect_os().empty());
  EXPECT_THROW(g.inspect_os_info(), Error);
  EXPECT_THROW(g.mount_root(), Error);
}

TEST_P(Inspect, Windows) {
  const std::string path = temp.file("w.raw");
  // The layout is what is recognised; NTFS needs a driver that only some kernels have.
  make_image(path, {.prepare = [](const std::string& tree) {
               write_host(tree + "/Windows/System32/config/SYSTEM", "regf");
               std::string pe = "MZ" + std::string(58, '\0') + std::string("\x40\0\0\0PE\0\0\x64\x86", 10);
               write_host(tree + "/Windows/System32/cmd.exe", pe);
             }});
  GuestFS g = open(path, true);
  ASSERT_EQ(g.inspect_os(), std::vector<std::string>{"/dev/sda1"});
  EXPECT_EQ(g.inspect_get_type("/dev/sda1"), "windows");
  EXPECT_EQ(g.inspect_get_windows_systemroot("/dev/sda1"), "/Windows");
  EXPECT_EQ(g.inspect_get_arch("/dev/sda1"), "x86_64");
  EXPECT_TRUE(g.is_windows());
}

VMCRAFT_ON_BOTH_ENGINES(Inspect);

}  // namespace
}  // namespace vmcraft::test
