// SPDX-License-Identifier: LGPL-3.0-or-later
// Names, places, ids, scripts of the first boot, package commands and sysprep, in a tree.
#include <gmock/gmock.h>

#include "edit/linux/firstboot.h"
#include "edit/linux/guest_text.h"
#include "edit/linux/identity.h"
#include "edit/linux/lines.h"
#include "edit/linux/packages.h"
#include "edit/linux/sysprep.h"
#include "support/image.h"
#include "unit/file_support.h"

namespace vmcraft::edit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

template <typename Call>
int error_of(const Call& call) {
  try {
    call();
    return 0;
  } catch (const Error& failure) {
    return failure.errno_value();
  }
}

class LinuxSystem : public file::FileTest {
 protected:
  bool there(const std::string& path) const {
    return std::filesystem::exists(std::filesystem::symlink_status(host(path)));
  }
  Texts apply(const std::string& name, const SysprepUsers& users = {}) const {
    return apply_sysprep(*root, name, users, [] {});
  }
};

TEST_F(LinuxSystem, Hostname) {
  put("/etc/hostname", "old.example.com\n");
  put("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1\told.example.com old # old\n# old\n10.0.0.1 older gold");
  set_hostname(*root, "new.example.org");
  EXPECT_EQ(get("/etc/hostname"), "new.example.org\n");
  EXPECT_EQ(get("/etc/hosts"), "127.0.0.1 localhost\n127.0.1.1\tnew.example.org new # old\n# old\n10.0.0.1 older gold");
  set_hostname(*root, "localhost");
  set_hostname(*root, "third");
  EXPECT_THAT(get("/etc/hosts"), HasSubstr("127.0.0.1 localhost\n")) << "localhost keeps its name";
  for (const char* bad : {"", "a b", "-a", "a-", "a..b", "a.", "a_b", "x\ny",
                          "a12345678901234567890123456789012345678901234567890123456789012345"})
    EXPECT_EQ(error_of([&] { set_hostname(*root, bad); }), EINVAL) << bad;
}

TEST_F(LinuxSystem, HostnameOfOldRedHat) {
  put("/etc/sysconfig/network", "NETWORKING=yes\nHOSTNAME=old\n");
  set_hostname(*root, "new");
  EXPECT_EQ(get("/etc/sysconfig/network"), "NETWORKING=yes\nHOSTNAME=new\n");
  EXPECT_FALSE(there("/etc/hostname"));
}

TEST_F(LinuxSystem, TimezoneAndLocale) {
  put("/usr/share/zoneinfo/Europe/Paris", "TZif");
  put("/etc/timezone", "Etc/UTC\n");
  put("/etc/localtime", "a file");
  set_timezone(*root, "Europe/Paris");
  EXPECT_EQ(std::filesystem::read_symlink(host("/etc/localtime")), "../usr/share/zoneinfo/Europe/Paris");
  EXPECT_EQ(get("/etc/localtime"), "TZif");
  EXPECT_EQ(get("/etc/timezone"), "Europe/Paris\n");
  EXPECT_EQ(error_of([&] { set_timezone(*root, "Europe/Nowhere"); }), ENOENT);
  EXPECT_EQ(error_of([&] { set_timezone(*root, "Europe"); }), ENOENT);
  EXPECT_EQ(error_of([&] { set_timezone(*root, "../../../etc/timezone"); }), EINVAL);
  set_locale(*root, "de_DE.UTF-8");
  EXPECT_EQ(get("/etc/locale.conf"), "LANG=de_DE.UTF-8\n");
  put("/etc/default/locale", "#  x\nLANG=\"C\"\nLC_TIME=fr_FR\n");
  set_locale(*root, "C.UTF-8");
  EXPECT_EQ(get("/etc/default/locale"), "#  x\nLANG=C.UTF-8\nLC_TIME=fr_FR\n");
  EXPECT_EQ(error_of([&] { set_locale(*root, "C; reboot"); }), EINVAL);
  EXPECT_EQ(with_variable("A=\"b c\"\n", "A", "b c"), "A=\"b c\"\n");
  EXPECT_EQ(with_variable("A=1\nB=2\nA=3", "A", "x y"), "A=\"x y\"\nB=2");
}

