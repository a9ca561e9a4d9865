// SPDX-License-Identifier: LGPL-3.0-or-later
// A real Debian is changed, and its own programs say what they think of it.
#include "base/text.h"
#include "fs_support.h"
#include "support/roots.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Texts = std::vector<std::string>;

class LinuxDebian : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (IsSkipped()) return;
    archive_ = debian_root_archive();
    if (archive_.empty()) GTEST_SKIP() << "no Debian root: mmdebstrap could not make one";
  }
  GuestFS guest() {
    const std::string image = temp.file("debian.raw");
    shell("truncate -s 1G " + image);
    GuestFS g;
    g.set_backend(GetParam());
    g.add_drive(image);
    g.launch();
    g.mkfs("ext4", "/dev/sda");
    g.mount("/dev/sda", "/");
    g.tar_in(archive_, "/");
    return g;
  }
  /// Adds a package to the folder /repo of the guest, and to its list.
  static void add_package(GuestFS& g, const std::string& name, const std::string& version) {
    g.sh("set -e; mkdir -p /repo /tmp/p/DEBIAN /tmp/p/opt; cd /tmp; echo " + version + " >p/opt/" + name +
         "; printf 'Package: " + name + "\\nVersion: " + version +
         "\\nArchitecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' >p/DEBIAN/control; "
         "file=" + name + "_" + version + "_all.deb; dpkg-deb -b p /repo/$file >/dev/null; "
         "{ cat p/DEBIAN/control; echo Filename: ./$file; echo Size: $(stat -c %s /repo/$file); "
         "echo SHA256: $(sha256sum /repo/$file | cut -d' ' -f1); echo; } >>/repo/Packages; rm -r p; "
         "rm -rf /etc/apt/sources.list.d; echo 'deb [trusted=yes] file:/repo ./' >/etc/apt/sources.list");
  }
  std::string archive_;
};

