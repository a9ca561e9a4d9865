// SPDX-License-Identifier: LGPL-3.0-or-later
// The guest's files under a folder of this machine, on each engine, by the calls of any program.
#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/helper.h"
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

std::string mount_line(const std::string& folder) {
  return shell("grep ' " + folder + " ' /proc/self/mountinfo || true");
}

class MountLocal : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    VMCRAFT_NEEDS("fusermount3");
    if (::access("/dev/fuse", R_OK | W_OK) != 0) GTEST_SKIP() << "no /dev/fuse here";
    std::filesystem::create_directory(folder_);
    image_ = temp.file("guest.raw");
    make_image(image_, {.files = {{"etc/hostname", "test-guest\n"}, {"deep/er/file", "x"}}});
  }
  void TearDown() override {
    if (server_.joinable()) finish();
  }
  GuestFS open_guest(bool readonly = false) {
    GuestFS g = open(image_, readonly);
    g.mount("/dev/sda1", "/");
    return g;
  }
  void serve(GuestFS& g, const MountLocalOptions& options = {}) {
    guest_ = &g;
    g.mount_local(folder_, options);
    server_ = std::thread([this, &g] {
      try {
        g.mount_local_run();
      } catch (const Error& failure) {
        served_ = failure.code();
      }
    });
  }
  void finish() {
    UmountLocalOptions options;
    options.retry = true;
    guest_->umount_local(options);
    server_.join();
  }
  std::string at(const std::string& path) const { return folder_ + path; }

  std::string folder_ = temp.file("mnt");
  std::string image_;
  GuestFS* guest_ = nullptr;
  std::thread server_;
  std::optional<ErrorCode> served_;
};

TEST_P(MountLocal, ReadsAndLists) {
  GuestFS g = open_guest(true);
  MountLocalOptions options;
  options.readonly = true;
  serve(g, options);
  EXPECT_EQ(read_host(at("/etc/hostname")), "test-guest\n");
  EXPECT_EQ(shell("cd " + folder_ + "; find . -name 'lost*' -prune -o -print | sort"),
            ".\n./deep\n./deep/er\n./deep/er/file\n./etc\n./etc/hostname\n");
  struct stat st {};
  ASSERT_EQ(::stat(at("/etc/hostname").c_str(), &st), 0);
  EXPECT_EQ(st.st_size, 11);
  EXPECT_EQ(static_cast<std::int64_t>(st.st_ino), g.lstat("/etc/hostname").ino);
  EXPECT_EQ(::stat(at("/none").c_str(), &st), -1);
  EXPECT_EQ(errno, ENOENT);
  for (const std::string& path : {at("/new"), at("/etc/hostname")}) {
    EXPECT_EQ(::open(path.c_str(), O_WRONLY | O_CREAT, 0600), -1);
    EXPECT_EQ(errno, EROFS);
  }
  struct statvfs space {};
  ASSERT_EQ(::statvfs(folder_.c_str(), &space), 0);
  EXPECT_EQ(static_cast<std::int64_t>(space.f_blocks), g.statvfs("/").blocks);
  EXPECT_EQ(errno_of([&] { g.mount_local(folder_); }), EBUSY);
  finish();
  EXPECT_EQ(mount_line(folder_), "");
  EXPECT_EQ(served_, std::nullopt);
}

