// SPDX-License-Identifier: LGPL-3.0-or-later
// Programs of the machine that work on a guest's files: rsync, setfiles, boot loaders.
#include <gmock/gmock.h>

#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

bool has_selinux() { return read_host("/proc/filesystems").find("selinuxfs") != std::string::npos; }

class RunTools : public FsTest {
 protected:
  GuestFS guest(const ImageSpec& spec, bool network = false) {
    image_ = temp.file("guest.raw");
    make_image(image_, spec);
    GuestFS g;
    g.set_backend(GetParam());
    g.set_network(network);
    g.add_drive(image_);
    g.launch();
    g.mount("/dev/sda1", "/");
    return g;
  }
  std::string image_;
};

TEST_P(RunTools, Rsync) {
  VMCRAFT_NEEDS("rsync");
  GuestFS g = guest({.files = {{"src/a", "1"}, {"src/deep/b", "2"}, {"dest/old", "3"}},
                     .prepare = [](const std::string& tree) {
                       shell("cd " + tree + "; ln -s /nowhere src/link; chown 1234:4321 src/a; chmod 640 src/a; "
                             "ln -s " + tree + "/../outside escape; mkdir dest/deep");
                     }});
  RsyncOptions options;
  options.archive = true;
  g.rsync("/src/", "/dest", options);
  EXPECT_EQ(g.find("/dest"), (Texts{"a", "deep", "deep/b", "link", "old"}));
  EXPECT_EQ(g.stat("/dest/a").uid, 1234);
  EXPECT_EQ(g.stat("/dest/a").mode & 0777, 0640);
  EXPECT_EQ(g.readlink("/dest/link"), "/nowhere");
  options.deletedest = true;
  g.rsync("/src/", "/dest/", options);
  EXPECT_EQ(g.find("/dest"), (Texts{"a", "deep", "deep/b", "link"}));
  options.deletedest = false;
  g.rsync("/src", "/new", options);
  EXPECT_EQ(g.cat("/new/src/deep/b"), "2");
  g.rsync("/src/a", "/dest/copy", options);
  EXPECT_EQ(g.cat("/dest/copy"), "1");
  EXPECT_NE(errno_of([&] { g.rsync("/src/", "/escape/", options); }), -1) << "out of the guest";
  EXPECT_NE(errno_of([&] { g.rsync("/missing/", "/dest", options); }), -1);
}

