// SPDX-License-Identifier: LGPL-3.0-or-later
// Links of services, compared with what systemctl --root makes and says of the same tree.
#include <gmock/gmock.h>

#include "base/process.h"
#include "base/text.h"
#include "edit/linux/units.h"
#include "support/image.h"
#include "unit/file_support.h"

namespace vmcraft::edit {
namespace {

using ::testing::ElementsAre;

template <typename Call>
int error_of(const Call& call) {
  try {
    call();
    return 0;
  } catch (const Error& failure) {
    return failure.errno_value();
  }
}

TEST(UnitFile, InstallSection) {
  UnitInstall install;
  parse_unit_install("[Unit]\nWantedBy=no\n[Install]\n# x\n WantedBy = a.target b.target \\\n; comment\n c.target\nAlso=x.socket\n"
                     "Alias=one.service\nAlias=\nAlias=two.service\nDefaultInstance=tty1\n[Other]\nRequiredBy=no\n", install);
  EXPECT_THAT(install.wanted_by, ElementsAre("a.target", "b.target", "c.target"));
  EXPECT_THAT(install.aliases, ElementsAre("two.service"));
  EXPECT_THAT(install.also, ElementsAre("x.socket"));
  EXPECT_THAT(install.required_by, ElementsAre());
  EXPECT_EQ(install.default_instance, "tty1");
}

TEST(UnitFile, Names) {
  EXPECT_EQ(unit_name("ssh"), "ssh.service");
  EXPECT_EQ(unit_name("a.b"), "a.b.service");
  EXPECT_EQ(unit_name("x.timer"), "x.timer");
  for (const char* bad : {"", "../x", "a/b", "a b", ".hidden"}) EXPECT_EQ(error_of([&] { unit_name(bad); }), EINVAL) << bad;
  EXPECT_EQ(template_of("getty@tty1.service"), "getty@.service");
  EXPECT_EQ(template_of("getty@.service"), "");
  EXPECT_EQ(template_of("ssh.service"), "");
  EXPECT_EQ(expand_specifiers("%p-%i.target %n %N %j %% %H", "a-b@c.service"), "a-b-c.target a-b@c.service a-b@c b % %H");
}

class LinuxUnits : public file::FileTest {
 protected:
  void SetUp() override {
    put("/etc/debian_version", "12\n");
    std::filesystem::create_directories(host("/usr/lib/systemd/system"));
    link("usr/lib", "/lib");
    unit("ssh.service", "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n");
    unit("ssh.socket", "[Socket]\nListenStream=22\n[Install]\nWantedBy=sockets.target\nRequiredBy=ssh.service\n");
    unit("pair.service", "[Service]\nExecStart=/bin/true\n[Install]\nAlso=pair.socket\n");
    unit("pair.socket", "[Socket]\nListenStream=/x\n[Install]\nWantedBy=sockets.target\n");
    unit("getty@.service", "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\n");
    unit("plain@.service", "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=%p.target\n");
    unit("static.service", "[Service]\nExecStart=/bin/true\n");
    unit("extended.service", "[Service]\nExecStart=/bin/true\n");
    put("/etc/systemd/system/extended.service.d/10-x.conf", "[Install]\nWantedBy=graphical.target\n");
    put("/etc/systemd/system/own.service", "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
  }
  void unit(const std::string& name, const std::string& text) const { put("/usr/lib/systemd/system/" + name, text); }
  Units units() const { return Units(*root); }
  std::vector<std::string> links(const std::string& tree) const {
    return base::split_lines(test::shell("cd " + tree + "/etc/systemd/system && find . -type l -printf '%p %l\\n' | sort"));
  }
  std::vector<std::string> links() const { return links(temp.file("guest")); }
};

TEST_F(LinuxUnits, AsSystemctlDoes) {
  if (!base::find_program("systemctl")) GTEST_SKIP() << "the program systemctl is not installed";
  test::shell("cp -a " + temp.file("guest") + " " + temp.file("peer"));
  const std::string peer = "SYSTEMD_OFFLINE=1 systemctl -q --root=" + temp.file("peer") + " ";
  for (const char* name : {"ssh", "ssh.socket", "pair.service", "getty@.service", "getty@ttyS0.service", "plain@a",
                           "extended", "own"}) {
    SCOPED_TRACE(name);
    test::shell(peer + "enable " + name + " 2>&1");
    units().enable(name);
    EXPECT_EQ(links(), links(temp.file("peer")));
    units().enable(name);
    EXPECT_EQ(links(), links(temp.file("peer"))) << "again";
  }
  for (const char* name : {"ssh.service", "pair.service", "pair.socket", "getty@ttyS0.service", "getty@tty5.service",
                           "plain@a.service", "extended.service", "static.service", "own.service", "sshd.service"}) {
    const std::string said =
        test::shell("SYSTEMD_OFFLINE=1 systemctl --root=" + temp.file("peer") + " is-enabled " + name + " 2>&1 || true");
    EXPECT_EQ(units().status(name), base::trim(said)) << name;
  }
  for (const char* name : {"ssh", "pair", "plain@a", "getty@.service", "extended", "own", "ssh.socket"}) {
    SCOPED_TRACE(name);
    test::shell(peer + "disable " + name + " 2>&1");
    units().disable(name);
    EXPECT_EQ(links(), links(temp.file("peer")));
    units().disable(name);
  }
  EXPECT_THAT(links(), ElementsAre());
}

TEST_F(LinuxUnits, Masks) {
  units().enable("ssh");
  const auto before = links();
  units().mask("ssh");
  units().mask("ssh");
  EXPECT_EQ(units().status("ssh"), "masked");
  EXPECT_EQ(error_of([&] { units().enable("ssh"); }), EPERM);
  EXPECT_EQ(std::filesystem::read_symlink(host("/etc/systemd/system/ssh.service")), "/dev/null");
  units().unmask("ssh");
  units().unmask("ssh");
  EXPECT_EQ(links(), before);
  EXPECT_EQ(units().status("ssh"), "enabled");
  EXPECT_EQ(error_of([&] { units().mask("own"); }), EEXIST);
  units().mask("nothing-yet");
  EXPECT_EQ(units().status("nothing-yet"), "masked");
}

TEST_F(LinuxUnits, Refuses) {
  EXPECT_EQ(error_of([&] { units().enable("nothing"); }), ENOENT);
  EXPECT_EQ(error_of([&] { units().disable("nothing"); }), ENOENT);
  EXPECT_EQ(error_of([&] { units().status("nothing"); }), ENOENT);
  EXPECT_EQ(error_of([&] { units().enable("static"); }), EINVAL);
  EXPECT_EQ(error_of([&] { units().enable("plain@.service"); }), EINVAL);
  EXPECT_EQ(error_of([&] { units().enable("../../x"); }), EINVAL);
  unit("evil.service", "[Install]\nWantedBy=../../../../outside\nAlias=../x.service\n");
  EXPECT_EQ(error_of([&] { units().enable("evil"); }), EINVAL);
  unit("loop-a.service", "[Install]\nAlso=loop-b.service\nWantedBy=a.target\n");
  unit("loop-b.service", "[Install]\nAlso=loop-a.service\nWantedBy=a.target\n");
  units().enable("loop-a");
  EXPECT_EQ(units().status("loop-b"), "enabled");
  units().disable("loop-b");
  link("/etc/passwd", "/usr/lib/systemd/system/odd.service");
  EXPECT_EQ(error_of([&] { units().enable("odd"); }), ENOENT);
  EXPECT_THAT(links(), ElementsAre());
}

}  // namespace
}  // namespace vmcraft::edit
