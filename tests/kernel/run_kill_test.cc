// SPDX-License-Identifier: LGPL-3.0-or-later
// kill -9 while a program of the guest runs, and Ctrl-C.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "base/process.h"
#include "support/image.h"
#include "support/roots.h"

namespace vmcraft::test {
namespace {

// Run by the tests below in a process of its own, which is killed.
TEST(RunKillVictim, DISABLED_RunsAProgram) {
  GuestFS g = open_image(std::getenv("VMCRAFT_VICTIM_ENGINE"), std::getenv("VMCRAFT_VICTIM_IMAGE"), false);
  g.mount("/dev/sda1", "/");
  g.sh("echo started >/started; sync; sleep 54321 & while :; do echo x >>/grows; done");
}

class RunKill : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!std::filesystem::exists("/bin/busybox")) GTEST_SKIP() << "busybox-static is not installed";
  }
};

TEST_P(RunKill, LeavesNothing) {
  std::filesystem::create_directory(temp.file("tmp"));
  const std::string image = temp.file("guest.raw");
  for (const int delay_ms : {150, 400, 900, 2500}) {
    make_image(image, {.size_mib = 48, .files = {}, .prepare = make_busybox_root});
    base::ChildProcess victim = start_victim(
        "RunKillVictim",
        {"VMCRAFT_TMPDIR=" + temp.file("tmp"),
         "VMCRAFT_VICTIM_IMAGE=" + image,
         "VMCRAFT_VICTIM_ENGINE=" + GetParam()});
    ::usleep(static_cast<useconds_t>(delay_ms) * 1000);
    victim.signal(SIGKILL);
    victim.wait();
    ASSERT_EQ(wait_clean(temp.path()), "") << "killed after " << delay_ms << " ms";
    EXPECT_EQ(shell("pgrep -f 'sleep 5432[1]' || true"), "");
    EXPECT_EQ(shell("grep -E 'vmcraft|" + temp.path() + "' /proc/self/mountinfo || true"), "");
  }
  // What the last one wrote before it was killed is on the disk; no folder was made for /proc or /dev.
  shell("dd if=" + image + " of=" + image + ".fs bs=1M skip=1 status=none");
  const base::CommandResult check =
      base::system_runner().run({.argv = {"e2fsck", "-fy", image + ".fs"}, .input = {}, .environment = {}});
  EXPECT_LE(WEXITSTATUS(check.status), 1) << check.out;
  EXPECT_EQ(shell("debugfs -R 'cat /started' " + image + ".fs 2>/dev/null"), "started\n");
  EXPECT_EQ(shell("debugfs -R 'ls -p /dev' " + image + ".fs 2>/dev/null | grep -c null || true"), "0\n");
}

VMCRAFT_ON_BOTH_ENGINES(RunKill);

}  // namespace
}  // namespace vmcraft::test
