// SPDX-License-Identifier: LGPL-3.0-or-later
// kill -9 at any instant of attach, mount, write, unmount leaves nothing behind; the image passes
// its checker and what was synced is there. VMCRAFT_KILLS sets how often (default 15).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include <cstdlib>
#include <random>

#include "base/process.h"
#include "base/text.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

int kills() {
  const char* wanted = std::getenv("VMCRAFT_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 15;
}

// What the victim does until it is killed: each round writes a file, syncs, and tells which.
TEST(KillVictim, DISABLED_Works) {
  const char* image = std::getenv("VMCRAFT_VICTIM_IMAGE");
  const char* engine = std::getenv("VMCRAFT_VICTIM_ENGINE");
  ASSERT_NE(image, nullptr);
  for (int round = 0; round < 1000; ++round) {
    GuestFS g = open_image(engine, image, false);
    g.mount("/dev/sda1", "/");
    for (int i = 0; i < 20; ++i) {
      const std::string name = std::to_string(round) + "-" + std::to_string(i);
      g.write("/synced-" + name, name);
      g.sync();
      std::printf("synced %s\n", name.c_str());
      std::fflush(stdout);
      g.write("/unsynced", std::string(100'000, 'x'));
    }
    g.umount_all();
    g.shutdown();
  }
}

class Kill : public EngineTest {
 protected:
  // Starts the victim, kills it after the delay; returns the last name it said was synced.
  std::string kill_once(const std::string& image, int delay_us) {
    const std::string said = temp.file("said");
    const base::UniqueFd out = base::open_file(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    base::ChildProcess victim = start_victim(
        "KillVictim",
        {"VMCRAFT_TMPDIR=" + temp.file("tmp"),
         "VMCRAFT_VICTIM_IMAGE=" + image,
         "VMCRAFT_VICTIM_ENGINE=" + GetParam()}, out.get());
    ::usleep(static_cast<useconds_t>(delay_us));
    victim.signal(SIGKILL);
    victim.wait();
    std::string last;
    for (const std::string& line : base::split_lines(read_host(said)))
      if (line.starts_with("synced ")) last = line.substr(7);
    return last;
  }

  // The file that was said to be synced last must be there, and whole.
  void check_image(const std::string& image, const std::string& last) {
    if (image.ends_with(".qcow2")) run({"qemu-img", "check", "-q", image});
    const std::string raw = temp.file("check.raw");
    shell("qemu-img convert -O raw " + image + " " + raw + "; dd if=" + raw + " of=" + raw +
          ".fs bs=1M skip=1 status=none conv=sparse");
    // 0: clean, 1: the journal was replayed; anything else is damage.
    const base::CommandResult check =
        base::system_runner().run({.argv = {"e2fsck", "-fy", raw + ".fs"}, .input = {}, .environment = {}});
    EXPECT_LE(WEXITSTATUS(check.status), 1) << check.out;
    EXPECT_EQ(check.out.find("INCONSISTENCY"), std::string::npos) << check.out;
    if (last.empty()) return;
    const std::string found =
        shell("debugfs -R 'cat /synced-" + last + "' " + raw + ".fs 2>/dev/null");
    EXPECT_EQ(found, last) << "what was synced is not there";
  }
};

TEST_P(Kill, LeavesNothingAndLosesNothing) {
  std::filesystem::create_directory(temp.file("tmp"));
  std::mt19937 random(std::random_device{}());
  const int longest_us = GetParam() == "host" ? 150'000 : 800'000;
  const std::string raw = temp.file("fresh.raw");
  make_image(raw, {.size_mib = 32, .prepare = nullptr});
  for (int i = 0; i < kills(); ++i) {
    const std::string image = temp.file(i % 2 == 0 ? "victim.qcow2" : "victim.raw");
    convert(raw, image, i % 2 == 0 ? "qcow2" : "raw");
    const int delay_us = std::uniform_int_distribution<int>(0, longest_us)(random);
    const std::string last = kill_once(image, delay_us);
    ASSERT_EQ(wait_clean(temp.path()), "") << "killed after " << delay_us << " us";
    check_image(image, last);
    ASSERT_FALSE(HasFailure()) << "killed after " << delay_us << " us";
  }
}

VMCRAFT_ON_BOTH_ENGINES(Kill);

}  // namespace
}  // namespace vmcraft::test
