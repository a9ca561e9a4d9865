// SPDX-License-Identifier: LGPL-3.0-or-later
// Reports on guests on disks: what the guest's own tools say, on both engines.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "fs_support.h"
#include "support/roots.h"

namespace vmcraft::test {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;

class InspectReportDisk : public FsTest {
 protected:
  GuestFS opened(const std::function<void(const std::string&)>& prepare, unsigned size_mib = 128) {
    make_image(image_, {.size_mib = size_mib, .prepare = prepare});
    GuestFS g = open(image_, true);
    EXPECT_THAT(g.inspect_os(), ElementsAre("/dev/sda1"));
    return g;
  }
  static Json report(GuestFS& g, const std::vector<std::string>& sections = {}) {
    InspectReportOptions options;
    if (!sections.empty()) options.sections = sections;
    return Json::parse(g.inspect_report("/dev/sda1", options));
  }
  std::string image_ = temp.file("guest.raw");
};

void make_small(const std::string& tree) {
  write_host(tree + "/etc/os-release", "ID=debian\nVERSION_ID=12\nPRETTY_NAME=Test\n");
  write_host(tree + "/etc/fstab", "LABEL=none /data ext4 defaults 0 0\n");
  write_host(tree + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  shell("mkdir -p " + tree + "/bin && cp /bin/true " + tree + "/bin/ls");
}

TEST_P(InspectReportDisk, WithoutMountingAnything) {
  GuestFS g = opened(make_small);
  const Json all = report(g);
  EXPECT_EQ(all["root"], "/dev/sda1");
  EXPECT_EQ(all["system"]["product_name"], "Test");
  EXPECT_EQ(all["disks"]["mountpoints"].dump(), R"([{"device":"/dev/sda1","path":"/"}])");
  EXPECT_EQ(all["disks"]["filesystems"][0]["type"], "ext4");
  EXPECT_EQ(all["users"][0]["name"], "root");
  EXPECT_TRUE(all["findings"].empty());
  EXPECT_FALSE(all.contains("icon"));
  EXPECT_TRUE(g.mounts().empty());
  const Json part = report(g, {"users"});
  EXPECT_FALSE(part.contains("system"));
  EXPECT_EQ(part["users"].size(), 1U);
  EXPECT_EQ(errno_of([&] { report(g, {"nonsense"}); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.inspect_report("/dev/sda"); }), EINVAL);
  // Beside what the caller has mounted, and again.
  g.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(report(g)["users"].size(), 1U);
  EXPECT_EQ(g.mounts().size(), 1U);
}

struct DebianGuest {
  const char* suite;
  const char* architecture;  // as Debian names it
  const char* arch;          // as we do
  int major;
};
constexpr DebianGuest kDebians[] = {
    {"bookworm", "", "", 12}, {"bullseye", "", "", 11}, {"bookworm", "i386", "i386", 12}, {"bookworm", "arm64", "aarch64", 12}};

std::string packages_of(const Json& report) {
  std::string all;
  for (const Json& package : report["packages"]) {
    all += package["name"].get<std::string>() + " ";
    if (package.contains("epoch")) all += std::to_string(package["epoch"].get<int>()) + ":";
    all += package["version"].get<std::string>() +
           (package.contains("release") ? "-" + package["release"].get<std::string>() : "") + " " +
           package["arch"].get<std::string>() + "\n";
  }
  return all;
}

std::string numbers_of(const Json& list, const char* key) {
  std::string all;
  for (const Json& entry : list) all += entry["name"].get<std::string>() + ":" + std::to_string(entry[key].get<int>()) + "\n";
  return all;
}

// Database, times, users and groups as the guest's own tools and files tell them.
void agree(const Json& report, const std::string& tree, const DebianGuest& guest) {
  const std::string query = "dpkg-query --admindir=" + tree + "/var/lib/dpkg -W -f ";
  EXPECT_EQ(packages_of(report), shell(query + "'${db:Status-Status} ${Package} ${Version} ${Architecture}\\n' | "
                                               "sed -n 's/^installed //p' | LC_ALL=C sort -s -k1,1"));
  const Json& bash = *std::find_if(report["packages"].begin(), report["packages"].end(),
                                   [](const Json& package) { return package["name"] == "bash"; });
  EXPECT_EQ(bash["install_time"].get<std::string>() + "\n",
            shell("TZ=UTC date -r " + tree + "/var/lib/dpkg/info/bash.list +%Y-%m-%dT%H:%M:%SZ"));
  EXPECT_EQ(numbers_of(report["users"], "uid"), shell("cut -d: -f1,3 " + tree + "/etc/passwd"));
  EXPECT_EQ(numbers_of(report["groups"], "gid"), shell("cut -d: -f1,3 " + tree + "/etc/group"));
  EXPECT_EQ(report["system"]["codename"], guest.suite);
  EXPECT_EQ(report["system"]["major_version"], guest.major);
  EXPECT_EQ(report["system"]["arch"], *guest.arch != '\0' ? Json(guest.arch) : report["system"]["arch"]);
  EXPECT_TRUE(report["findings"].empty()) << report["findings"].dump();
}

TEST_P(InspectReportDisk, DebianAgreesWithItsOwnTools) {
  VMCRAFT_NEEDS("dpkg-query");
  int compared = 0;
  for (const DebianGuest& guest : kDebians) {
    const std::string archive = debian_root_archive(guest.suite, guest.architecture);
    if (archive.empty()) {
      std::fprintf(stderr, "not compared: mmdebstrap cannot make a %s %s here\n", guest.suite, guest.architecture);
      continue;
    }
    const std::string tree = temp.file("debian");
    shell("rm -rf " + tree + "; mkdir " + tree + " && tar -C " + tree + " -xf " + archive +
          " --exclude=./dev --exclude=./usr/share/doc --exclude=./usr/share/locale");
    GuestFS g = opened([&](const std::string& to) { shell("rm -rf " + to + " && cp -a " + tree + " " + to); }, 700);
    agree(report(g), tree, guest);
    ++compared;
  }
  if (compared == 0) GTEST_SKIP() << "no Debian root: mmdebstrap could not make one";
}

// What is installed in a database that rpm itself has made.
TEST_P(InspectReportDisk, RpmAgreesWithRpm) {
  VMCRAFT_NEEDS("rpmbuild");
  write_host(temp.file("x.spec"),
             "Name: vmcraft-test\nEpoch: 3\nVersion: 1.2\nRelease: 4\nSummary: A test\nLicense: MIT\n"
             "Vendor: Somebody\nBuildArch: noarch\n%description\nText\n%files\n");
  shell("cd " + temp.path() + " && rpmbuild -bb --quiet --define '_topdir " + temp.file("build") + "' x.spec 2>&1");
  const std::string database = temp.file("rpm");
  shell("rpm --dbpath " + database + " --justdb --nodeps -i " + temp.file("build/RPMS/noarch/*.rpm") + " 2>&1");
  GuestFS g = opened([&](const std::string& tree) {
    make_small(tree);
    write_host(tree + "/etc/os-release", "ID=fedora\nVERSION_ID=40\n");
    shell("mkdir -p " + tree + "/usr/lib/sysimage && cp -r " + database + " " + tree + "/usr/lib/sysimage/rpm");
  });
  const Json packages = report(g, {"packages"})["packages"];
  ASSERT_EQ(packages.size(), 1U);
  const Json& package = packages[0];
  EXPECT_EQ(package["name"].get<std::string>() + "|" + std::to_string(package["epoch"].get<int>()) + "|" +
                package["version"].get<std::string>() + "|" + package["release"].get<std::string>() + "|" +
                package["license"].get<std::string>() + "|" + package["publisher"].get<std::string>() + "|" +
                package["source_package"].get<std::string>() + "|" + package["install_time"].get<std::string>(),
            shell("TZ=UTC rpm --dbpath " + database + " -qa --qf '%{NAME}|%{EPOCH}|%{VERSION}|%{RELEASE}|%{LICENSE}|%{VENDOR}|"
                  "%{SOURCERPM}|'; date -u -d @$(rpm --dbpath " + database + " -qa --qf '%{INSTALLTIME}') +%Y-%m-%dT%H:%M:%SZ | tr -d '\\n'"));
}

TEST_P(InspectReportDisk, OtherDatabases) {
  VMCRAFT_NEEDS("sqlite3");
  GuestFS g = opened([&](const std::string& tree) {
    make_small(tree);
    write_host(tree + "/lib/apk/db/installed", "P:musl\nV:1.2.3-r4\nA:x86_64\nL:MIT\no:musl\n\n");
    write_host(tree + "/var/lib/pacman/local/gmp-6-2/desc", "%NAME%\ngmp\n\n%VERSION%\n6-2\n\n%INSTALLDATE%\n1700000000\n");
    write_host(tree + "/var/db/pkg/app-shells/bash-5.2_p15-r6/repository", "gentoo\n");
    write_host(tree + "/var/db/xbps/pkgdb-0.38.plist",
               "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>bash</key><dict><key>pkgver</key>"
               "<string>bash-5.2.21_1</string><key>architecture</key><string>x86_64</string></dict>"
               "<key>_XBPS_ALTERNATIVES_</key><dict/></dict></plist>");
    write_host(tree + "/var/lib/snapd/state.json",
               R"({"data":{"snaps":{"core22":{"type":"base","current":"1122","channel":"latest/stable"}}}})");
    shell("mkdir -p " + tree + "/var/lib/flatpak/app/org.x.App/x86_64/stable && ln -s 0123456789abcdef " + tree +
          "/var/lib/flatpak/app/org.x.App/x86_64/stable/active");
    shell("sqlite3 " + tree + "/var/db/pkg/local.sqlite 'CREATE TABLE packages(name, version, arch, origin, comment, maintainer, www, time);"
          "INSERT INTO packages VALUES(\"curl\",\"8.5\",\"FreeBSD:14:amd64\",\"ftp/curl\",\"c\",\"m\",\"w\",1700000000)'");
  });
  std::set<std::string> found;
  const Json all = report(g, {"packages"});
  for (const Json& package : all["packages"])
    found.insert(package["format"].get<std::string>() + " " + package["name"].get<std::string>() + " " + package["version"].get<std::string>() +
                 " " + package.value("release", "") + " " + package.value("install_time", "").substr(0, 4) + " " + package.value("source_package", ""));
  std::set<std::string> wanted = {"apk musl 1.2.3 r4  musl",
                                  "pacman gmp 6 2 2023 ",
                                  "portage app-shells/bash 5.2_p15-r6   gentoo",
                                  "xbps bash 5.2.21 1  ",
                                  "snap core22 1122   latest/stable",
                                  "pkgng curl 8.5  2023 ftp/curl"};
  for (const std::string& text : wanted) EXPECT_TRUE(found.contains(text)) << text << "\n" << ::testing::PrintToString(found);
  EXPECT_EQ(found.size(), wanted.size() + 1);  // the flatpak, whose time is that of its making
}

VMCRAFT_ON_BOTH_ENGINES(InspectReportDisk);

}  // namespace
}  // namespace vmcraft::test
