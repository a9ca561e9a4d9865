// SPDX-License-Identifier: LGPL-3.0-or-later
// Boot loaders' configuration, kernels and initial file systems.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "inspect/report/boot_config.h"
#include "support/guest_tree.h"
#include "support/windows.h"

namespace vmcraft::inspect::report {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using test::GuestTree;

std::string line(const BootEntry& entry) {
  return entry.title + "|" + entry.kernel + "|" + entry.options + "|" + ::testing::PrintToString(entry.initrds) + "|" + entry.chain;
}

TEST(InspectBoot, Grub2) {
  const BootConfig config = parse_grub2(
      "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\nelse\n   set default=\"2>1\"\nfi\nset timeout=5\n"
      "function x {\n  set y\n}\nmenuentry 'A \"B\"' --class x $menuentry_id_option 'id' {\n\tlinux\t/vmlinuz root=UUID=1 ro quiet\n"
      "\tinitrd /initrd # comment\n}\nsubmenu 'More' {\n  menuentry \"C\\\"D\" {\n    chainloader /EFI/x.efi\n  }\n}\n"
      "menuentry Xen {\nmultiboot /xen.gz mem=1G\nmodule /vmlinuz ro\nmodule /initrd\n}\n");
  EXPECT_EQ(config.default_entry, "2>1");
  EXPECT_EQ(config.timeout, "5");
  ASSERT_EQ(config.entries.size(), 3U);
  EXPECT_EQ(line(config.entries[2]), "Xen|/vmlinuz|ro|{ \"/initrd\" }|/xen.gz mem=1G");
  EXPECT_EQ(line(config.entries[0]), "A \"B\"|/vmlinuz|root=UUID=1 ro quiet|{ \"/initrd\" }|");
  EXPECT_EQ(line(config.entries[1]), "C\"D|||{}|/EFI/x.efi");
}

TEST(InspectBoot, EntriesOfTheSpecification) {
  GuestTree guest({{"/boot/loader/loader.conf", "timeout 3\ndefault arch.conf\n"},
                   {"/boot/loader/entries/arch.conf",
                    "# x\ntitle Arch Linux\nversion 6.1\nlinux /vmlinuz-linux\ninitrd /ucode.img\ninitrd /initramfs.img\noptions root=/dev/sda2\noptions rw\n"},
                   {"/boot/EFI/BOOT/BOOTX64.EFI", ""},
                   {"/etc/kernel/cmdline", "root=/dev/sda2 rw\n"}});
  EXPECT_EQ(guest.section("boot").dump(),
            R"({"firmware":"efi","loaders":[{"name":"systemd-boot","path":"/boot/loader/loader.conf","default":"arch.conf",)"
            R"("timeout":"3","entries":[{"title":"Arch Linux","kernel":"/vmlinuz-linux","initrds":["/ucode.img","/initramfs.img"],)"
            R"("options":"root=/dev/sda2 rw","path":"/boot/loader/entries/arch.conf"}]}],)"
            R"("efi_programs":["/boot/EFI/BOOT/BOOTX64.EFI"],"default_options":"root=/dev/sda2 rw"})");
}

TEST(InspectBoot, KernelsAndInitrds) {
  if (!base::find_program("cpio")) GTEST_SKIP() << "the program cpio is not installed";
  GuestTree guest({{"/lib/modules/6.1.0-1/modules.dep", "kernel/a.ko:\nkernel/b.ko: kernel/a.ko\n"},
                   {"/boot/initrd.img-6.1.0-2", "damaged"},
                   {"/tree/lib/modules/6.1.0-1/kernel/fs/ext4/ext4.ko.xz", ""},
                   {"/tree/lib/modules/6.1.0-1/kernel/virtio_blk.ko", ""},
                   {"/tree/lib/modules/6.1.0-1/kernel/x.ko.txt", ""},
                   {"/tree/usr/lib/dracut/x", ""}});
  std::string image(0x400, '\0');
  image.replace(0x202, 4, "HdrS");
  image[0x20f] = '\1';
  guest.write("/boot/vmlinuz-6.1.0-1", image.substr(0, 0x300) + "6.1.0-1 (someone) #1 SMP" + std::string(9, '\0'));
  test::shell("cd " + guest.host("/tree") + " && find . | cpio -o -H newc --quiet | gzip > " +
              guest.host("/boot/initramfs-6.1.0-1.img"));
  const Json report = guest.report({"kernels"});
  const Json& kernels = report["kernels"];
  ASSERT_EQ(kernels.size(), 2U);
  for (const Json& kernel : kernels) {
    if (kernel["version"] == "6.1.0-2") continue;
    EXPECT_EQ(kernel["version"], "6.1.0-1");
    EXPECT_EQ(kernel["banner"], "6.1.0-1 (someone) #1 SMP");
    EXPECT_EQ(kernel["module_count"], 2);
    EXPECT_EQ(kernel["initrds"][0]["modules"].dump(), R"(["ext4","virtio_blk"])");
    EXPECT_EQ(kernel["initrds"][0]["made_by"], "dracut");
  }
  ASSERT_EQ(report["findings"].size(), 1U);
  EXPECT_EQ(report["findings"][0]["path"], "/boot/initrd.img-6.1.0-2");
}

TEST(InspectBoot, Bcd) {
  if (!base::find_program("hivexregedit")) GTEST_SKIP() << "the program hivexregedit is not installed";
  GuestTree guest({{"/Boot/x", ""}});
  test::merge_hive(guest.host("/Boot/BCD"),
                   "[\\Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Description]\n\"Type\"=dword:10100002\n\n"
                   "[\\Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements\\23000003]\n\"Element\"=\"{aa}\"\n\n"
                   "[\\Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements\\25000004]\n\"Element\"=hex:1e,00,00,00,00,00,00,00\n\n"
                   "[\\Objects\\{aa}\\Description]\n\"Type\"=dword:10200003\n\n"
                   "[\\Objects\\{aa}\\Elements\\12000004]\n\"Element\"=\"Windows 11\"\n\n"
                   "[\\Objects\\{aa}\\Elements\\12000002]\n\"Element\"=\"\\\\Windows\\\\system32\\\\winload.efi\"\n\n"
                   "[\\Objects\\{bb}\\Description]\n\"Type\"=dword:30000000\n");
  guest.os.type = "windows";
  const Json loader = guest.section("boot")["loaders"][0];
  EXPECT_EQ(loader["default"], "{aa}");
  EXPECT_EQ(loader["timeout"], "30");
  ASSERT_EQ(loader["entries"].size(), 2U);
  EXPECT_THAT(loader["entries"].dump(), ::testing::HasSubstr(
      R"({"id":"{aa}","kind":"boot loader","title":"Windows 11","kernel":"\\Windows\\system32\\winload.efi"})"));
}

class BootCorpus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("VMCRAFT_CORPUS") == nullptr) GTEST_SKIP() << "VMCRAFT_CORPUS is not set";
  }
  static std::string text(const std::string& name) {
    return test::read_host(std::string(std::getenv("VMCRAFT_CORPUS")) + "/bootcfg/grubby/" + name);
  }
};

