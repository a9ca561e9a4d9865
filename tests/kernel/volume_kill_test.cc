// SPDX-License-Identifier: LGPL-3.0-or-later
// kill -9 at any instant while LUKS on LVM on a RAID is opened, written, grown and closed: nothing is left
// of it in the kernel or on the machine, and the stack opens again with all that was synced.
// VMCRAFT_KILLS sets how often (default 4).
#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "base/process.h"
#include "base/text.h"
#include "support/stacks.h"

namespace vmcraft::test {
namespace {

constexpr const char* kOpened = "/dev/mapper/open";
constexpr const char* kVolume = "/dev/vg/lv";
constexpr int kFirstMib = 64;
constexpr int kLastMib = 112;

int kills() {
  const char* wanted = std::getenv("VMCRAFT_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 4;
}

void say(const std::string& text) {
  std::printf("step %s\n", text.c_str());
  std::fflush(stdout);
}

// One session; the volume grows under the open file system, then once more while all is closed.
void work(GuestFS& g, int round) {
  g.cryptsetup_open(kVolume, kStackKey, "open");
  say("opened");
  g.mount(kOpened, "/");
  const std::string name = std::to_string(round);
  g.write("/synced-" + name, name);
  g.sync();
  say("synced " + name);
  const int mib = kFirstMib + round * 8;
  if (mib <= kLastMib) g.lvresize(kVolume, mib);
  g.umount_all();
  g.cryptsetup_close(kOpened);
  say("closed");
  if (mib + 4 <= kLastMib) g.lvresize(kVolume, mib + 4);
  g.cryptsetup_open(kVolume, kStackKey, "open");
  g.mount(kOpened, "/");
  g.resize2fs(kOpened);
  say("grown");
  g.umount_all();
  g.cryptsetup_close(kOpened);
  g.vg_activate_all(false);
  g.md_stop("/dev/md127");
  say("stopped");
}

// What the victim does until it is killed.
TEST(StackVictim, DISABLED_Works) {
  const char* disks = std::getenv("VMCRAFT_VICTIM_DISKS");
  const char* engine = std::getenv("VMCRAFT_VICTIM_ENGINE");
  ASSERT_NE(disks, nullptr);
  for (int round = 1; round < 1000; ++round) {
    GuestFS g = open_disks(engine, base::split_blanks(disks), false);
    work(g, round);
    g.shutdown();
  }
}

/// What a victim said before it was killed.
struct Said {
  std::string synced;  ///< the last name that was synced; empty where none was
  std::string last;    ///< the last step
};

class KilledStack : public EngineTest {
 protected:
  void SetUp() override {
    if (const std::string lacks = no_stacks(GetParam()); !lacks.empty()) GTEST_SKIP() << lacks;
    std::filesystem::create_directory(temp.file("tmp"));
    std::filesystem::create_directory(temp.file("made"));
    built_ = build_stack(temp.file("made"), "luks-on-lvm-on-md", 2);
  }

  std::vector<std::string> fresh_disks() const {
    std::vector<std::string> disks;
    for (const std::string& disk : built_.disks) {
      disks.push_back(temp.file(disk.substr(disk.rfind('/') + 1)));
      shell("cp --sparse=always " + disk + " " + disks.back());
    }
    return disks;
  }

  Said kill_once(const std::vector<std::string>& disks, int delay_us) {
    const std::string path = temp.file("said");
    const base::UniqueFd out = base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // The second is where the engine puts its memory in place of /dev/shm, if it cannot do without a name for it.
    base::ChildProcess victim = start_victim(
        "StackVictim",
        {"VMCRAFT_TMPDIR=" + temp.file("tmp"),
         "TMPDIR=" + temp.file("tmp"),
         "VMCRAFT_VICTIM_DISKS=" + base::join(disks, " "),
         "VMCRAFT_VICTIM_ENGINE=" + GetParam()}, out.get());
    ::usleep(static_cast<useconds_t>(delay_us));
    victim.signal(SIGKILL);
    victim.wait();
    Said said;
    const std::string text = read_host(path);
    EXPECT_EQ(text.find("Failure"), std::string::npos) << text;
    for (const std::string& line : base::split_lines(text)) {
      if (!line.starts_with("step ")) continue;
      said.last = line.substr(5);
      if (said.last.starts_with("synced ")) said.synced = said.last.substr(7);
    }
    return said;
  }

  // Devices and their nodes; in the rig whatever is there is a victim's.
  static std::string kernel_leftovers() {
    return shell("dmsetup ls | grep vmcraft || true; ls -d /sys/block/dm-* /sys/block/md* /dev/dm-* /dev/md* "
                 "/dev/mapper/vmcraft-* /dev/mapper/open /dev/vg 2>/dev/null || true; "
                 "grep ^md /proc/mdstat 2>/dev/null || true; losetup -nO NAME,BACK-FILE");
  }

  // For whoever reads a failure.
  static std::string why_left() {
    return shell("cat /proc/mdstat 2>/dev/null; ps -eo pid,stat,wchan:30,args | grep -E 'reaper|md[0-9]|vmcraft' | grep -v grep || true; "
                 "for p in $(pgrep -f volume-reaper); do cat /proc/$p/stack; ls -l /proc/$p/fd; done 2>/dev/null || true; "
                 "cat /sys/block/md*/md/array_state 2>/dev/null || true");
  }

  std::string wait_until_nothing_is_left() const {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
    for (;;) {
      std::string left = leftovers(temp.path());
      if (in_rig()) left += kernel_leftovers();
      if (left.empty()) return left;
      if (std::chrono::steady_clock::now() > limit) return left + why_left();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  void expect_whole(const std::vector<std::string>& disks, const Said& said) const {
    GuestFS g = open_disks(GetParam(), disks, false);
    g.cryptsetup_open(kVolume, kStackKey, "open");
    g.mount(kOpened, "/");  // which replays the journal
    EXPECT_EQ(g.checksum("sha256", "/file"), built_.sha256);
    if (!said.synced.empty()) {
      EXPECT_EQ(g.cat("/synced-" + said.synced), said.synced) << "what was synced is not there";
    }
    g.umount_all();
    E2fsckOptions check;
    check.forceno = true;
    EXPECT_NO_THROW(g.e2fsck(kOpened, check));
    for (const Volume& volume : g.volume_graph()) EXPECT_EQ(volume.vol_kind == "finding" ? volume.vol_trouble : "", "");
    g.shutdown();
  }

  static constexpr int kPatienceSeconds = 15;
  BuiltStack built_;
};

TEST_P(KilledStack, LeavesNothingAndOpensAgain) {
  std::mt19937 random(std::random_device{}());
  constexpr int kLongestUs = 2'500'000;  // two rounds and more
  std::map<std::string, int> reached;
  double slowest_s = 0;
  for (int i = 0; i < kills(); ++i) {
    const std::vector<std::string> disks = fresh_disks();
    const int delay_us = std::uniform_int_distribution<int>(0, kLongestUs)(random);
    const Said said = kill_once(disks, delay_us);
    const auto start = std::chrono::steady_clock::now();
    ASSERT_EQ(wait_until_nothing_is_left(), "") << "killed after " << delay_us << " us, said " << said.last;
    slowest_s = std::max(slowest_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    expect_whole(disks, said);
    ASSERT_FALSE(HasFailure()) << "killed after " << delay_us << " us, said " << said.last;
    ++reached[said.last.empty() ? "(before opened)" : said.last.substr(0, said.last.find(' '))];
  }
  std::cout << kills() << " kills, all clean after at most " << slowest_s << " s; last step said:";
  for (const auto& [step, count] : reached) std::cout << " " << step << " " << count;
  std::cout << "\n";
}

VMCRAFT_ON_BOTH_ENGINES(KilledStack);

}  // namespace
}  // namespace vmcraft::test
