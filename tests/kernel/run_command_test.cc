// SPDX-License-Identifier: LGPL-3.0-or-later
// Programs of a guest, on each engine.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "base/text.h"
#include "fs_support.h"
#include "support/roots.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Texts = std::vector<std::string>;

class RunCommand : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!std::filesystem::exists("/bin/busybox")) GTEST_SKIP() << "busybox-static is not installed";
  }
  // A guest of busybox on the one partition; `more` is a script for its tree.
  GuestFS guest(const std::string& more = "true", bool readonly = false, bool network = false) {
    image_ = temp.file("guest.raw");
    make_image(image_, {.size_mib = 48, .files = {}, .prepare = [&](const std::string& tree) {
                          make_busybox_root(tree);
                          shell("cd " + tree + "; " + more);
                        }});
    GuestFS g;
    g.set_backend(GetParam());
    g.set_network(network);
    AddDriveOptions options;
    options.readonly = readonly;
    g.add_drive(image_, options);
    g.launch();
    g.mount("/dev/sda1", "/");
    return g;
  }
  std::string image_;
};

TEST_P(RunCommand, OutputAndLines) {
  GuestFS g = guest();
  EXPECT_EQ(g.command({"/bin/echo", "a b", "c"}), "a b c\n");
  EXPECT_EQ(g.command({"echo", "by PATH"}), "by PATH\n");
  EXPECT_EQ(g.sh("echo $((6 * 7)); pwd"), "42\n/\n");
  EXPECT_EQ(g.command_lines({"/bin/printf", "a\\n\\nb"}), (Texts{"a", "", "b"}));
  EXPECT_EQ(g.sh_lines("printf 'x\\ny\\n'"), (Texts{"x", "y"}));
  EXPECT_EQ(g.sh("printf 'x\\000y'"), std::string("x\0y", 3));
  g.command_out({"/bin/echo", "into a file"}, temp.file("out"));
  EXPECT_EQ(read_host(temp.file("out")), "into a file\n");
  g.sh_out("yes 0123456789abcde | head -n 6000000", temp.file("big"));
  EXPECT_EQ(std::filesystem::file_size(temp.file("big")), 96'000'000U);
  EXPECT_EQ(errno_of([&] { g.sh("yes 0123456789abcde | head -n 6000000"); }), EFBIG);
  EXPECT_THAT(text_of([&] { g.sh("yes"); }), HasSubstr("sh: output: more than 64 MiB"));
}

TEST_P(RunCommand, FailuresTellStatusAndStandardError) {
  GuestFS g = guest("printf '#!/bin/nothing\\n' >bin/lost; printf 'echo plain' >bin/plain; "
                    "printf 'x' >bin/closed; chmod +x bin/lost bin/plain");
  EXPECT_EQ(text_of([&] { g.sh("echo out; echo oh no >&2; exit 3"); }),
            "sh: /bin/sh: exited with status 3: oh no");
  EXPECT_EQ(text_of([&] { g.command({"/bin/false"}); }), "command: /bin/false: exited with status 1");
  EXPECT_EQ(text_of([&] { g.sh("kill -9 $$"); }), "sh: /bin/sh: killed by signal 9");
  EXPECT_EQ(text_of([&] { g.command({"/no/thing"}); }), "command: /no/thing: No such file or directory");
  EXPECT_EQ(errno_of([&] { g.command({"nothing"}); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.command({"/bin/lost"}); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.command({"/bin/closed"}); }), EACCES);
  EXPECT_EQ(errno_of([&] { g.command({}); }), EINVAL);
  EXPECT_EQ(g.command({"/bin/plain"}), "plain\n");
  EXPECT_EQ(g.sh("yes error | head -n 3000000 >&2; echo through"), "through\n");
  try {
    g.sh("exit 7");
    ADD_FAILURE();
  } catch (const CommandError& failure) {
    EXPECT_EQ(WEXITSTATUS(failure.status()), 7);
    EXPECT_EQ(failure.argv(), (Texts{"/bin/sh", "-c", "exit 7"}));
  }
  g.umount("/");
  EXPECT_THAT(text_of([&] { g.sh("true"); }), HasSubstr("nothing is mounted"));
}

TEST_P(RunCommand, ProgramForAnotherMachineIsNotSupported) {
  // An ELF header of s390x, which neither kernel here can run.
  GuestFS g = guest("{ printf '\\177ELF\\002\\002\\001'; head -c 9 /dev/zero; printf '\\000\\002\\000\\026'; "
                    "head -c 100 /dev/zero; } >bin/s390x; chmod +x bin/s390x");
  if (shell("cat /proc/sys/fs/binfmt_misc/qemu-s390x 2>/dev/null || true").empty()) {
    EXPECT_EQ(errno_of([&] { g.command({"/bin/s390x"}); }), ENOTSUP);
    EXPECT_THAT(text_of([&] { g.command({"/bin/s390x"}); }),
                HasSubstr("/bin/s390x: is a program for s390x, and this kernel runs those for x86_64; "
                          "install qemu-user-static"));
  }
}