// Counted by hand in the files, and the outcomes that come with them.
TEST_F(BootCorpus, Grub2) {
  const std::map<std::string, std::size_t> entries = {
      {"grub2.1", 2},  {"grub2.10", 2}, {"grub2.12", 1}, {"grub2.14", 1}, {"grub2.19", 3}, {"grub2.20", 2},
      {"grub2.22", 2}, {"grub2.25", 2}, {"grub2.3", 4},  {"grub2.4", 4},  {"grub2.5", 4},  {"grub2.6", 2}};
  for (const auto& [name, count] : entries) {
    const BootConfig config = parse_grub2(text(name));
    EXPECT_EQ(config.entries.size(), count) << name;
    for (const BootEntry& entry : config.entries) {
      EXPECT_FALSE(entry.title.empty()) << name;
      EXPECT_TRUE(entry.kernel.starts_with("/")) << name;
    }
  }
  const BootEntry first = parse_grub2(text("grub2.1")).entries[0];
  EXPECT_EQ(line(first), "Linux, with Fedora 2.6.38.8-32.fc15.x86_64|/vmlinuz-2.6.38.8-32.fc15.x86_64|"
                         "root=/dev/mapper/vg_pjones5-lv_root ro quiet rhgb|{ \"/initramfs-2.6.38.8-32.fc15.x86_64.img\" }|");
}

TEST_F(BootCorpus, Others) {
  const BootConfig grub = parse_grub1(text("grub.7"));
  EXPECT_EQ(grub.default_entry, "2");
  EXPECT_EQ(grub.timeout, "10");
  ASSERT_EQ(grub.entries.size(), 5U);
  EXPECT_EQ(line(grub.entries[3]), "Red Hat Linux (2.4.7-2)|/vmlinuz-2.4.7-2|ro root=/dev/sda1 console=tty0 "
                                   "console=ttyS1,9600n81|{ \"/initrd-2.4.7-2.img\" }|");
  EXPECT_EQ(grub.entries[4].chain, "+1");
  EXPECT_EQ(parse_grub1(text("grub.11")).entries[0].kernel, "(hd0,1)/vmlinuz-2.4.7-2smp");
  const BootConfig extlinux = parse_extlinux(text("extlinux.2"));
  EXPECT_EQ(extlinux.default_entry, "Fedora (3.12.0-2.fc21.i686) 20 (Heisenbug)");
  ASSERT_EQ(extlinux.entries.size(), 2U);
  EXPECT_EQ(extlinux.entries[0].initrds, std::vector<std::string>{"/initrd-3.12.0-2.fc21.i686.img"});
  EXPECT_EQ(extlinux.entries[1].chain, "com32 chain.c32");
  const BootConfig lilo = parse_lilo(text("lilo.5"));
  EXPECT_EQ(lilo.default_entry, "DOS");
  EXPECT_EQ(line(lilo.entries[0]), "linux|/boot/vmlinuz-2.4.18-4|root=/dev/hda1 ro|{ \"/boot/initrd-2.4.18-4.img\" }|");
  EXPECT_EQ(lilo.entries[1].chain, "/dev/hda2");
  EXPECT_EQ(parse_lilo(text("lilo.7")).entries.size(), 3U);
  EXPECT_EQ(parse_lilo(text("yaboot.1")).entries.size(), 4U);
  const BootConfig zipl = parse_zipl(text("zipl.1"));
  EXPECT_EQ(zipl.default_entry, "linux");
  EXPECT_EQ(line(zipl.entries[1]), "linux2|/boot/vmlinuz-2.4.9-38|root=/dev/dasda1  dasd=0200,0201,0202,0203|"
                                   "{ \"/boot/initrd-2.4.9-38.img\" }|");
}

}  // namespace
}  // namespace vmcraft::inspect::report
