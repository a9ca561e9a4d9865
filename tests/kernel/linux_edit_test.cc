// SPDX-License-Identifier: LGPL-3.0-or-later
// Users, names, services and ids of a Linux guest, on each engine; small trees.
#include "fs_support.h"
#include "support/roots.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Texts = std::vector<std::string>;

const std::string kTree =
    "mkdir -p etc/ssh etc/default etc/skel home root tmp usr/share/zoneinfo/Europe var/lib/systemd usr/lib/systemd/system; "
    "ln -s usr/lib lib; touch usr/lib/systemd/systemd etc/debian_version; "
    "printf 'root:x:0:0:root:/root:/bin/sh\\nann:x:1000:1000::/home/ann:/bin/sh\\n' >etc/passwd; "
    "printf 'root:*:1:0:99999:7:::\\nann:*:1:0:99999:7:::\\n' >etc/shadow; chmod 640 etc/shadow; chown 0:42 etc/shadow; "
    "printf 'root:x:0:\\nsudo:x:27:\\nann:x:1000:\\n' >etc/group; echo hello >etc/skel/.profile; "
    "mkdir home/ann; chown 1000:1000 home/ann; echo old >etc/hostname; echo '127.0.1.1 old' >etc/hosts; "
    "echo TZif >usr/share/zoneinfo/Europe/Paris; echo 0123 >etc/machine-id; echo k >etc/ssh/ssh_host_rsa_key; "
    "printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' >lib/systemd/system/web.service";

class LinuxEdit : public FsTest {
 protected:
  GuestFS guest(const std::string& more = "true") {
    make_image(image_, {.size_mib = 48, .files = {}, .prepare = [&](const std::string& tree) {
                          shell("cd " + tree + "; " + kTree + "; " + more);
                        }});
    GuestFS g = open(image_, false);
    g.mount("/dev/sda1", "/");
    return g;
  }
  std::string image_ = temp.file("guest.raw");
};