TEST_P(RunCommand, EnvironmentAndNamespaces) {
  GuestFS g = guest();
  Texts environment = g.sh_lines("env");
  std::sort(environment.begin(), environment.end());
  for (const char* entry : {"HOME=/", "LC_ALL=C", "PATH=/sbin:/usr/sbin:/bin:/usr/bin", "SHELL=/bin/sh",
                            "TERM=dumb"})
    EXPECT_TRUE(std::binary_search(environment.begin(), environment.end(), entry)) << entry;
  EXPECT_THAT(base::join(environment, "\n"), Not(HasSubstr("VMCRAFT")));
  EXPECT_EQ(g.sh("cd /proc; echo [0-9]*"), "1 2\n") << "processes of others are seen";
  EXPECT_EQ(g.sh("hostname; id -u; id -G; umask"), "localhost\n0\n0\n0022\n");
  EXPECT_EQ(g.sh("ip link | grep -c '^[0-9]'; cat /sys/class/net/lo/operstate; ls /sys/class/net"),
            "1\nunknown\nlo\n");
  g.umask(077);
  EXPECT_EQ(g.sh("umask"), "0077\n");
  const std::string status = g.sh("cat /proc/self/status");
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(status, HasSubstr("CapEff:\t00000000a80407fb")) << "which capabilities are left";
  EXPECT_THAT(status, HasSubstr("CapBnd:\t00000000a80407fb"));
  EXPECT_THAT(status, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_EQ(g.sh("ls /proc/self/fd | wc -l"), "4\n") << "0, 1, 2 and that of ls";
}

TEST_P(RunCommand, DevicesAreTheHarmlessOnes) {
  GuestFS g = guest();
  EXPECT_EQ(g.sh_lines("ls /dev"), (Texts{"fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr",
                                          "stdin", "stdout", "tty", "urandom", "zero"}));
  EXPECT_EQ(g.sh("head -c 3 /dev/zero | wc -c; echo x >/dev/null; head -c 2 /dev/urandom | wc -c"),
            "3\n2\n");
  EXPECT_EQ(g.sh("mknod /tmp/disk b 7 0 && cat /tmp/disk 2>&1 || true"),
            "cat: can't open '/tmp/disk': Permission denied\n");
  EXPECT_EQ(g.sh("mknod /dev/disk b 7 0 && cat /dev/disk 2>&1 || true"),
            "cat: can't open '/dev/disk': Permission denied\n");
  for (const char* forbidden :
       {"mount -t tmpfs x /tmp", "umount /dev", "chroot /proc/1/root true",
        "echo 1 >/proc/sys/kernel/panic", "echo h >/proc/sysrq-trigger", "touch /sys/kernel/x",
        "ls -l /proc/1/exe | grep '>'", "hostname other", "mount -o remount,rw /sys"})
    EXPECT_NE(errno_of([&] { g.sh(std::string(forbidden) + " 2>/dev/null"); }), -1) << forbidden;
}

TEST_P(RunCommand, SeveralFileSystemsAndNothingIsLeftOnThem) {
  std::string second = temp.file("second.raw");
  shell("truncate -s 16M " + second + "; mke2fs -q -t ext4 " + second);
  make_image(temp.file("guest.raw"), {.size_mib = 48, .files = {}, .prepare = [](const std::string& tree) {
                                        make_busybox_root(tree);
                                        shell("mkdir " + tree + "/home; rmdir " + tree + "/dev " + tree +
                                              "/sys");
                                      }});
  GuestFS g;
  g.set_backend(GetParam());
  g.add_drive(temp.file("guest.raw"));
  g.add_drive(second);
  g.launch();
  g.mount("/dev/sda1", "/");
  g.mount("/dev/sdb", "/home");
  EXPECT_EQ(g.sh("echo there >/home/file; cp /home/file /tmp; cat /tmp/file; ls /"),
            "there\nbin\netc\nhome\nlost+found\nproc\nroot\nrun\ntmp\n");
  EXPECT_EQ(g.cat("/home/file"), "there\n");
  EXPECT_EQ(g.ls("/proc"), Texts{});
  EXPECT_FALSE(g.exists("/dev"));
  g.umount("/home");
  EXPECT_EQ(g.ls("/home"), Texts{});
  g.umount("/");
  EXPECT_EQ(g.fsck("ext4", "/dev/sdb"), 0);
  g.shutdown();
  EXPECT_EQ(shell("debugfs -R 'cat /file' " + second + " 2>/dev/null"), "there\n");
}

TEST_P(RunCommand, LinksOfAHostileGuestStayInside) {
  write_host(temp.file("secret/canary"), "of the machine");
  GuestFS g = guest("rm -r proc sys dev etc/resolv.conf; ln -s " + temp.file("secret") + " proc; "
                    "ln -s ../../../../../etc sys; ln -s / dev; "
                    "ln -s ../../../../../etc/passwd etc/resolv.conf",
                    false, GetParam() == "host");
  EXPECT_EQ(g.sh("ls /proc/canary 2>&1 || true"), "ls: /proc/canary: No such file or directory\n");
  EXPECT_EQ(g.sh("cd /sys; ls"), "passwd\nresolv.conf\n") << "mounted over the guest's /etc";
  EXPECT_EQ(g.sh("ls -d /dev/bin"), "/dev/bin\n");
  EXPECT_EQ(read_host(temp.file("secret/canary")), "of the machine");
  EXPECT_EQ(shell("ls " + temp.file("secret")), "canary\n");
  EXPECT_EQ(g.cat("/etc/passwd"), "root:x:0:0::/root:/bin/sh\n") << "the name servers were written to the guest";
}

TEST_P(RunCommand, NameServersOfTheMachineOnlyWithTheNetwork) {
  {
    GuestFS g = guest();
    EXPECT_EQ(g.sh("cat /etc/resolv.conf"), "nameserver 192.0.2.1\n");
  }
  if (GetParam() != "host") GTEST_SKIP() << "the isolated engine has no network";
  const std::string ours = read_host("/etc/resolv.conf");
  {
    GuestFS g = guest("true", false, true);
    EXPECT_EQ(g.sh("cat /etc/resolv.conf"), ours);
    EXPECT_EQ(g.cat("/etc/resolv.conf"), "nameserver 192.0.2.1\n");
    EXPECT_EQ(g.sh("ls /sys/class/net"), shell("ls /sys/class/net"));
  }
  GuestFS g = guest("ln -sf ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf", false, true);
  EXPECT_EQ(g.sh("cat /etc/resolv.conf"), ours);
  EXPECT_EQ(g.ls("/run"), Texts{});
}

TEST_P(RunCommand, WhatTheProgramLeavesRunningEndsWithIt) {
  GuestFS g = guest();
  EXPECT_EQ(g.sh("(sleep 1000 &) ; echo done"), "done\n");
  g.umount("/");
  EXPECT_EQ(g.fsck("ext4", "/dev/sda1"), 0);
}

TEST_P(RunCommand, CancelEndsIt) {
  GuestFS g = guest();
  std::thread canceller([&g] {
    ::usleep(700'000);
    g.user_cancel();
  });
  const auto start = std::chrono::steady_clock::now();
  try {
    g.sh("trap '' TERM INT; sleep 1000 & while :; do sleep 1; done");
    ADD_FAILURE() << "it was not cancelled";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ErrorCode::cancelled) << failure.what();
  }
  canceller.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  g.umount("/");
  EXPECT_EQ(g.fsck("ext4", "/dev/sda1"), 0);
}

TEST_P(RunCommand, OnAReadonlyDrive) {
  GuestFS g = guest("true", true);
  const std::string before = sha256_of(image_);
  EXPECT_EQ(g.sh("echo new >/etc/new; cat /etc/new"), "new\n") << "into the overlay";
  g.shutdown();
  EXPECT_EQ(sha256_of(image_), before);
}

TEST_P(RunCommand, RealDebian) {
  const std::string archive = debian_root_archive();
  if (archive.empty()) GTEST_SKIP() << "no Debian root: mmdebstrap could not make one";
  const std::string image = temp.file("debian.raw");
  shell("truncate -s 1G " + image);
  GuestFS g;
  g.set_backend(GetParam());
  g.add_drive(image);
  g.launch();
  g.mkfs("ext4", "/dev/sda");
  g.mount("/dev/sda", "/");
  g.tar_in(archive, "/");
  EXPECT_THAT(g.sh("cat /etc/debian_version"), HasSubstr("12"));
  EXPECT_EQ(g.command({"dpkg-query", "-W", "-f", "${Status}", "dpkg"}), "install ok installed");
  // A package made and installed there: scripts, owners, chroot's capabilities and dpkg's database.
  g.sh("set -e; mkdir -p /tmp/p/DEBIAN /tmp/p/opt; echo data >/tmp/p/opt/file; "
       "printf 'Package: tiny\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.org>\\n"
       "Description: x\\n' >/tmp/p/DEBIAN/control; "
       "printf '#!/bin/sh\\nset -e\\nuseradd -r tinyuser\\nchown tinyuser /opt/file\\n' >/tmp/p/DEBIAN/postinst; "
       "chmod 755 /tmp/p/DEBIAN/postinst; dpkg-deb -b /tmp/p /tmp/tiny.deb; dpkg -i /tmp/tiny.deb");
  EXPECT_EQ(g.sh("dpkg -s tiny | grep Status; stat -c %U /opt/file"),
            "Status: install ok installed\ntinyuser\n");
  EXPECT_EQ(g.ls("/proc"), Texts{});
  EXPECT_EQ(g.sh("perl -e 'print 6*7'"), "42");
}

VMCRAFT_ON_BOTH_ENGINES(RunCommand);

}  // namespace
}  // namespace vmcraft::test
