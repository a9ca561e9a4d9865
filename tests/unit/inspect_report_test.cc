// SPDX-License-Identifier: LGPL-3.0-or-later
// What the report says of a system, its users, and of damaged files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "inspect/report/base64.h"
#include "inspect/report/yaml.h"
#include "support/guest_tree.h"
#include "vmcraft/error.h"

namespace vmcraft::test {
namespace {

using Json = GuestTree::Json;

TEST(InspectReport, System) {
  GuestTree guest({{"/etc/os-release", "ID=rocky\nID_LIKE=\"rhel fedora\"\nVERSION=\"9.4 (Blue Onyx)\"\nVERSION_ID=9.4\n"
                                       "CPE_NAME=\"cpe:/o:rocky:rocky:9\"\nSUPPORT_END=2032-05-31\nVARIANT=\"Server\"\n"},
                   {"/etc/locale.conf", "LANG=de_DE.UTF-8\n"},
                   {"/etc/vconsole.conf", "KEYMAP=de\n"},
                   {"/etc/machine-id", "0123456789abcdef0123456789abcdef\n"},
                   {"/usr/lib/systemd/systemd", ""}});
  guest.link("/etc/localtime", "../usr/share/zoneinfo/Europe/Berlin");
  guest.os.distro = "rocky";
  guest.os.major_version = 9;
  const Json system = guest.section("system");
  EXPECT_EQ(system["type"], "linux");
  EXPECT_EQ(system["id_like"], "rhel fedora");
  EXPECT_EQ(system["edition"], "Server");
  EXPECT_EQ(system["support_end"], "2032-05-31");
  EXPECT_EQ(system["timezone"], "Europe/Berlin");
  EXPECT_EQ(system["locale"], "de_DE.UTF-8");
  EXPECT_EQ(system["keymap"], "de");
  EXPECT_EQ(system["machine_id"], "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(system["init"], "systemd");
  EXPECT_EQ(system["osinfo"], "rocky9");
  EXPECT_FALSE(system.contains("arch"));
}

TEST(InspectReport, Users) {
  const GuestTree guest({{"/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nold:ab1234567890.:5:5::/:\nbad:line\n"
                                         "app:x:1000:1000:An App,,,:/home/app:/bin/sh\nopen:x:7:7::/:/bin/sh\n+nis\n"},
                         {"/etc/shadow", "root:$y$j9T$salt$hash:19000:0:99999:7:::\napp:!$6$s$h:19001::::::20000:\nopen::::\n"},
                         {"/etc/group", "root:x:0:\nwheel:x:10:root,app\n"}});
  const Json report = guest.report({"users", "groups"});
  const Json& users = report["users"];
  ASSERT_EQ(users.size(), 4U);
  EXPECT_EQ(users[0].dump(), R"({"name":"root","uid":0,"gid":0,"comment":"root","home":"/root","shell":"/bin/bash",)"
                             R"("password":"set","password_hash":"yescrypt","password_changed":"2022-01-08"})");
  EXPECT_EQ(users[1]["password_hash"], "des");
  EXPECT_EQ(users[2]["password"], "locked");
  EXPECT_EQ(users[2]["password_hash"], "sha512");
  EXPECT_EQ(users[3]["password"], "empty");
  EXPECT_EQ(report["groups"][1].dump(), R"({"name":"wheel","gid":10,"members":["root","app"]})");
  EXPECT_EQ(report["findings"].dump(), R"([{"path":"/etc/passwd","problem":"line 3 has too few fields"}])");
  EXPECT_EQ(report.dump().find("salt"), std::string::npos);
}

TEST(InspectReport, UsersOfBsd) {
  const GuestTree guest({{"/etc/master.passwd", "root:$2b$10$x:0:0::0:0:Charlie &:/root:/bin/csh\n# x\n"}});
  EXPECT_EQ(guest.section("users").dump(), R"([{"name":"root","uid":0,"gid":0,"comment":"Charlie &","home":"/root",)"
                                           R"("shell":"/bin/csh","password":"set","password_hash":"bcrypt"}])");
}

TEST(InspectReport, DamagedAndHostileFiles) {
  GuestTree guest({{"/etc/passwd", std::string(5U << 20U, 'x')},
                   {"/etc/netplan/a.yaml", "network: [\n"},
                   {"/etc/netplan/b.yaml", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                                           "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                                           "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"},
                   {"/var/lib/rpm/Packages", "not a database"},
                   {"/var/lib/snapd/state.json", "{"},
                   {"/var/db/xbps/pkgdb-0.38.plist", "<x"},
                   {"/etc/hostname", std::string("\xff\xfe", 2)}});
  ASSERT_EQ(::mkfifo(guest.host("/etc/group").c_str(), 0600), 0);
  guest.link("/etc/shadow", "/etc/shadow");
  guest.os.hostname = "\xff";
  const Json report = guest.report();
  std::map<std::string, std::string> findings;
  for (const Json& finding : report["findings"]) findings[finding["path"]] = finding["problem"];
  EXPECT_EQ(findings["/etc/passwd"], "too large to be read (5242880 bytes)");
  EXPECT_THAT(findings["/etc/netplan/a.yaml"], ::testing::HasSubstr("line 2: did not find expected node content"));
  EXPECT_EQ(findings["/etc/netplan/b.yaml"], "too many nodes");
  EXPECT_THAT(findings["/var/lib/rpm"], ::testing::HasSubstr("too small for a database"));
  EXPECT_EQ(findings["/var/lib/snapd/state.json"], "not JSON");
  EXPECT_THAT(findings["/var/db/xbps"], ::testing::HasSubstr("not a property list"));
  EXPECT_EQ(report["system"]["hostname"], "\xef\xbf\xbd");
}

TEST(InspectReport, UnknownSection) {
  try {
    GuestTree({{"/etc/x", ""}}).report({"system", "nonsense"});
    ADD_FAILURE() << "taken";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.errno_value(), EINVAL);
    EXPECT_STREQ(failure.what(), "nonsense: not a section of the report");
  }
}

TEST(InspectReport, Yaml) {
  using inspect::report::parse_yaml;
  EXPECT_EQ(parse_yaml("a: 1\nb: [yes, 'yes', 1.5, ~]\nc: {d: \"x\\ny\"}\na: 2\n", "x").dump(),
            R"({"a":2,"b":[true,"yes","1.5",null],"c":{"d":"x\ny"}})");
  EXPECT_EQ(parse_yaml("x: &k {y: 1}\nz: *k\n", "x").dump(), R"({"x":{"y":1},"z":{"y":1}})");
  EXPECT_EQ(parse_yaml("", "x").dump(), "null");
  EXPECT_EQ(parse_yaml("? [a]\n: b\nc: d\n", "x").dump(), R"({"c":"d"})");
  EXPECT_THROW(parse_yaml(std::string(100, '['), "x"), Error);
  EXPECT_THROW(parse_yaml("a: *b", "x"), Error);
}

TEST(InspectReport, Base64) {
  for (const std::string text : {"", "a", "ab", "abc", "\xff\xfe\x01"})
    EXPECT_EQ(inspect::report::from_base64(inspect::report::base64(text)), text);
  EXPECT_EQ(inspect::report::base64("abcd"), "YWJjZA==");
  EXPECT_FALSE(inspect::report::from_base64("*"));
}

}  // namespace
}  // namespace vmcraft::test