TEST_F(LinuxSystem, MachineIdSeedAndHostKeys) {
  put("/etc/machine-id", "0123\n");
  put("/var/lib/dbus/machine-id", "0123\n");
  put("/var/lib/systemd/random-seed", "old");
  put("/etc/ssh/ssh_host_rsa_key", "1");
  put("/etc/ssh/ssh_host_rsa_key.pub", "1");
  put("/etc/ssh/ssh_config", "keep");
  reset_machine_id(*root);
  EXPECT_EQ(get("/etc/machine-id"), "");
  EXPECT_FALSE(there("/var/lib/dbus/machine-id"));
  reset_random_seed(*root);
  const std::string seed = get("/var/lib/systemd/random-seed");
  EXPECT_EQ(seed.size(), 512U);
  reset_random_seed(*root);
  EXPECT_NE(get("/var/lib/systemd/random-seed"), seed);
  EXPECT_THAT(reset_ssh_hostkeys(*root), ElementsAre("/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_rsa_key.pub"));
  EXPECT_THAT(reset_ssh_hostkeys(*root), ElementsAre());
  EXPECT_EQ(get("/etc/ssh/ssh_config"), "keep");
}

TEST_F(LinuxSystem, FirstBoot) {
  EXPECT_EQ(error_of([&] { add_firstboot_script(*root, "x", "true"); }), ENOTSUP);
  put("/usr/lib/systemd/systemd", "");
  add_firstboot_script(*root, "my script/..", "#!/bin/sh\necho one\n");
  add_firstboot_script(*root, "b", "#!/bin/sh\necho two\nexit 3\n");
  const std::string scripts = "/usr/lib/vmcraft/firstboot/scripts/";
  EXPECT_EQ(get(scripts + "0001-my-script-.."), "#!/bin/sh\necho one\n");
  EXPECT_EQ(facts_of(scripts + "0002-b").st_mode & 07777U, 0755U);
  EXPECT_EQ(std::filesystem::read_symlink(host("/etc/systemd/system/multi-user.target.wants/vmcraft-firstboot.service")),
            "/etc/systemd/system/vmcraft-firstboot.service");
  // The runner itself, with the guest's folders put where this test's are.
  test::shell("sed -i 's,/usr/lib/vmcraft," + host("/usr/lib/vmcraft") + ",; s,/var/log/," + host("/") + ",' " +
              host("/usr/lib/vmcraft/firstboot/run") + " && sh " + host("/usr/lib/vmcraft/firstboot/run"));
  EXPECT_EQ(get("/vmcraft-firstboot.log"), "=== 0001-my-script-.. begins\none\n=== 0001-my-script-.. ended with status 0\n"
                                           "=== 0002-b begins\ntwo\n=== 0002-b ended with status 3\n");
  EXPECT_FALSE(there(scripts + "0002-b"));
  add_firstboot_script(*root, "c", "x");
  EXPECT_TRUE(there(scripts + "0003-c"));
}

TEST_F(LinuxSystem, FirstBootOfSystemV) {
  std::filesystem::create_directories(host("/etc/init.d"));
  std::filesystem::create_directories(host("/etc/rc3.d"));
  add_firstboot_script(*root, "a", "true");
  EXPECT_TRUE(std::filesystem::exists(host("/etc/rc3.d/S99vmcraft-firstboot")));
  EXPECT_FALSE(there("/etc/rc2.d"));
}

TEST_F(LinuxSystem, PackageCommands) {
  EXPECT_EQ(error_of([&] { package_command(*root, PackageTask::update, {}); }), ENOTSUP);
  put("/usr/bin/yum", "");
  EXPECT_EQ(package_command(*root, PackageTask::install, {"a", "b'c"}), "yum -y install 'a' 'b'\\''c'");
  put("/usr/bin/dnf", "");
  EXPECT_EQ(package_command(*root, PackageTask::remove, {"a"}), "dnf -y remove 'a'");
  put("/usr/bin/dpkg", "");
  EXPECT_THAT(package_command(*root, PackageTask::install, {"a"}), HasSubstr("apt-get -q update && apt-get -q -y "));
  EXPECT_EQ(error_of([&] { package_command(*root, PackageTask::install, {"--force"}); }), EINVAL);
  EXPECT_EQ(error_of([&] { package_command(*root, PackageTask::install, {}); }), EINVAL);
}

TEST_F(LinuxSystem, Lines) {
  EXPECT_EQ(with_line("", "a"), "a\n");
  EXPECT_EQ(with_line("x", "a"), "x\na\n");
  EXPECT_EQ(with_line("x\r\ny", "a"), "x\r\ny\r\na\r\n");
  append_line(*root, "/new", "one");
  append_line(*root, "/new", "");
  EXPECT_EQ(get("/new"), "one\n\n");
  put("/d/a", "1");
  put("/d/e/b", "2");
  link("../../outside/secret", "/d/e/l");
  truncate_recursive(*root, "/d");
  EXPECT_EQ(get("/d/a") + get("/d/e/b"), "");
  EXPECT_EQ(get_host(temp.file("outside/secret")), "secret");
  EXPECT_EQ(error_of([&] { truncate_recursive(*root, "/none"); }), ENOENT);
}

