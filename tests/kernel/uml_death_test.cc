// SPDX-License-Identifier: LGPL-3.0-or-later
// The engine's ends: panic, killed members, a killed caller. Nothing may be left of any.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "kernel/uml_support.h"
#include "vmcraft/error.h"

namespace vmcraft::uml::test {
namespace {

class UmlDeath : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string lacks = missing(); !lacks.empty()) GTEST_SKIP() << "needs " << lacks;
    mark_ = "VMCRAFT_TEST_MARK=" + std::to_string(::getpid()) + "." +
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    const std::size_t equal = mark_.find('=');
    ::setenv(mark_.substr(0, equal).c_str(), mark_.substr(equal + 1).c_str(), 1);
  }
  void TearDown() override { ::unsetenv("VMCRAFT_TEST_MARK"); }

  // This process has the mark in its environment only since it started, where /proc does not look.
  bool all_gone() const {
    return processes_with(mark_).empty() && temporary_files(folder_.path()).empty();
  }

  std::vector<pid_t> members(const std::string& name) const {
    std::vector<pid_t> result;
    for (const pid_t pid : processes_with(mark_)) {
      std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
      std::string comm;
      std::getline(file, comm);
      if (comm.rfind(name, 0) == 0) result.push_back(pid);
    }
    return result;
  }

  // What a call in flight says when `name` is killed under it.
  std::string said_when_killed(Engine& engine, const std::string& name) const {
    const std::vector<pid_t> victims = members(name);
    EXPECT_FALSE(victims.empty()) << name;
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      for (const pid_t pid : victims) ::kill(pid, SIGKILL);
    });
    std::string said;
    try {
      engine.call("sleep 20000");
    } catch (const Error& failure) {
      EXPECT_EQ(failure.code(), ErrorCode::engine);
      EXPECT_EQ(failure.errno_value(), EIO);
      said = failure.what();
    }
    killer.join();
    return said;
  }

  const base::TempDir folder_;
  std::string mark_;
};

TEST_F(UmlDeath, PanicIsToldWithLastWords) {
  Engine engine(options());
  try {
    engine.call("panic");
    FAIL();
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ErrorCode::engine);
    EXPECT_NE(std::string(failure.what()).find("Kernel panic - not syncing: sysrq"),
              std::string::npos)
        << failure.what();
  }
  EXPECT_FALSE(engine.alive());
  EXPECT_THROW(engine.call("echo x"), Error);
  EXPECT_TRUE(within_five_seconds([&] { return all_gone(); }));
}

TEST_F(UmlDeath, KilledMembersAreNamed) {
  const Images images;
  for (const std::string name : {"linux.uml", "qemu-storage-da", "vmcraft-uml-kee"}) {
    Engine engine(options({images.qcow2()}));
    const std::string said = said_when_killed(engine, name);
    const std::string subject = name == "linux.uml"         ? "kernel: killed by signal 9"
                                : name == "qemu-storage-da" ? "qemu-storage-daemon: killed"
                                                            : "keeper";
    EXPECT_NE(said.find(subject), std::string::npos) << said;
    EXPECT_TRUE(within_five_seconds([&] { return all_gone(); })) << name;
  }
}

TEST_F(UmlDeath, TimeoutEndsTheEngine) {
  Engine engine(options());
  CallHooks hooks;
  hooks.timeout = std::chrono::milliseconds(200);
  try {
    engine.call("sleep 20000", nullptr, nullptr, hooks);
    FAIL();
  } catch (const Error& failure) {
    EXPECT_EQ(failure.errno_value(), ETIMEDOUT);
  }
  EXPECT_FALSE(engine.alive());
  EXPECT_TRUE(within_five_seconds([&] { return all_gone(); }));
}

// What the caller that is to be killed does: opens, works, closes, over and over.
[[noreturn]] void work_until_killed(const Images& images) {
  while (true) {
    Engine engine(options({images.qcow2(false, "w.qcow2"), images.raw()}));
    const std::string text(4U << 20U, 'k');
    base::MemorySource in(text);
    engine.call("upload /dev/vda", &in);
    engine.shutdown();
  }
}

void kill_callers(const Images& images, int times, unsigned seed,
                  const std::function<bool()>& all_gone) {
  std::minstd_rand random(seed);
  for (int i = 0; i < times; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) work_until_killed(images);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 400'000));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    EXPECT_TRUE(within_five_seconds(all_gone)) << "run " << i;
  }
}

// Without namespaces the keeper's two processes and the death signals of its children have to do.
TEST_F(UmlDeath, KilledMembersWithoutNamespacesLeaveNothing) {
  const Images images;
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  ::setenv("TMPDIR", folder_.path().c_str(), 1);
  run_as_nobody(
      [&] {
        const std::vector<std::pair<const char*, std::size_t>> victims{{"linux.uml", 0},
                                                                       {"qemu-storage-da", 0},
                                                                       {"vmcraft-uml-kee", 0},
                                                                       {"vmcraft-uml-kee", 1}};
        for (const auto& [name, which] : victims) {
          Engine engine(options({images.qcow2()}));
          EXPECT_FALSE(temporary_files(folder_.path()).empty());
          ::kill(members(name).at(which), SIGKILL);
          EXPECT_TRUE(within_five_seconds([&] { return all_gone(); })) << name << which;
        }
      },
      true);
  EXPECT_TRUE(within_five_seconds([&] { return all_gone(); }));
  ::unsetenv("TMPDIR");
}

TEST_F(UmlDeath, KilledCallerLeavesNothing) {
  const Images images;
  ::setenv("TMPDIR", folder_.path().c_str(), 1);
  std::filesystem::copy_file(images.folder() + "/t.qcow2", images.folder() + "/w.qcow2");
  kill_callers(images, 20, 7, [&] { return all_gone(); });
  ::unsetenv("TMPDIR");
}

TEST_F(UmlDeath, KilledCallerWithoutNamespacesLeavesNothing) {
  const Images images;
  std::filesystem::copy_file(images.folder() + "/t.qcow2", images.folder() + "/w.qcow2");
  std::filesystem::permissions(images.folder() + "/w.qcow2", std::filesystem::perms(0666));
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  ::setenv("TMPDIR", folder_.path().c_str(), 1);
  run_as_nobody([&] { kill_callers(images, 6, 11, [&] { return all_gone(); }); }, true);
  EXPECT_TRUE(within_five_seconds([&] { return all_gone(); }));
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace vmcraft::uml::test
