// SPDX-License-Identifier: LGPL-3.0-or-later
// Which system a file system holds, by folders that look like it, and by release files of others.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "inspect/release.h"
#include "inspect/report/packages_other.h"
#include "inspect/systems.h"
#include "support/guest_tree.h"

namespace vmcraft::inspect {
namespace {

using test::GuestTree;

// type distro major.minor format management "product name"
std::string told(const GuestTree& guest) {
  const mount::GuestRoot root(base::open_file(guest.host("/"), O_RDONLY | O_DIRECTORY));
  const Finding finding = examine("/dev/sda1", "ext4", root);
  if (finding.role != Role::root) return "no root";
  const OperatingSystem& os = finding.os;
  return os.type + " " + os.distro + " " + std::to_string(os.major_version) + "." + std::to_string(os.minor_version) + " " +
         os.package_format + " " + os.package_management + " \"" + os.product_name + "\"";
}

std::string told_linux(const std::string& release, const std::string& database = "/x") {
  return told({{"/etc/os-release", release}, {"/bin/x", ""}, {database, ""}});
}

TEST(InspectSystems, Distributions) {
  EXPECT_EQ(told_linux("ID=amzn\nVERSION_ID=2023\nPRETTY_NAME=\"Amazon Linux 2023\"\n"),
            "linux amazonlinux 2023.0 rpm dnf \"Amazon Linux 2023\"");
  EXPECT_EQ(told_linux("ID=photon\nVERSION_ID=5.0\nNAME=Photon\n"), "linux photon 5.0 rpm tdnf \"Photon\"");
  EXPECT_EQ(told_linux("ID=\"void\"\nNAME=Void\n"), "linux voidlinux 0.0 xbps xbps \"Void\"");
  EXPECT_EQ(told_linux("ID=openEuler\nVERSION_ID=22.03\nNAME=openEuler\n"), "linux openeuler 22.3 rpm dnf \"openEuler\"");
  EXPECT_EQ(told_linux("ID=kylin\nVERSION_ID=V10\nNAME=Kylin\n"), "linux kylin 0.0 deb apt \"Kylin\"");
  EXPECT_EQ(told_linux("ID=kylin\nVERSION_ID=V10\nNAME=Kylin\n", "/var/lib/rpm/rpmdb.sqlite"), "linux kylin 0.0 rpm unknown \"Kylin\"");
  EXPECT_EQ(told_linux("ID=uos\nVERSION_ID=20\nNAME=UOS\n", "/var/lib/dpkg/status"), "linux uos 20.0 deb apt \"UOS\"");
  EXPECT_EQ(told_linux("ID=raspbian\nVERSION_ID=12\nNAME=R\n", "/var/lib/dpkg/status"), "linux raspbian 12.0 deb apt \"R\"");
  EXPECT_EQ(told_linux("ID=manjaro\nNAME=M\n", "/var/lib/pacman/local/x"), "linux manjaro 0.0 pacman pacman \"M\"");
  EXPECT_EQ(told_linux("ID=rocky\nVERSION_ID=9.4\nNAME=Rocky\n"), "linux rocky 9.4 rpm dnf \"Rocky\"");
}

TEST(InspectSystems, StatelessAndStores) {
  EXPECT_EQ(told({{"/usr/lib/os-release", "ID=clear-linux-os\nVERSION_ID=41000\nNAME=Clear\n"},
                  {"/usr/share/defaults/x", ""}, {"/usr/share/clear/bundles/os-core", ""}, {"/bin/x", ""}}),
            "linux clearlinux 41000.0 swupd swupd \"Clear\"");
  GuestTree nixos({{"/nix/store/0123456789abcdefghijklmnopqrstuv-nixos/etc/os-release", "ID=nixos\nVERSION_ID=\"23.11\"\nNAME=NixOS\n"}});
  nixos.link("/nix/var/nix/profiles/system", "/nix/store/0123456789abcdefghijklmnopqrstuv-nixos");
  EXPECT_EQ(told(nixos), "linux nixos 23.11 nix nix \"NixOS\"");
}

TEST(InspectSystems, Others) {
  EXPECT_EQ(told({{"/etc/fstab", ""}, {"/etc/rc", ""}, {"/bin/freebsd-version", "#!/bin/sh\nUSERLAND_VERSION=\"13.2-RELEASE-p1\"\n"},
                  {"/boot/loader.conf", ""}}),
            "freebsd freebsd 13.2 pkgsrc unknown \"FreeBSD 13.2-RELEASE-p1\"");
  EXPECT_EQ(told({{"/etc/fstab", ""}, {"/etc/rc", ""}, {"/bin/sh", ""}, {"/netbsd", ""}, {"/etc/release", "NetBSD 9.3/amd64\n"}}),
            "netbsd netbsd 9.3 pkgsrc pkgsrc \"NetBSD 9.3/amd64\"");
  EXPECT_EQ(told({{"/etc/fstab", ""}, {"/etc/rc", ""}, {"/bin/sh", ""}, {"/bsd", ""}, {"/etc/motd", "OpenBSD 7.4 (GENERIC.MP) #1\n"}}),
            "openbsd openbsd 7.4 unknown unknown \"OpenBSD 7.4\"");
  EXPECT_EQ(told({{"/boot.cfg", "bootstate=0\ntitle=Loading VMware ESXi\nbuild=7.0.3-0.20.19193900\nupdated=2\n"}}),
            "esxi esxi 7.0 unknown unknown \"VMware ESXi 7.0.3\"");
  EXPECT_EQ(told({{"/boot.cfg", "bootstate=3\ntitle=Loading VMware ESXi\nbuild=7.0.3-0\n"}}), "no root");
  EXPECT_EQ(told({{"/system/packages/haiku-r1~beta4_hrev56578-1-x86_64.hpkg", ""}}),
            "haiku haiku 1.0 unknown unknown \"Haiku r1~beta4_hrev56578\"");
}

TEST(InspectSystems, OfTwoBootBanksTheLastCounts) {
  const GuestTree first({{"/boot.cfg", "bootstate=0\ntitle=ESXi\nbuild=7.0.1-0\nupdated=3\n"}});
  const GuestTree second({{"/boot.cfg", "bootstate=0\ntitle=ESXi\nbuild=7.0.2-0\nupdated=4\n"}});
  Disks disks;
  disks.filesystems = {{"/dev/sda5", "vfat"}, {"/dev/sda6", "vfat"}};
  disks.with_mounted = [&](const std::string& device, const std::string&, const auto& work) {
    const mount::GuestRoot root(base::open_file((device == "/dev/sda5" ? first : second).host("/"), O_RDONLY | O_DIRECTORY));
    work(root);
  };
  disks.resolve = [](const std::string&) { return std::optional<std::string>(); };
  const auto systems = find_systems(disks);
  ASSERT_EQ(systems.size(), 1U);
  EXPECT_EQ(systems[0].root, "/dev/sda6");
}

TEST(InspectSystems, NamesAndVersionsOfPackages) {
  using report::Dash;
  const auto split = [](const char* text, Dash dash) {
    const auto [name, version] = report::split_name_version(text, dash);
    return name + "|" + version;
  };
  EXPECT_EQ(split("font-bh-75dpi-1.0-r2", Dash::last), "font-bh-75dpi|1.0-r2");
  EXPECT_EQ(split("gcc-12.3.0-lib", Dash::first), "gcc|12.3.0-lib");
  EXPECT_EQ(split("plain", Dash::last), "plain|");
}

// The facts of the corpus' own list: "FACT ID=debian VERSION_ID=12".
TEST(InspectSystems, CorpusOfReleaseFiles) {
  const char* corpus = std::getenv("VMCRAFT_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "VMCRAFT_CORPUS is not set";
  std::istringstream manifest(test::read_host(std::string(corpus) + "/MANIFEST.tsv"));
  int checked = 0;
  const auto fact = [](const std::string& line, const std::string& key) {
    const std::size_t at = line.find(" " + key + "=", line.find("FACT"));
    if (at == std::string::npos) return std::string();
    const std::string rest = line.substr(at + key.size() + 2);
    const std::size_t next = rest.find(key == "ID" ? " VERSION_ID=" : " ID=");
    return rest.substr(0, next);
  };
  for (std::string line; std::getline(manifest, line);) {
    if (!line.starts_with("os-release/") || line.find("FACT") == std::string::npos) continue;
    const std::string path = line.substr(0, line.find('\t'));
    const GuestTree guest({{"/etc/os-release", test::read_host(std::string(corpus) + "/" + path)}});
    const auto system = guest.section("system");
    EXPECT_EQ(system.value("id", ""), fact(line, "ID")) << path;
    EXPECT_EQ(system.value("version_id", ""), fact(line, "VERSION_ID")) << path;
    ++checked;
  }
  EXPECT_GT(checked, 60);
}

}  // namespace
}  // namespace vmcraft::inspect