TEST_F(LinuxSystem, SysprepOperations) {
  std::string before;
  for (const SysprepOperation& operation : sysprep_operations()) {
    EXPECT_LT(before, operation.name);
    before = operation.name;
    if (before == "customize" || before == "script" || before == "fs-uuids" || before == "lvm-uuids") {
      EXPECT_EQ(error_of([&] { apply(before); }), EINVAL) << before;
      continue;
    }
    if (before == "user-account") continue;
    EXPECT_NO_THROW(apply(before)) << "where there is nothing: " << before;
  }
  EXPECT_EQ(error_of([&] { apply("nothing"); }), EINVAL);
  put("/etc/x.bak", "");
  put("/etc/y~", "");
  put("/usr/z~", "");
  put("/etc/dir~/keep", "");
  EXPECT_THAT(apply("backup-files"), ::testing::UnorderedElementsAre("/etc/x.bak", "/etc/y~"));
  EXPECT_TRUE(there("/usr/z~") && there("/etc/dir~/keep"));
  put("/tmp/a/b", "");
  put("/tmp/.hidden", "");
  link("/etc", "/tmp/link");
  EXPECT_THAT(apply("tmp-files"), ElementsAre("/tmp/a", "/tmp/link", "/tmp/.hidden"));
  EXPECT_TRUE(there("/tmp") && there("/etc/dir~/keep"));
  put("/var/spool/cron/crontabs/ann", "* * * * * x");
  EXPECT_THAT(apply("cron-spool"), ElementsAre("/var/spool/cron/crontabs/ann"));
  EXPECT_TRUE(there("/var/spool/cron/crontabs"));
  put("/etc/sysconfig/network-scripts/ifcfg-eth0", "DEVICE=eth0\nHWADDR=00:11\nHOSTNAME=x\nDHCP_HOSTNAME=y");
  EXPECT_EQ(apply("net-hwaddr").size(), 1U);
  EXPECT_EQ(apply("net-hostname").size(), 1U);
  EXPECT_EQ(apply("net-hostname").size(), 0U);
  EXPECT_EQ(get("/etc/sysconfig/network-scripts/ifcfg-eth0"), "DEVICE=eth0\n");
  put("/var/account/pacct", "123");
  EXPECT_THAT(apply("pacct-log"), ElementsAre("/var/account/pacct"));
  EXPECT_EQ(get("/var/account/pacct"), "");
  put("/etc/machine-id", "1");
  EXPECT_THAT(apply("machine-id"), ElementsAre("/etc/machine-id"));
  EXPECT_THAT(apply("machine-id"), ElementsAre());
}

TEST_F(LinuxSystem, SysprepUserAccounts) {
  const std::string passwd = "root:x:0:0::/root:/bin/sh\nsys:x:100:100::/:/x\nann:x:1000:1000::/home/ann:/x\nbo:x:1001:1001::/home/bo:/x\n"
                             "nobody:x:65534:65534::/nonexistent:/x\n";
  put("/etc/passwd", passwd);
  put("/etc/group", "root:x:0:\n");
  EXPECT_THAT(apply("user-account", {{"ann"}, {}}), ElementsAre("bo"));
  put("/etc/passwd", passwd);
  EXPECT_THAT(apply("user-account", {{}, {"ann", "root"}}), ElementsAre("ann"));
  EXPECT_THAT(apply("user-account"), ElementsAre("bo"));
  EXPECT_EQ(get("/etc/passwd"), "root:x:0:0::/root:/bin/sh\nsys:x:100:100::/:/x\nnobody:x:65534:65534::/nonexistent:/x\n");
}

TEST_F(LinuxSystem, WrittenAtOnceWithItsProperties) {
  put("/etc/x", "old");
  ::chmod(host("/etc/x").c_str(), 04711);
  const auto inode = facts_of("/etc/x").st_ino;
  EXPECT_FALSE(write_guest_text(*root, "/etc/x", "old"));
  EXPECT_EQ(facts_of("/etc/x").st_ino, inode);
  put("/etc/x.vmcraft-new", "of a run that was killed");
  EXPECT_TRUE(write_guest_text(*root, "/etc/x", "new"));
  EXPECT_NE(facts_of("/etc/x").st_ino, inode);
  EXPECT_EQ(facts_of("/etc/x").st_mode & 07777U, 04711U);
  EXPECT_FALSE(there("/etc/x.vmcraft-new"));
  link("../outside/secret", "/l");
  EXPECT_EQ(error_of([&] { write_guest_text(*root, "/l", "x"); }), ENOENT);
  EXPECT_EQ(error_of([&] { write_guest_text(*root, "/etc", "x"); }), EINVAL);
  EXPECT_EQ(get_host(temp.file("outside/secret")), "secret");
}

}  // namespace
}  // namespace vmcraft::edit
