// SPDX-License-Identifier: LGPL-3.0-or-later
// What the registry of a Windows says, with hives that hivexsh makes.
#include "fs_support.h"
#include "support/hive.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class InspectWindows : public FsTest {
 protected:
  GuestFS inspected(const std::function<void(const std::string&)>& prepare) {
    make_image(image_, {.size_mib = 128, .prepare = prepare});
    GuestFS g = open(image_, true);
    EXPECT_THAT(g.inspect_os(), ElementsAre("/dev/sda1"));
    g.mount_ro("/dev/sda1", "/");
    return g;
  }
  std::string image_ = temp.file("guest.raw");
};

const std::string kConfig = "/Windows/System32/config/";

void make_windows(const std::string& tree, const std::string& mounted_devices) {
  write_host(tree + "/Windows/System32/cmd.exe",
             "MZ" + std::string(58, '\0') + std::string("\x40\0\0\0PE\0\0\x64\x86", 10));
  make_hive(tree + kConfig + "SOFTWARE",
            "cd \\\nadd Microsoft\ncd Microsoft\nadd Windows NT\ncd Windows NT\nadd CurrentVersion\n"
            "cd CurrentVersion\nsetval 6\nProductName\nstring:Windows 10 Pro\nCurrentMajorVersionNumber\n"
            "dword:10\nCurrentMinorVersionNumber\ndword:0\nCurrentVersion\nstring:6.3\nInstallationType\n"
            "string:Client\nCurrentBuildNumber\nstring:22631\ncd ..\ncd ..\nadd Windows\ncd Windows\n"
            "add CurrentVersion\ncd CurrentVersion\nadd Group Policy\ncd Group Policy\nadd History\n"
            "cd History\nadd {0}\ncd ..\ncd ..\nadd Uninstall\ncd Uninstall\nadd Tool\ncd Tool\nsetval 3\n"
            "DisplayName\nstring:The Tool\nDisplayVersion\nstring:1.5\nSystemComponent\ndword:1\ncd ..\n"
            "add Nameless\ncommit\n");
  make_hive(tree + kConfig + "SYSTEM",
            "cd \\\nadd Select\ncd Select\nsetval 1\nCurrent\ndword:2\ncd ..\nadd ControlSet002\n"
            "cd ControlSet002\nadd Services\ncd Services\nadd Tcpip\ncd Tcpip\nadd Parameters\n"
            "cd Parameters\nsetval 1\nHostname\nstring:WINHOST\ncd \\\nadd MountedDevices\n"
            "cd MountedDevices\nsetval 3\n\\DosDevices\\C:\n" + mounted_devices +
                "\n\\DosDevices\\D:\nhex:3:01,02,03,04,05,06,07,08,09,0a,0b,0c\n\\DosDevices\\E:\n"
                "hex:3:5c,00,3f,00\ncommit\n");
}

TEST_P(InspectWindows, OnAnMbr) {
  VMCRAFT_NEEDS("hivexsh");
  shell("mkdir " + temp.file("tree"));
  // The partition at 1 MiB of the disk 0x1234abcd.
  make_windows(temp.file("tree"), "hex:3:cd,ab,34,12,00,00,10,00,00,00,00,00");
  shell("truncate -s 64M " + image_ + " && echo 'label-id: 0x1234abcd\n2048,,7' | sfdisk -q -X dos " + image_ +
        " && mke2fs -q -F -t ext4 -d " + temp.file("tree") + " -E offset=1048576 " + image_ + " 60M");
  GuestFS g = open(image_, true);
  ASSERT_THAT(g.inspect_os(), ElementsAre("/dev/sda1"));
  EXPECT_EQ(g.inspect_get_product_name("/dev/sda1"), "Windows 11 Pro");
  EXPECT_EQ(g.inspect_get_product_variant("/dev/sda1"), "Client");
  EXPECT_EQ(g.inspect_get_major_version("/dev/sda1"), 10);
  EXPECT_EQ(g.inspect_get_minor_version("/dev/sda1"), 0);
  EXPECT_EQ(g.inspect_get_build_id("/dev/sda1"), "22631");
  EXPECT_EQ(g.inspect_get_hostname("/dev/sda1"), "WINHOST");
  EXPECT_EQ(g.inspect_get_windows_system_hive("/dev/sda1"), kConfig + "SYSTEM");
  EXPECT_EQ(g.inspect_get_windows_software_hive("/dev/sda1"), kConfig + "SOFTWARE");
  EXPECT_EQ(g.inspect_get_windows_current_control_set("/dev/sda1"), "ControlSet002");
  EXPECT_TRUE(g.inspect_get_windows_group_policy("/dev/sda1"));
  EXPECT_EQ(g.inspect_get_drive_mappings("/dev/sda1"), (HashTable{{"C", "/dev/sda1"}}));
  g.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(g.inspect_get_icon("/dev/sda1"), "");
  const auto all = g.inspect_list_applications2("/dev/sda1");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].app2_name, "Tool");
  EXPECT_EQ(all[0].app2_display_name, "The Tool");
  EXPECT_EQ(all[0].app2_version, "1.5");
  EXPECT_EQ(all[0].app2_class, "system");
}

TEST_P(InspectWindows, OnAGpt) {
  VMCRAFT_NEEDS("hivexsh");
  make_image(image_, {.prepare = [](const std::string& tree) {
               make_windows(tree, "hex:3:44,4d,49,4f,3a,49,44,3a,33,22,11,00,55,44,77,66,88,99,aa,bb,cc,dd,ee,ff");
             }});
  shell("sfdisk -q --part-uuid " + image_ + " 1 00112233-4455-6677-8899-AABBCCDDEEFF");
  GuestFS g = open(image_, true);
  ASSERT_THAT(g.inspect_os(), ElementsAre("/dev/sda1"));
  EXPECT_EQ(g.inspect_get_drive_mappings("/dev/sda1"), (HashTable{{"C", "/dev/sda1"}}));
}

TEST_P(InspectWindows, WithDamagedHives) {
  GuestFS g = inspected([](const std::string& tree) {
    write_host(tree + "/Windows/System32/cmd.exe", "MZ");
    write_host(tree + kConfig + "system", empty_hive());
    write_host(tree + kConfig + "software", std::string(5000, 'x'));
  });
  EXPECT_EQ(g.inspect_get_product_name("/dev/sda1"), "unknown");
  EXPECT_EQ(g.inspect_get_windows_system_hive("/dev/sda1"), kConfig + "system");
  EXPECT_EQ(errno_of([&] { g.inspect_get_windows_current_control_set("/dev/sda1"); }), ENOENT);
  EXPECT_FALSE(g.inspect_get_windows_group_policy("/dev/sda1"));
  EXPECT_NE(errno_of([&] { g.inspect_list_applications2("/dev/sda1"); }), -1);
}

TEST_P(InspectWindows, OtherSystemsHaveNoRegistry) {
  GuestFS g = inspected([](const std::string& tree) {
    write_host(tree + "/etc/fstab", "");
    shell("mkdir " + tree + "/bin");
  });
  EXPECT_EQ(errno_of([&] { g.inspect_get_windows_system_hive("/dev/sda1"); }), EINVAL);
  EXPECT_TRUE(g.inspect_get_drive_mappings("/dev/sda1").empty());
}

VMCRAFT_ON_BOTH_ENGINES(InspectWindows);

}  // namespace
}  // namespace vmcraft::test
