// SPDX-License-Identifier: LGPL-3.0-or-later
// A guest's configuration as a tree, on both engines, and what augtool says of the result.
#include <sys/wait.h>

#include <csignal>

#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kNoLoad = 32;
const std::string kHosts = "/files/etc/hosts/";

class Augeas : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (IsSkipped()) return;
    write_host(temp.file("outside"), "127.0.0.1 host-of-this-machine\n");
    make_image(image_, {.files = {}, .prepare = [this](const std::string& tree) {
                 write_host(tree + "/etc/hosts", "127.0.0.1 localhost\n10.0.0.1 one uno\n");
                 write_host(tree + "/etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n");
                 write_host(tree + "/etc/resolv.conf.real", "nameserver 10.0.0.9\n");
                 shell("cd " + tree + "/etc && ln -s /etc/resolv.conf.real resolv.conf && ln -s " +
                       temp.file("outside") + " hostname && mkfifo ntp.conf");
               }});
  }
  GuestFS mounted() {
    GuestFS g = open(image_, false);
    g.mount("/dev/sda1", "/");
    return g;
  }
  std::string image_ = temp.file("linux.raw");
};

TEST_P(Augeas, Reads) {
  GuestFS g = mounted();
  EXPECT_THAT(text_of([&] { g.aug_get("/x"); }), HasSubstr("aug_get: no tree is open"));
  g.aug_init("/", 0);
  EXPECT_EQ(g.aug_get(kHosts + "2/canonical"), "one");
  EXPECT_EQ(g.aug_get(kHosts + "2"), "");
  EXPECT_EQ(g.aug_label(kHosts + "2/alias"), "alias");
  EXPECT_THAT(g.aug_match(kHosts + "*/ipaddr"),
              ElementsAre("/files/etc/hosts/1/ipaddr", "/files/etc/hosts/2/ipaddr"));
  EXPECT_THAT(g.aug_ls(kHosts + "2"),
              ElementsAre("/files/etc/hosts/2/alias", "/files/etc/hosts/2/canonical",
                          "/files/etc/hosts/2/ipaddr"));
  EXPECT_THAT(g.aug_ls("/"), ElementsAre("/augeas", "/files"));
  EXPECT_EQ(g.aug_defvar("all", kHosts + "*/canonical"), 2);
  EXPECT_THAT(g.aug_match("$all").size(), 2U);
  EXPECT_EQ(g.aug_defvar("all", std::nullopt), 0);
  EXPECT_EQ(errno_of([&] { g.aug_get("/files/etc/none"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.aug_label("/files/etc/none"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.aug_get(kHosts + "*/canonical"); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.aug_match("//["); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.aug_ls("/files/"); }), EINVAL);
  // A relative or absolute link leads into the guest; one to this machine's file leads nowhere.
  EXPECT_EQ(g.aug_get("/files/etc/resolv.conf/nameserver"), "10.0.0.9");
  EXPECT_THAT(g.aug_match("/files/etc/hostname"), ElementsAre());
  g.umount("/");
  EXPECT_EQ(g.aug_get(kHosts + "2/canonical"), "one");
  EXPECT_EQ(errno_of([&] { g.aug_load(); }), EINVAL);
  g.aug_close();
  EXPECT_EQ(errno_of([&] { g.aug_close(); }), EINVAL);
}

TEST_P(Augeas, ChangesFiles) {
  {
    GuestFS g = mounted();
    g.chmod(0640, "/etc/hosts");
    g.aug_init("/", 0);
    g.aug_set(kHosts + "3/ipaddr", "10.0.0.3");
    g.aug_set(kHosts + "3/canonical", "three");
    EXPECT_EQ(g.aug_setm("/files/etc/hosts", "*/alias", "also"), 1);
    const IntBool node = g.aug_defnode("new", kHosts + "4/ipaddr", "10.0.0.4");
    EXPECT_EQ(node.i, 1);
    EXPECT_EQ(node.b, 1);
    g.aug_set("$new/../canonical", "four");
    g.aug_insert(kHosts + "1", "0", true);
    g.aug_set(kHosts + "0/ipaddr", "10.0.0.8");
    g.aug_set(kHosts + "0/canonical", "eight");
    EXPECT_EQ(g.aug_rm(kHosts + "2"), 4);
    g.aug_set("/tmp-node", "value");
    g.aug_mv("/tmp-node", "/moved");
    EXPECT_EQ(g.aug_get("/moved"), "value");
    g.aug_clear("/moved");
    EXPECT_EQ(g.aug_get("/moved"), "");
    g.aug_save();
    EXPECT_EQ(g.cat("/etc/hosts"),
              "10.0.0.8\teight\n127.0.0.1 localhost\n10.0.0.3\tthree\n10.0.0.4\tfour\n");
    EXPECT_EQ(g.stat("/etc/hosts").mode & 07777, 0640);
    g.aug_set(kHosts + "1/nonsense", "x");
    EXPECT_THAT(text_of([&] { g.aug_save(); }), HasSubstr("aug_save: /etc/hosts: put_failed"));
    g.aug_load();
    g.aug_set("/files/etc/resolv.conf/nameserver", "10.0.0.7");
    g.aug_save();
    EXPECT_EQ(g.cat("/etc/resolv.conf.real"), "nameserver 10.0.0.7\n");
  }
  EXPECT_EQ(read_host(temp.file("outside")), "127.0.0.1 host-of-this-machine\n");
}

TEST_P(Augeas, ReadsAsAugtoolDoes) {
  if (!base::find_program("augtool")) GTEST_SKIP() << "the program augtool is not installed";
  GuestFS g = mounted();
  g.aug_init("/", 0);
  const auto ours = g.aug_match("/files//*");
  g.download("/etc/hosts", temp.file("hosts"));
  g.download("/etc/fstab", temp.file("fstab"));
  g.download("/etc/resolv.conf", temp.file("resolv.conf"));
  shell("mkdir -p " + temp.file("r/etc") + "; cd " + temp.path() + "; mv hosts fstab resolv.conf r/etc/");
  std::vector<std::string> sorted = ours;
  std::sort(sorted.begin(), sorted.end());
  std::string joined;
  for (const std::string& path : sorted) joined += path + "\n";
  EXPECT_EQ(joined, shell("augtool -r " + temp.file("r") +
                          " match '/files//*' | sed 's/ = .*//' | LC_ALL=C sort"));
}

TEST_P(Augeas, ChoosesLenses) {
  GuestFS g = mounted();
  g.mkdir("/etc/more");
  g.write("/etc/more/names", "10.1.1.1 more\n");
  g.aug_init("/", kNoLoad);
  EXPECT_THAT(g.aug_match("/files/*"), ElementsAre());
  g.aug_transform("Hosts.lns", "/etc/more/*");
  AugTransformOptions remove;
  remove.remove = true;
  g.aug_transform("Hosts.lns", "/etc/hosts", remove);
  g.aug_load();
  EXPECT_EQ(g.aug_get("/files/etc/more/names/1/canonical"), "more");
  EXPECT_THAT(g.aug_match("/files/etc/hosts"), ElementsAre());
  // With 64, no lens has files of its own.
  g.aug_init("/", 64);
  EXPECT_THAT(g.aug_match("/files/*"), ElementsAre());
  g.aug_set("/augeas/load/Mine/lens", "Hosts.lns");
  g.aug_set("/augeas/load/Mine/incl", "/etc/hosts");
  g.aug_load();
  EXPECT_EQ(g.aug_get(kHosts + "2/canonical"), "one");
}

TEST_P(Augeas, AFolderAsTheRoot) {
  GuestFS g = mounted();
  g.mkdir_p("/chroot/etc");
  g.write("/chroot/etc/hosts", "10.2.2.2 inner\n");
  g.aug_init("/chroot", 0);
  EXPECT_EQ(g.aug_get(kHosts + "1/canonical"), "inner");
}

std::vector<pid_t> readers_of(pid_t parent) {
  std::vector<pid_t> pids;
  std::istringstream lines(shell("pgrep -P " + std::to_string(parent) + " vmcraft-guest-r || true"));
  for (pid_t pid = 0; lines >> pid;) pids.push_back(pid);
  return pids;
}

TEST_P(Augeas, ADeadHelperIsAnError) {
  if (GetParam() != "host") GTEST_SKIP() << "the helper is inside the engine";
  GuestFS g = mounted();
  g.aug_init("/", 0);
  ASSERT_EQ(readers_of(::getpid()).size(), 1U);
  ::kill(readers_of(::getpid()).front(), SIGKILL);
  EXPECT_THAT(text_of([&] { g.aug_get("/augeas"); }), HasSubstr("killed by signal 9"));
  EXPECT_EQ(errno_of([&] { g.aug_get("/augeas"); }), EUCLEAN);
  g.aug_init("/", 0);
  EXPECT_EQ(g.aug_get(kHosts + "2/canonical"), "one");
  g.shutdown();
  EXPECT_TRUE(readers_of(::getpid()).empty());
}

TEST_P(Augeas, NothingIsLeftOfAKilledProcess) {
  if (GetParam() != "host") GTEST_SKIP() << "the helper is inside the engine";
  const auto [end, start] = base::make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {
    GuestFS g = mounted();
    g.aug_init("/", 0);
    const pid_t reader = readers_of(::getpid()).at(0);
    if (::write(start.get(), &reader, sizeof reader) < 0) ::_exit(1);
    for (;;) ::pause();
  }
  pid_t reader = 0;
  ASSERT_EQ(::read(end.get(), &reader, sizeof reader), static_cast<ssize_t>(sizeof reader));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (int i = 0; i < 100 && ::kill(reader, 0) == 0; ++i) ::usleep(50000);
  EXPECT_NE(::kill(reader, 0), 0);
  EXPECT_EQ(wait_clean(temp.path()), "");
}

VMCRAFT_ON_BOTH_ENGINES(Augeas);

}  // namespace
}  // namespace vmcraft::test