TEST_P(RunTools, RsyncWithAnotherMachine) {
  VMCRAFT_NEEDS("rsync");
  const bool network = GetParam() == "host";
  GuestFS g = guest({.files = {{"src/a", "1"}}}, true);
  EXPECT_EQ(errno_of([&] { g.rsync_in("/local/path", "/"); }), EINVAL);
  if (!network) {
    EXPECT_EQ(errno_of([&] { g.rsync_in("rsync://localhost/m/", "/"); }), ENOTSUP);
    EXPECT_EQ(errno_of([&] { g.rsync_out("/src", "rsync://localhost/m/"); }), ENOTSUP);
    return;
  }
  const int port = 20000 + ::getpid() % 20000;
  write_host(temp.file("module/deep/file"), "from there");
  write_host(temp.file("rsyncd.conf"), "use chroot = no\n[m]\npath = " + temp.file("module") +
                                           "\nread only = no\nuid = 0\ngid = 0\n");
  base::ChildProcess server({.argv = {"rsync", "--daemon", "--no-detach", "--address=127.0.0.1",
                                      "--port=" + std::to_string(port), "--config=" + temp.file("rsyncd.conf"),
                                      "--log-file=/dev/null"},
                             .environment = {},
                             .descriptors = {},
                             .die_with_parent = true});
  ::usleep(500'000);
  const std::string remote = "rsync://127.0.0.1:" + std::to_string(port) + "/m/";
  RsyncInOptions in;
  in.archive = true;
  g.rsync_in(remote, "/got", in);
  EXPECT_EQ(g.cat("/got/deep/file"), "from there");
  RsyncOutOptions out;
  out.archive = true;
  g.rsync_out("/src/", remote, out);
  EXPECT_EQ(read_host(temp.file("module/a")), "1");
  EXPECT_THAT(text_of([&] { g.rsync_in("rsync://127.0.0.1:" + std::to_string(port) + "/none/", "/", in); }),
              HasSubstr("none"));
}

TEST_P(RunTools, LabelsForSelinux) {
  VMCRAFT_NEEDS("setfiles");
  write_host(temp.file("outside"), "host");
  const std::string contexts = "/etc/selinux/x/contexts/files/file_contexts";
  GuestFS g = guest({.files = {{"etc/selinux/x/contexts/files/file_contexts",
                                "/.*  system_u:object_r:root_t:s0\n/etc(/.*)?  system_u:object_r:etc_t:s0\n"
                                "/skip(/.*)?  system_u:object_r:skip_t:s0\n"},
                               {"etc/hosts", "x"},
                               {"skip/file", "x"}},
                     .prepare = [this](const std::string& tree) {
                       shell("ln -s " + temp.file("outside") + " " + tree + "/escape");
                     }});
  SetfilesOptions options;
  options.excludes = Texts{"/skip", "/not-there"};
  g.setfiles(contexts, {"/"}, options);
  const auto label = [&g](const std::string& path) {
    std::string text = g.lgetxattr(path, "security.selinux");
    while (!text.empty() && text.back() == '\0') text.pop_back();
    return text;
  };
  EXPECT_EQ(label("/etc/hosts"), "system_u:object_r:etc_t:s0");
  EXPECT_EQ(label("/escape"), "system_u:object_r:root_t:s0");
  EXPECT_EQ(errno_of([&] { label("/skip/file"); }), ENODATA);
  EXPECT_EQ(shell("getfattr -m - -d " + temp.file("outside") + " 2>/dev/null || true"), "");
  g.lsetxattr("security.selinux", "user_u:object_r:old_t:s0", 24, "/etc/hosts");
  SelinuxRelabelOptions force;
  force.force = true;
  g.selinux_relabel(contexts, "/etc", force);
  EXPECT_EQ(label("/etc/hosts"), "system_u:object_r:etc_t:s0");
  EXPECT_EQ(errno_of([&] { g.setfiles("/none", {"/"}); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.setfiles(contexts, {"/none"}); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.setfiles(contexts, {}); }), EINVAL);
}

// The isolated engine's kernel has SELinux without a policy: it takes any context.
TEST_P(RunTools, Contexts) {
  GuestFS g = guest({.files = {{"x", "x"}}});
  EXPECT_EQ(g.feature_available({"selinux"}), has_selinux());
  const bool selinux = g.debug("sh", {"cat /proc/filesystems"}).find("selinuxfs") != std::string::npos;
  if (!selinux) {
    EXPECT_EQ(errno_of([&] { g.getcon(); }), ENOTSUP);
    EXPECT_EQ(text_of([&] { g.setcon("a:b:c"); }), "setcon: a:b:c: this kernel has no SELinux");
    return;
  }
  const std::string before = g.getcon();
  EXPECT_NE(before, "");
  if (errno_of([&] { g.setcon("user_u:user_r:user_t"); }) != -1) return;
  EXPECT_EQ(g.getcon(), "user_u:user_r:user_t");
  g.setcon("");
  EXPECT_EQ(g.getcon(), before);
}

TEST_P(RunTools, Extlinux) {
  VMCRAFT_NEEDS("extlinux");
  write_host(temp.file("canary"), "host");
  GuestFS g = guest({.fs_type = "ext4", .files = {{"boot/extlinux.conf", "default x\n"}},
                     .prepare = [this](const std::string& tree) {
                       shell("mkdir " + tree + "/bad; ln -s " + temp.file("canary") + " " + tree +
                             "/bad/ldlinux.sys");
                     }});
  g.extlinux("/boot");
  EXPECT_TRUE(g.is_file("/boot/ldlinux.sys"));
  EXPECT_TRUE(g.is_file("/boot/ldlinux.c32"));
  EXPECT_EQ(errno_of([&] { g.extlinux("/bad"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.extlinux("/none"); }), ENOENT);
  EXPECT_EQ(read_host(temp.file("canary")), "host");
  g.umount("/");
  EXPECT_THAT(g.pread_device("/dev/sda1", 512, 0), HasSubstr("SYSLINUX"));
  EXPECT_EQ(g.fsck("ext4", "/dev/sda1"), 0);
}

TEST_P(RunTools, Syslinux) {
  VMCRAFT_NEEDS("syslinux");
  const std::string path = blank(64);
  GuestFS g = open(path, false);
  g.part_disk("/dev/sda", "mbr");
  g.mkfs("vfat", "/dev/sda1");
  g.shutdown();
  const std::string image = path + "@@" + std::to_string(64 * 1024);
  shell("export MTOOLS_SKIP_CHECK=1; mmd -i " + image + " ::/boot");
  GuestFS again = open(path, false);
  again.syslinux("/dev/sda1");
  EXPECT_THAT(again.pread_device("/dev/sda1", 512, 0), HasSubstr("SYSLINUX"));
  again.sync();
  EXPECT_THAT(shell("mdir -a -b -i " + image + " ::/"), HasSubstr("ldlinux.sys"));
  SyslinuxOptions options;  // where it is moved to
  options.directory = "/boot";
  again.syslinux("/dev/sda1", options);
  if (errno_of([&] { again.mount("/dev/sda1", "/"); }) == -1) {
    EXPECT_EQ(errno_of([&] { again.syslinux("/dev/sda1"); }), EBUSY);
  }
  again.shutdown();
  EXPECT_THAT(shell("mdir -a -b -i " + image + " ::/boot"), HasSubstr("ldlinux.sys"));
}

TEST_P(RunTools, Grub1IsNotGrub2) {
  GuestFS g = guest({.files = {{"boot/x", "x"}}});
  EXPECT_EQ(errno_of([&] { g.grub_install("/none", "/dev/sda"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.grub_install("/", "/dev/sda"); }), ENOTSUP);
  EXPECT_THAT(text_of([&] { g.grub_install("/", "/dev/sda"); }), HasSubstr("package grub-legacy"));
  EXPECT_FALSE(g.feature_available({"grub"}));
}

VMCRAFT_ON_BOTH_ENGINES(RunTools);

}  // namespace
}  // namespace vmcraft::test
