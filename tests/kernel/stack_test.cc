// SPDX-License-Identifier: LGPL-3.0-or-later
// Stacks of volumes that the real tools made (tests/stacks/build), opened by us alone: on the uml engine
// anywhere, on the host engine where the kernel has device-mapper, which is inside the test rig.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <semaphore>
#include <set>
#include <sstream>
#include <thread>

#include "support/report.h"
#include "support/stacks.h"

namespace vmcraft::test {
namespace {

std::vector<std::string> all_cases() {
  std::istringstream words(shell(VMCRAFT_TEST_DATA "/stacks/build list"));
  std::vector<std::string> cases;
  for (std::string word; words >> word;) cases.push_back(word);
  return cases;
}

struct Case {
  std::string name;
  int disk_count = 0;
};

Case case_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  return {text.substr(0, colon), std::stoi(text.substr(colon + 1))};
}

BuiltStack build(const Case& wanted, const std::string& folder) {
  std::filesystem::create_directory(folder);
  return build_stack(folder, wanted.name, wanted.disk_count);
}

/// Builds in the order of the tests, and ahead of them: a rig has one processor, machines have more.
class Builds {
 public:
  Builds(const std::vector<Case>& wanted, unsigned workers) {
    for (const Case& one : wanted) {
      tasks_.emplace_back([one, folder = temp_.file(one.name)] { return build(one, folder); });
      built_[one.name] = tasks_.back().get_future();
    }
    for (unsigned i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
  }
  ~Builds() {
    stopped_ = true;
    room_.release(static_cast<std::ptrdiff_t>(workers_.size()));
    for (std::thread& worker : workers_) worker.join();
  }
  Builds(const Builds&) = delete;
  Builds& operator=(const Builds&) = delete;

  BuiltStack take(const std::string& name) {
    if (workers_.empty()) tasks_.at(next_++)();
    BuiltStack built = built_.at(name).get();
    room_.release();
    return built;
  }

 private:
  static constexpr std::ptrdiff_t kMostAhead = 8;  // disks take room
  void work() {
    for (;;) {
      room_.acquire();
      const std::size_t index = next_++;
      if (stopped_ || index >= tasks_.size()) return;
      tasks_[index]();
    }
  }

  base::TempDir temp_{base::temp_root(), "vmcraft-test-"};
  std::vector<std::packaged_task<BuiltStack()>> tasks_;
  std::map<std::string, std::future<BuiltStack>> built_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::counting_semaphore<> room_{kMostAhead};
  std::vector<std::thread> workers_;
};

std::string test_name(const std::string& engine, const std::string& text) {
  std::string name = engine + "_" + case_of(text).name;
  for (char& c : name)
    if (c == '-' || c == '.') c = '_';
  return name;
}

/// Those of the tests that this process was told to run and can.
std::vector<Case> selected_cases() {
  const ::testing::TestSuite& suite = *::testing::UnitTest::GetInstance()->current_test_suite();
  std::set<std::string> running;
  for (int i = 0; i < suite.total_test_count(); ++i) {
    const std::string name = suite.GetTestInfo(i)->name();
    if (suite.GetTestInfo(i)->should_run()) running.insert(name.substr(name.find('/') + 1));
  }
  std::vector<Case> selected;
  for (const std::string engine : {"host", "uml"})
    for (const std::string& text : all_cases())
      if (no_stacks(engine).empty() && running.contains(test_name(engine, text)))
        selected.push_back(case_of(text));
  return selected;
}

class Stack : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  static void SetUpTestSuite() { builds_ = std::make_unique<Builds>(selected_cases(), in_rig() ? 0 : kWorkers); }
  static void TearDownTestSuite() { builds_.reset(); }
  void SetUp() override {
    if (const std::string lack = no_stacks(engine()); !lack.empty()) GTEST_SKIP() << lack;
  }
  std::string engine() const { return std::get<0>(GetParam()); }
  std::string name() const { return case_of(std::get<1>(GetParam())).name; }

  void unlock(GuestFS& g) const {
    if (name().starts_with("luks-on-lvm")) g.cryptsetup_open("/dev/vg/lv", kStackKey, "open");
    else if (name() == "lvm-on-luks-on-md") g.cryptsetup_open("/dev/md127", kStackKey, "open");
    else if (name() == "luks-detached") {
      CryptsetupOpenOptions options;
      options.header = "/dev/sdb";
      g.cryptsetup_open("/dev/sda", kStackKey, "open", options);
    } else if (name().starts_with("luks")) {
      g.cryptsetup_open("/dev/sda", kStackKey, "open");
    }
  }

  void expect_file(const BuiltStack& built, const std::vector<std::string>& disks,
                   const std::string& how) const {
    GuestFS g = open_disks(engine(), disks, true);
    unlock(g);
    g.mount_ro(built.device, "/");
    EXPECT_EQ(g.checksum("sha256", "/file"), built.sha256) << how;
    report("stack " + engine() + " " + name() + " " + how + ": " + (HasFailure() ? "FAILED" : "read back"));
  }

  static std::string times_of(const std::vector<std::string>& disks) {
    std::string times;
    for (const std::string& disk : disks) times += shell("stat -c %y " + disk);
    return times;
  }

  bool survives_one() const {
    for (const char* kind : {"mirror", "raid1", "raid4", "raid5", "raid6", "raid10"})
      if (name().starts_with(std::string("lvm-") + kind) || name().starts_with(std::string("md-") + kind))
        return true;
    return false;
  }

  static constexpr unsigned kWorkers = 2;
  static std::unique_ptr<Builds> builds_;
};
std::unique_ptr<Builds> Stack::builds_;

TEST_P(Stack, OpensAndReadsBack) {
  const BuiltStack built = builds_->take(name());
  ASSERT_FALSE(built.sha256.empty());
  const std::string before = times_of(built.disks);
  expect_file(built, built.disks, "whole");
  if (survives_one()) {
    std::vector<std::string> fewer = built.disks;
    fewer.erase(fewer.begin());
    expect_file(built, fewer, "without its first disk");
    if (name().find("raid6") != std::string::npos) {
      fewer.erase(fewer.begin());
      expect_file(built, fewer, "without its first two disks");
    }
  }
  EXPECT_EQ(times_of(built.disks), before) << "a read-only drive was written to";
  {
    GuestFS g = open_disks(engine(), built.disks, false);
    unlock(g);
    g.mount(built.device, "/");
    g.write("/written", "by vmcraft\n");
    g.umount_all();
  }
  GuestFS g = open_disks(engine(), built.disks, true);
  unlock(g);
  g.mount_ro(built.device, "/");
  EXPECT_EQ(g.cat("/written"), "by vmcraft\n");
  EXPECT_EQ(g.checksum("sha256", "/file"), built.sha256);
  for (const std::string& disk : built.disks) std::filesystem::remove(disk);
}

INSTANTIATE_TEST_SUITE_P(Engines, Stack,
                         ::testing::Combine(::testing::Values("host", "uml"),
                                            ::testing::ValuesIn(all_cases())),
                         [](const auto& test) {
                           return test_name(std::get<0>(test.param), std::get<1>(test.param));
                         });

}  // namespace
}  // namespace vmcraft::test