TEST_P(LinuxEdit, UsersAndGroups) {
  GuestFS g = guest();
  UserAddOptions options;
  options.groups = Texts{"sudo"};
  options.gecos = "Bo";
  g.user_add("bo", options);
  g.user_add("bo", options);
  EXPECT_EQ(g.cat("/etc/group"), "root:x:0:\nsudo:x:27:bo\nann:x:1000:\nbo:x:1001:\n");
  EXPECT_EQ(g.cat("/home/bo/.profile"), "hello\n");
  const Statns home = g.statns("/home/bo");
  EXPECT_EQ(home.st_mode & 07777, 0700);
  EXPECT_EQ(home.st_uid, 1001);
  EXPECT_EQ(g.statns("/home/bo/.profile").st_gid, 1001);
  const Statns shadow = g.statns("/etc/shadow");
  EXPECT_EQ(shadow.st_mode & 07777, 0640);
  EXPECT_EQ(shadow.st_gid, 42);
  std::string listed;
  for (const GuestUser& user : g.user_list())
    listed += user.name + ":" + std::to_string(user.uid) + ":" + user.home + ":" + user.password + " ";
  EXPECT_EQ(listed, "root:0:/root:disabled ann:1000:/home/ann:disabled bo:1001:/home/bo:disabled ");
  GroupAddOptions gid;
  gid.gid = 5000;
  g.group_add("staff", gid);
  g.group_add("staff", gid);
  EXPECT_THAT(g.cat("/etc/group"), HasSubstr("staff:x:5000:\n"));
  g.group_remove("staff");
  EXPECT_EQ(errno_of([&] { g.group_remove("staff"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.group_remove("ann"); }), EBUSY);
  UserRemoveOptions with_home;
  with_home.removehome = true;
  g.user_remove("bo", with_home);
  EXPECT_FALSE(g.exists("/home/bo"));
  EXPECT_EQ(text_of([&] { g.user_remove("bo"); }), "user_remove: user bo: No such file or directory");
  EXPECT_EQ(errno_of([&] { g.user_add("a:b"); }), EINVAL);
  g.umount("/");
  EXPECT_THAT(text_of([&] { g.user_list(); }), HasSubstr("nothing is mounted"));
}

TEST_P(LinuxEdit, Passwords) {
  GuestFS g = guest("setfattr -n user.note -v kept etc/shadow");
  UserPasswordOptions options;
  options.password = "s3cret";
  g.user_password("ann", options);
  EXPECT_THAT(g.cat("/etc/shadow"), HasSubstr("\nann:$6$"));
  EXPECT_EQ(g.user_list()[1].password, "set");
  options.locked = true;
  options.crypto = "yescrypt";
  g.user_password("ann", options);
  EXPECT_EQ(g.user_list()[1].password, "locked");
  EXPECT_THAT(g.cat("/etc/shadow"), HasSubstr("\nann:!$y$"));
  g.user_password("ann");
  EXPECT_EQ(g.user_list()[1].password, "disabled");
  EXPECT_THAT(g.cat("/etc/shadow"), HasSubstr("root:*:1:0:99999:7:::\nann:*:"));
  EXPECT_EQ(errno_of([&] { g.user_password("nobody"); }), ENOENT);
  options.crypto = "rot13";
  EXPECT_EQ(errno_of([&] { g.user_password("ann", options); }), EINVAL);
  EXPECT_EQ(g.getxattr("/etc/shadow", "user.note"), "kept");
}

TEST_P(LinuxEdit, SshKeysAndHostKeys) {
  GuestFS g = guest();
  g.ssh_inject("ann", "ssh-ed25519 AAAA x");
  g.ssh_inject("ann", "ssh-ed25519 AAAA x");
  EXPECT_EQ(g.cat("/home/ann/.ssh/authorized_keys"), "ssh-ed25519 AAAA x\n");
  EXPECT_EQ(g.statns("/home/ann/.ssh").st_mode & 07777, 0700);
  EXPECT_EQ(g.statns("/home/ann/.ssh/authorized_keys").st_uid, 1000);
  EXPECT_EQ(errno_of([&] { g.ssh_inject("ann", "no key"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.ssh_inject("none", "ssh-rsa A"); }), ENOENT);
  EXPECT_THAT(g.ssh_hostkeys_reset(), ElementsAre("/etc/ssh/ssh_host_rsa_key"));
  EXPECT_THAT(g.ssh_hostkeys_reset(), ElementsAre());
  EXPECT_THAT(g.cat("/usr/lib/vmcraft/firstboot/scripts/0001-ssh-host-keys"), HasSubstr("ssh-keygen -A"));
}

TEST_P(LinuxEdit, NamesAndIds) {
  GuestFS g = guest();
  g.set_hostname("new.example.org");
  EXPECT_EQ(g.cat("/etc/hostname"), "new.example.org\n");
  EXPECT_EQ(g.cat("/etc/hosts"), "127.0.1.1 new.example.org\n");
  EXPECT_EQ(errno_of([&] { g.set_hostname("-"); }), EINVAL);
  g.set_timezone("Europe/Paris");
  EXPECT_EQ(g.readlink("/etc/localtime"), "../usr/share/zoneinfo/Europe/Paris");
  EXPECT_EQ(errno_of([&] { g.set_timezone("Mars/Base"); }), ENOENT);
  g.set_locale("de_DE.UTF-8");
  EXPECT_EQ(g.cat("/etc/default/locale"), "LANG=de_DE.UTF-8\n");
  g.machine_id_reset();
  EXPECT_EQ(g.filesize("/etc/machine-id"), 0);
  g.random_seed_reset();
  EXPECT_EQ(g.filesize("/var/lib/systemd/random-seed"), 512);
  EXPECT_EQ(g.statns("/var/lib/systemd/random-seed").st_mode & 07777, 0600);
}

TEST_P(LinuxEdit, Services) {
  GuestFS g = guest();
  EXPECT_EQ(g.service_status("web"), "disabled");
  g.service_enable("web");
  EXPECT_EQ(g.service_status("web"), "enabled");
  EXPECT_EQ(g.readlink("/etc/systemd/system/multi-user.target.wants/web.service"), "/lib/systemd/system/web.service");
  g.service_mask("web");
  EXPECT_EQ(g.service_status("web"), "masked");
  EXPECT_EQ(errno_of([&] { g.service_enable("web"); }), EPERM);
  g.service_unmask("web");
  g.service_disable("web");
  EXPECT_EQ(g.service_status("web"), "disabled");
  EXPECT_EQ(text_of([&] { g.service_enable("none"); }), "service_enable: service none.service: No such file or directory");
}

TEST_P(LinuxEdit, LinesAndFirstBoot) {
  GuestFS g = guest();
  g.append_line("/etc/hosts", "10.0.0.1 x");
  EXPECT_EQ(g.cat("/etc/hosts"), "127.0.1.1 old\n10.0.0.1 x\n");
  g.truncate_recursive("/etc/skel");
  EXPECT_EQ(g.filesize("/etc/skel/.profile"), 0);
  g.firstboot_script("a b", "#!/bin/sh\ntrue\n");
  EXPECT_EQ(g.cat("/usr/lib/vmcraft/firstboot/scripts/0001-a-b"), "#!/bin/sh\ntrue\n");
  EXPECT_EQ(g.service_status("vmcraft-firstboot"), "enabled");
  EXPECT_EQ(errno_of([&] { g.firstboot_install({"x"}); }), ENOTSUP);
  EXPECT_EQ(errno_of([&] { g.package_install({"x"}); }), ENOTSUP);
  g.mkdir_p("/usr/bin");
  g.write("/usr/bin/dpkg", "");
  g.firstboot_install({"x"});
  EXPECT_THAT(g.cat("/usr/lib/vmcraft/firstboot/scripts/0002-install"), HasSubstr("install 'x'\n"));
}

TEST_P(LinuxEdit, Sysprep) {
  GuestFS g = guest("touch tmp/x etc/passwd- home/ann/.bash_history; mkdir -p var/log/journal/0123; touch var/log/syslog");
  EXPECT_THAT(g.sysprep_apply("tmp-files"), ElementsAre("/tmp/x"));
  EXPECT_THAT(g.sysprep_apply("passwd-backups"), ElementsAre("/etc/passwd-"));
  EXPECT_THAT(g.sysprep_apply("bash-history"), ElementsAre("/home/ann/.bash_history"));
  EXPECT_THAT(g.sysprep_apply("logfiles"), UnorderedElementsAre("/var/log/journal/0123", "/var/log/syslog"));
  EXPECT_THAT(g.sysprep_apply("logfiles"), ElementsAre());
  EXPECT_THAT(g.sysprep_apply("machine-id"), ElementsAre("/etc/machine-id"));
  SysprepApplyOptions keep;
  keep.keepusers = Texts{"ann"};
  EXPECT_THAT(g.sysprep_apply("user-account", keep), ElementsAre());
  EXPECT_THAT(g.sysprep_apply("user-account"), ElementsAre("ann"));
  EXPECT_FALSE(g.exists("/home/ann"));
  EXPECT_EQ(errno_of([&] { g.sysprep_apply("nothing"); }), EINVAL);
  EXPECT_EQ(g.sysprep_list().size(), 43U);
}

TEST_P(LinuxEdit, Relabel) {
  GuestFS g = guest();
  EXPECT_EQ(errno_of([&] { g.relabel_guest(); }), ENOENT);
  g.mkdir_p("/etc/selinux/targeted/contexts/files");
  g.write("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n");
  EXPECT_FALSE(g.relabel_guest()) << "there is no policy yet";
  EXPECT_TRUE(g.exists("/.autorelabel"));
  if (!base::find_program("setfiles")) GTEST_SKIP() << "the program setfiles is not installed";
  g.write("/etc/selinux/targeted/contexts/files/file_contexts",
          "/.*  system_u:object_r:default_t:s0\n/etc/shadow -- system_u:object_r:shadow_t:s0\n");
  EXPECT_TRUE(g.relabel_guest());
  EXPECT_THAT(g.getxattr("/etc/shadow", "security.selinux"), HasSubstr("system_u:object_r:shadow_t:s0"));
  // What replaces the file has its label.
  g.user_password("ann");
  EXPECT_THAT(g.getxattr("/etc/shadow", "security.selinux"), HasSubstr("system_u:object_r:shadow_t:s0"));
}

TEST_P(LinuxEdit, HostileLinksStayInside) {
  GuestFS g = guest("rm etc/hosts etc/shadow; ln -s ../../../../../../etc/hosts etc/hosts; ln -s /proc/self/root/etc/shadow etc/shadow; "
                    "rm -r home/ann; ln -s / home/ann");
  const std::string before = read_host("/etc/hosts");
  g.set_hostname("x");
  EXPECT_EQ(errno_of([&] { g.append_line("/etc/hosts", "x"); }), ELOOP);
  EXPECT_EQ(read_host("/etc/hosts"), before);
  UserRemoveOptions with_home;
  with_home.removehome = true;
  g.user_remove("ann", with_home);
  EXPECT_TRUE(g.exists("/etc/passwd"));
}

VMCRAFT_ON_BOTH_ENGINES(LinuxEdit);

}  // namespace
}  // namespace vmcraft::test
