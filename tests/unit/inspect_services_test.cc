// SPDX-License-Identifier: LGPL-3.0-or-later
// What is started, scheduled, trusted and guarded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/guest_tree.h"

namespace vmcraft::test {
namespace {

using Json = GuestTree::Json;

Json named(const Json& list, const std::string& name) {
  for (const Json& entry : list)
    if (entry["name"] == name) return entry;
  return {};
}

TEST(InspectServices, Systemd) {
  GuestTree guest({{"/usr/lib/systemd/system/ssh.service",
                    "[Unit]\nDescription=OpenSSH\n[Service]\nExecStart=/usr/sbin/sshd -D \\\n $OPTS\nUser=root\n[Install]\nWantedBy=multi-user.target\n"},
                   {"/usr/lib/systemd/system/off.service", "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n"},
                   {"/usr/lib/systemd/system/static.service", "[Service]\nExecStart=/y\n"},
                   {"/usr/lib/systemd/system/gone.service", "[Service]\nExecStart=/z\n"},
                   {"/usr/lib/systemd/system/getty@.service", "[Install]\nWantedBy=getty.target\n"},
                   {"/etc/systemd/system/clean.timer", "[Timer]\nOnCalendar=daily\nOnBootSec=5m\n[Install]\nWantedBy=timers.target\n"},
                   {"/etc/systemd/system/note.txt", ""}});
  guest.link("/lib", "usr/lib");
  guest.link("/etc/systemd/system/multi-user.target.wants/ssh.service", "/usr/lib/systemd/system/ssh.service");
  guest.link("/etc/systemd/system/getty.target.wants/getty@tty1.service", "/usr/lib/systemd/system/getty@.service");
  guest.link("/etc/systemd/system/timers.target.wants/clean.timer", "/etc/systemd/system/clean.timer");
  guest.link("/etc/systemd/system/gone.service", "/dev/null");
  guest.link("/etc/systemd/system/sshd.service", "/usr/lib/systemd/system/ssh.service");
  const Json services = guest.section("services");
  EXPECT_EQ(named(services, "ssh.service").dump(),
            R"({"name":"ssh.service","manager":"systemd","state":"enabled","path":"/usr/lib/systemd/system/ssh.service",)"
            R"("wanted_by":["multi-user.target"],"description":"OpenSSH","exec":"/usr/sbin/sshd -D  $OPTS","user":"root"})");
  EXPECT_EQ(named(services, "off.service")["state"], "disabled");
  EXPECT_EQ(named(services, "static.service")["state"], "static");
  EXPECT_EQ(named(services, "gone.service")["state"], "masked");
  EXPECT_EQ(named(services, "sshd.service")["state"], "alias");
  EXPECT_EQ(named(services, "getty@tty1.service")["state"], "enabled");
  const Json timer = named(services, "clean.timer");
  EXPECT_EQ(timer["schedule"].dump(), R"(["OnCalendar=daily","OnBootSec=5m"])");
  EXPECT_EQ(timer["starts"], "clean.service");
  EXPECT_EQ(services.size(), 8U);
}

TEST(InspectServices, OtherManagers) {
  GuestTree sysv({{"/etc/init.d/cron", "#!/bin/sh\n"}, {"/etc/init.d/off", "#!/bin/sh\n"}, {"/etc/init.d/README", ""}});
  sysv.link("/etc/rc2.d/S01cron", "../init.d/cron");
  sysv.link("/etc/rc3.d/K01off", "../init.d/off");
  EXPECT_EQ(sysv.section("services").dump(),
            R"([{"name":"cron","manager":"sysv","state":"enabled","path":"/etc/init.d/cron","runlevels":["2"]},)"
            R"({"name":"off","manager":"sysv","state":"disabled","path":"/etc/init.d/off"}])");
  GuestTree openrc({{"/etc/init.d/sshd", "#!/sbin/openrc-run\n"}});
  openrc.link("/etc/runlevels/default/sshd", "/etc/init.d/sshd");
  EXPECT_EQ(openrc.section("services")[0].dump(),
            R"({"name":"sshd","manager":"openrc","state":"enabled","path":"/etc/init.d/sshd","runlevels":["default"]})");
  GuestTree runit({{"/etc/sv/sshd/run", ""}});
  runit.link("/etc/runit/runsvdir/default/sshd", "/etc/sv/sshd");
  EXPECT_EQ(runit.section("services")[0]["state"], "enabled");
  EXPECT_EQ(GuestTree({{"/etc/init/tty1.conf", "start on stopped rc\n"}}).section("services")[0]["name"], "tty1");
  GuestTree freebsd({{"/etc/rc.conf", "sshd_enable=\"YES\"\nntpd_enable=NO\nhostname=x\n"}});
  freebsd.os.type = "freebsd";
  EXPECT_EQ(named(freebsd.section("services"), "sshd")["state"], "enabled");
  EXPECT_EQ(named(freebsd.section("services"), "ntpd")["state"], "disabled");
}

TEST(InspectServices, Scheduled) {
  const GuestTree guest({{"/etc/crontab", "SHELL=/bin/sh\n# x\n17 * * * * root run-parts /x\n"},
                         {"/etc/cron.d/job", "@daily app /bin/job now\n"},
                         {"/var/spool/cron/crontabs/bob", "*/5 * * * * /bin/true\n@reboot /bin/x y\n"},
                         {"/etc/cron.weekly/tidy", "#!/bin/sh\n"},
                         {"/etc/anacrontab", "LOGNAME=root\n7 10 cron.weekly run-parts /etc/cron.weekly\n"}});
  std::string all;
  for (const Json& job : guest.section("scheduled"))
    all += job["schedule"].get<std::string>() + "|" + job["user"].get<std::string>() + "|" + job["command"].get<std::string>() + "\n";
  EXPECT_EQ(all, "17 * * * *|root|run-parts /x\n@daily|app|/bin/job now\n*/5 * * * *|bob|/bin/true\n@reboot|bob|/bin/x y\n"
                 "@weekly|root|/etc/cron.weekly/tidy\n7|root|run-parts /etc/cron.weekly\n");
}

TEST(InspectServices, KeysAgreeWithSshKeygen) {
  if (!base::find_program("ssh-keygen")) GTEST_SKIP() << "the program ssh-keygen is not installed";
  GuestTree guest({{"/etc/passwd", "root:x:0:0::/root:/bin/sh\nnone:x:1:1::/nonexistent:/bin/sh\n"}, {"/etc/ssh/x", ""}});
  const std::string key = guest.host("/etc/ssh/ssh_host_ed25519_key");
  shell("ssh-keygen -q -t ed25519 -N '' -C me@host -f " + key);
  const std::string public_key = read_host(key + ".pub");
  guest.write("/root/.ssh/authorized_keys", "# keys\nfrom=\"a b\",no-pty " + public_key + "garbage\n");
  const Json report = guest.report({"ssh"});
  const std::string listed = shell("ssh-keygen -l -f " + key + ".pub");
  const Json host_key = report["ssh"]["host_keys"][0];
  EXPECT_EQ(host_key["type"], "ssh-ed25519");
  EXPECT_THAT(listed, ::testing::HasSubstr(" " + host_key["fingerprint"].get<std::string>() + " "));
  const Json authorized = report["ssh"]["authorized_keys"];
  ASSERT_EQ(authorized.size(), 1U);
  EXPECT_EQ(authorized[0]["fingerprint"], host_key["fingerprint"]);
  EXPECT_EQ(authorized[0]["restricted"], true);
  EXPECT_EQ(authorized[0]["comment"], "me@host");
  EXPECT_EQ(report["findings"].dump(), R"([{"path":"/root/.ssh/authorized_keys","problem":"line 3 is no key"}])");
  EXPECT_EQ(report.dump().find("PRIVATE"), std::string::npos);
}

TEST(InspectServices, CertificatesAgreeWithOpenssl) {
  if (!base::find_program("openssl")) GTEST_SKIP() << "the program openssl is not installed";
  GuestTree guest({{"/etc/pki/tls/certs/empty.pem", "-----BEGIN CERTIFICATE-----\nxx\n"}});
  const std::string path = guest.host("/etc/pki/tls/certs/own.crt");
  shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/O=Ex ample/CN=host.example'"
        " -keyout /dev/null -out " + path + " 2>/dev/null");
  const Json report = guest.report({"certificates"});
  ASSERT_EQ(report["certificates"].size(), 1U);
  const Json& certificate = report["certificates"][0];
  EXPECT_EQ("subject=" + certificate["subject"].get<std::string>() + "\n",
            shell("openssl x509 -noout -subject -nameopt RFC2253 -in " + path));
  std::string digest = shell("openssl x509 -outform DER -in " + path + " | sha256sum");
  EXPECT_EQ(certificate["sha256"], digest.substr(0, 64));
  const std::string serial = shell("openssl x509 -noout -serial -in " + path + " | tr A-Z a-z");
  EXPECT_EQ("serial=" + certificate["serial"].get<std::string>() + "\n", serial);
  EXPECT_EQ(certificate["not_before"].get<std::string>() + "\n",
            shell("date -u -d \"$(openssl x509 -noout -startdate -in " + path + " | cut -d= -f2)\" +%Y-%m-%dT%H:%M:%SZ"));
  EXPECT_EQ(report["findings"].dump(),
            R"([{"path":"/etc/pki/tls/certs/empty.pem","problem":"no certificate can be read"}])");
}

TEST(InspectServices, SecurityToolsAndContainers) {
  GuestTree guest({{"/etc/selinux/config", "SELINUX=Enforcing\nSELINUXTYPE=targeted\n"},
                   {"/etc/selinux/targeted/policy/policy.33", ""},
                   {"/etc/apparmor.d/usr.bin.man", ""},
                   {"/etc/ssh/sshd_config", "Port 2222\nPermitRootLogin no\nPermitRootLogin yes\nMatch User x\nPasswordAuthentication no\n"},
                   {"/etc/nftables.conf", ""},
                   {"/usr/sbin/qemu-ga", ""},
                   {"/usr/bin/podman", ""},
                   {"/var/lib/docker/containers/0123456789abcdef/config.v2.json",
                    R"({"Name":"/web","Config":{"Image":"nginx:1.25"}})"},
                   {"/var/lib/docker/containers/bad/config.v2.json", "["},
                   {"/etc/containers/systemd/db.container", ""}});
  const Json report = guest.report({"security", "vm_tools", "containers"});
  EXPECT_EQ(report["security"]["selinux"].dump(),
            R"({"mode":"enforcing","policy":"targeted","policy_installed":true,"relabel_at_boot":false})");
  EXPECT_EQ(report["security"]["apparmor"]["profiles"], 1);
  EXPECT_EQ(report["security"]["sshd"].dump(), R"({"port":"2222","permit_root_login":"no"})");
  EXPECT_EQ(report["security"]["firewalls"][0]["name"], "nftables");
  EXPECT_EQ(report["vm_tools"][0]["name"], "qemu-guest-agent");
  EXPECT_EQ(report["containers"].dump(),
            R"({"engines":[{"name":"podman","path":"/usr/bin/podman"}],"instances":[{"engine":"docker","id":"0123456789ab",)"
            R"("name":"web","image":"nginx:1.25"},{"engine":"quadlet","name":"db"}]})");
  EXPECT_EQ(report["findings"].size(), 1U);
}

}  // namespace
}  // namespace vmcraft::test