TEST_P(LinuxDebian, UsersAsItsOwnProgramsSeeThem) {
  GuestFS g = guest();
  UserAddOptions options;
  options.groups = Texts{"sudo", "audio"};
  options.gecos = "Ann Other";
  options.shell = "/bin/bash";
  g.user_add("ann", options);
  UserAddOptions daemon;
  daemon.system = true;
  g.user_add("daemon2", daemon);
  UserPasswordOptions password;
  password.password = "gehe im";
  g.user_password("ann", password);
  g.user_password("root", password);
  EXPECT_EQ(g.sh("id ann"), "uid=1000(ann) gid=1000(ann) groups=1000(ann),27(sudo),29(audio)\n");
  EXPECT_THAT(g.sh("passwd -S ann; passwd -S daemon2"), ::testing::MatchesRegex("ann P .*\ndaemon2 L .*\n"));
  EXPECT_EQ(g.sh("getent passwd ann"), "ann:x:1000:1000:Ann Other:/home/ann:/bin/bash\n");
  EXPECT_EQ(g.sh("pwck -q -r; grpck -r; echo $?"), "0\n");
  EXPECT_THAT(g.sh("grep ^ann: /etc/shadow"), ::testing::StartsWith("ann:$y$")) << "Debian 12 asks for yescrypt";
  // The guest's own crypt(3).
  EXPECT_EQ(g.sh(R"(perl -e '$h = (getpwnam("ann"))[1]; print crypt("gehe im", $h) eq $h ? "fits" : "no"')"), "fits");
  EXPECT_EQ(g.sh(R"(perl -e '$h = (getpwnam("root"))[1]; print crypt("other", $h) eq $h ? "fits" : "no"')"), "no");
  EXPECT_EQ(g.sh("stat -c '%U %G %a' /home/ann /home/ann/.bashrc /etc/shadow"),
            "ann ann 700\nann ann 644\nroot shadow 640\n");
  password.locked = true;
  g.user_password("ann", password);
  EXPECT_THAT(g.sh("passwd -S ann; passwd -u ann 2>&1; passwd -S ann"), ::testing::MatchesRegex("ann L .*\n.*\nann P .*\n"));
  g.ssh_inject("ann", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ x");
  EXPECT_EQ(g.sh("stat -c '%U %a' /home/ann/.ssh/authorized_keys"), "ann 600\n");
  // What it made itself, and what is made like it, can be taken away by either.
  const std::string before = g.sh("cat /etc/passwd /etc/group /etc/gshadow /etc/subuid");
  g.sh("useradd -m -G audio bo");
  UserRemoveOptions with_home;
  with_home.removehome = true;
  g.user_remove("bo", with_home);
  EXPECT_EQ(g.sh("cat /etc/passwd /etc/group /etc/gshadow /etc/subuid"), before);
  g.sh("userdel -r ann 2>&1");
  EXPECT_EQ(g.sh("pwck -q -r; grpck -r; echo $?; ls /home"), "0\n");
}

TEST_P(LinuxDebian, NamesAndZone) {
  GuestFS g = guest();
  g.set_hostname("changed.example.org");
  EXPECT_EQ(g.cat("/etc/hostname"), "changed.example.org\n");
  // This smallest of Debians has no zones.
  g.mkdir_p("/usr/share/zoneinfo/Asia");
  g.upload("/usr/share/zoneinfo/Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo");
  g.set_timezone("Asia/Tokyo");
  EXPECT_EQ(g.sh("date +%Z"), "JST\n");
  g.set_locale("C.UTF-8");
  EXPECT_EQ(g.sh(". /etc/default/locale; echo $LANG"), "C.UTF-8\n");
  g.machine_id_reset();
  EXPECT_FALSE(g.exists("/etc/machine-id") && g.filesize("/etc/machine-id") != 0);
}

TEST_P(LinuxDebian, PackagesByItsOwnManager) {
  GuestFS g = guest();
  add_package(g, "vmcraft-one", "1");
  add_package(g, "vmcraft-two", "1");
  g.package_install({"vmcraft-one", "vmcraft-two"});
  g.package_install({"vmcraft-one"});
  EXPECT_EQ(g.sh("cat /opt/vmcraft-one /opt/vmcraft-two"), "1\n1\n");
  add_package(g, "vmcraft-one", "2");
  g.package_update();
  EXPECT_EQ(g.sh("cat /opt/vmcraft-one"), "2\n");
  g.package_remove({"vmcraft-two"});
  EXPECT_FALSE(g.exists("/opt/vmcraft-two"));
  EXPECT_EQ(g.sh("dpkg -l | grep -c '^ii.*vmcraft'"), "1\n");
  EXPECT_THAT(text_of([&] { g.package_install({"no-such-package"}); }), HasSubstr("Unable to locate package no-such-package"));
  g.firstboot_install({"vmcraft-two"});
  g.sh("sh /usr/lib/vmcraft/firstboot/run");
  EXPECT_TRUE(g.exists("/opt/vmcraft-two"));
  EXPECT_THAT(g.cat("/var/log/vmcraft-firstboot.log"), HasSubstr("0001-install ended with status 0\n"));
}

TEST_P(LinuxDebian, Sysprep) {
  GuestFS g = guest();
  g.sh("touch /etc/passwd- /tmp/x; echo k >/var/cache/apt/archives/x.deb; useradd -m ann; touch /home/ann/.bash_history");
  const auto had_logs = g.ls("/var/log");
  EXPECT_THAT(had_logs, Not(ElementsAre()));
  for (const SysprepOperation& operation : g.sysprep_list()) {
    if (operation.usual == 0 || operation.name == "customize" || operation.name == "script" || operation.name == "lvm-uuids")
      continue;
    g.sysprep_apply(operation.name);
    EXPECT_THAT(g.sysprep_apply(operation.name), ElementsAre()) << operation.name << ", done again";
  }
  for (const char* gone : {"/etc/passwd-", "/tmp/x", "/var/cache/apt/archives/x.deb", "/home/ann/.bash_history", "/var/log/dpkg.log"})
    EXPECT_FALSE(g.exists(gone)) << gone;
  EXPECT_THAT(g.sysprep_apply("user-account"), ElementsAre("ann"));
  // What is left of it works.
  add_package(g, "vmcraft-one", "1");
  g.package_install({"vmcraft-one"});
  EXPECT_EQ(g.sh("pwck -q -r; grpck -r; echo $?; dpkg --audit; cat /opt/vmcraft-one"), "0\n1\n");
}

VMCRAFT_ON_BOTH_ENGINES(LinuxDebian);

}  // namespace
}  // namespace vmcraft::test