TEST_P(MountLocal, Changes) {
  GuestFS g = open_guest();
  serve(g);
  shell(
      "cd " + folder_ +
      "; umask 022; mkdir -m 2750 dir; echo one >dir/file; echo two >>dir/file; ln dir/file hard; "
      "ln -s /no/where soft; mv hard dir/moved; chmod 604 dir/file; chown 12:34 dir/file; chown -h "
      "56:78 soft; "
      "touch -h -d @1100000000 soft; mkfifo fifo; truncate -s 5 dir/moved; "
      "cp -r deep copied; rm -r deep; setfattr -n user.name -v value dir/file; touch -d "
      "@1000000000 dir/file");
  shell("head -c 5000000 /dev/urandom >" + temp.file("big") + "; cp " + temp.file("big") + " " +
        at("/big"));
  EXPECT_EQ(sha256_of(at("/big")), sha256_of(temp.file("big")));
  EXPECT_EQ(g.checksum("sha256", "/big"), sha256_of(temp.file("big")));
  if (is_root()) shell("mknod " + at("/node") + " c 12 34");
  std::array<char, 64> value{};
  EXPECT_EQ(::getxattr(at("/dir/file").c_str(), "user.name", value.data(), value.size()), 5);
  EXPECT_EQ(::getxattr(at("/dir/file").c_str(), "user.name", value.data(), 2), -1);
  EXPECT_EQ(errno, ERANGE);
  EXPECT_EQ(::getxattr(at("/dir/file").c_str(), "user.none", value.data(), 2), -1);
  EXPECT_EQ(errno, ENODATA);
  EXPECT_EQ(::setxattr(at("/dir/file").c_str(), "user.name", "x", 1, XATTR_CREATE), -1);
  EXPECT_EQ(errno, EEXIST);
  EXPECT_EQ(::setxattr(at("/dir/file").c_str(), "user.nul", "a\0b", 3, 0), 0);
  EXPECT_GT(::listxattr(at("/dir/file").c_str(), value.data(), value.size()), 18);
  EXPECT_EQ(::removexattr(at("/dir/file").c_str(), "user.name"), 0);
  EXPECT_EQ(::rmdir(at("/dir").c_str()), -1);
  EXPECT_EQ(errno, ENOTEMPTY);
  const int file = ::open(at("/gone").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(::write(file, "still", 5), 5);
  EXPECT_EQ(::fsync(file), 0);
  ASSERT_EQ(::unlink(at("/gone").c_str()), 0);
  EXPECT_EQ(::pread(file, value.data(), 5, 0), 5) << "an open file that has no name any more";
  ::close(file);
  finish();

  EXPECT_EQ(g.cat("/dir/file"), "one\nt");
  const Stat file_facts = g.lstat("/dir/file");
  EXPECT_EQ(file_facts.mode & 07777, 0604);
  EXPECT_EQ(file_facts.uid, 12);
  EXPECT_EQ(file_facts.gid, 34);
  EXPECT_EQ(file_facts.mtime, 1000000000);
  EXPECT_EQ(file_facts.nlink, 2);
  EXPECT_EQ(g.lstat("/dir").mode & 07777, 02750);
  EXPECT_EQ(g.readlink("/soft"), "/no/where");
  EXPECT_EQ(g.lstat("/soft").uid, 56);
  EXPECT_EQ(g.lstat("/soft").mtime, 1100000000);
  EXPECT_TRUE(g.is_fifo("/fifo"));
  EXPECT_EQ(g.cat("/copied/er/file"), "x");
  EXPECT_FALSE(g.exists("/deep"));
  EXPECT_EQ(g.lgetxattr("/dir/file", "user.nul"), std::string("a\0b", 3));
  if (is_root()) {
    EXPECT_EQ(g.lstat("/node").rdev, static_cast<std::int64_t>(makedev(12, 34)));
  }
  for (const std::string& name : g.ls("/")) EXPECT_FALSE(name.starts_with(".fuse_hidden")) << name;
  g.umount("/");
  EXPECT_EQ(g.fsck("ext4", "/dev/sda1"), 0);
}

TEST_P(MountLocal, OtherCallsMeanwhileAndTheCache) {
  GuestFS g = open_guest();
  MountLocalOptions options;
  options.cachetimeout = 0;
  serve(g, options);
  EXPECT_FALSE(std::filesystem::exists(at("/made")));
  g.write("/made", "by the handle");
  EXPECT_EQ(read_host(at("/made")), "by the handle");
  EXPECT_EQ(std::filesystem::file_size(at("/made")), 13U);
  g.write("/made", "longer than it was before");
  EXPECT_EQ(std::filesystem::file_size(at("/made")), 25U);
  finish();
  options.cachetimeout = 3600;
  serve(g, options);
  EXPECT_EQ(std::filesystem::file_size(at("/made")), 25U);
  g.write("/made", "short");
  EXPECT_EQ(std::filesystem::file_size(at("/made")), 25U) << "attributes are not cached";
  finish();
  options.cachetimeout = -1;
  EXPECT_EQ(errno_of([&] { g.mount_local(folder_, options); }), EINVAL);
}

TEST_P(MountLocal, BusyAndCancelled) {
  GuestFS g = open_guest();
  EXPECT_EQ(errno_of([&] { g.umount_local(); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.mount_local_run(); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.mount_local(temp.file("none")); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.mount_local(image_); }), ENOTDIR);
  MountLocalOptions wrong;
  wrong.options = "no_such_option";
  EXPECT_THAT(text_of([&] { g.mount_local(folder_, wrong); }), HasSubstr("no_such_option"));
  serve(g);
  {
    const base::UniqueFd file = base::open_file(at("/etc/hostname"), O_RDONLY);
    EXPECT_EQ(errno_of([&] { g.umount_local(); }), EBUSY);
  }
  ::usleep(300'000);
  g.user_cancel();
  server_.join();
  EXPECT_EQ(served_, ErrorCode::cancelled);
  EXPECT_EQ(mount_line(folder_), "");
  EXPECT_EQ(g.cat("/etc/hostname"), "test-guest\n");
  g.mount_local(folder_);  // left to the handle
  g.shutdown();
  EXPECT_EQ(mount_line(folder_), "");
}

TEST_P(MountLocal, ShutdownEndsIt) {
  GuestFS g = open_guest();
  serve(g);
  write_host(at("/new"), "x");
  g.shutdown();
  server_.join();
  EXPECT_EQ(served_, std::nullopt);
  EXPECT_EQ(mount_line(folder_), "");
  EXPECT_EQ(open_guest(true).cat("/new"), "x");
}

TEST_P(MountLocal, DebugCalls) {
  GuestFS g = open_guest();
  std::string said;
  std::mutex mutex;
  g.on_event(static_cast<std::uint32_t>(EventType::library), [&](const Event& event) {
    const std::lock_guard lock(mutex);
    said += event.text;
  });
  MountLocalOptions options;
  options.debugcalls = true;
  serve(g, options);
  read_host(at("/etc/hostname"));
  finish();
  EXPECT_THAT(said, HasSubstr("fuse: read /etc/hostname = 11"));
}

// Run by the test below in a process of its own, which is killed.
TEST(MountLocalVictim, DISABLED_Serves) {
  GuestFS g =
      open_image(std::getenv("VMCRAFT_VICTIM_ENGINE"), std::getenv("VMCRAFT_VICTIM_IMAGE"), false);
  g.mount("/dev/sda1", "/");
  g.mount_local(std::getenv("VMCRAFT_VICTIM_FOLDER"));
  g.mount_local_run();
}

TEST_P(MountLocal, KillLeavesNoDeadMount) {
  std::filesystem::create_directory(temp.file("tmp"));
  for (int i = 0; i < 2; ++i) {
    base::ChildProcess victim = start_victim(
        "MountLocalVictim",
        {"VMCRAFT_TMPDIR=" + temp.file("tmp"),
         "VMCRAFT_VICTIM_IMAGE=" + image_,
         "VMCRAFT_VICTIM_FOLDER=" + folder_,
         "VMCRAFT_VICTIM_ENGINE=" + GetParam()});
    for (int wait = 0; wait < 200 && mount_line(folder_).empty(); ++wait) ::usleep(50'000);
    if (i == 1) {
      write_host(at("/written"), "before");
      shell("sync " + at("/written"));  // fsync(2); no kernel passes syncfs(2) on to FUSE
    }
    victim.signal(SIGKILL);
    victim.wait();
    ASSERT_EQ(wait_clean(temp.path()), "");
    EXPECT_EQ(mount_line(folder_), "");
    EXPECT_EQ(shell("ls -A " + folder_), "");
  }
  GuestFS g = open_guest();
  EXPECT_EQ(g.cat("/written"), "before");
}

TEST_P(MountLocal, ByTheShell) {
  const std::string tool = std::string(VMCRAFT_BUILD_DIR) + "/vmcraft";
  const std::string pid_file = temp.file("pid");
  shell(tool + " mount --engine=" + GetParam() + " -a " + image_ +
        " -m /dev/sda1 --ro --pid-file " + pid_file + " " + folder_);
  EXPECT_EQ(read_host(at("/etc/hostname")), "test-guest\n");
  EXPECT_THAT(mount_line(folder_), HasSubstr("ro,"));
  shell("fusermount3 -u " + folder_);
  for (int wait = 0; wait < 100 && std::filesystem::exists(pid_file); ++wait) ::usleep(50'000);
  EXPECT_FALSE(std::filesystem::exists(pid_file));
  // In the foreground a signal ends it, unmounted.
  base::ChildProcess served({.argv = {tool, "mount", "--engine=" + GetParam(), "-a", image_, "-m",
                                      "/dev/sda1", "--rw", "--no-fork", folder_},
                             .environment = {},
                             .descriptors = {}});
  for (int wait = 0; wait < 200 && mount_line(folder_).empty(); ++wait) ::usleep(50'000);
  write_host(at("/new"), "from the shell");
  served.signal(SIGINT);
  EXPECT_EQ(served.wait(), 0);
  EXPECT_EQ(mount_line(folder_), "");
  EXPECT_EQ(open_guest(true).cat("/new"), "from the shell");
  for (const std::string& wrong : {std::string("mount -a ") + image_ + " " + folder_,
                                   std::string("mount -m /dev/sda1 ") + folder_,
                                   std::string("mount -a ") + image_ + " -m /dev/sda9 " + folder_,
                                   std::string("-a ") + image_ + " --no-fork run"})
    EXPECT_NE(shell(tool + " " + wrong + " >/dev/null 2>&1 && echo good || echo bad"), "good\n")
        << wrong;
}

VMCRAFT_ON_BOTH_ENGINES(MountLocal);

}  // namespace
}  // namespace vmcraft::test
