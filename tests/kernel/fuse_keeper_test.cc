// SPDX-License-Identifier: LGPL-3.0-or-later
// The program that keeps FUSE programs in the foreground which put themselves into the background.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>

#include "base/fd.h"
#include "base/helper.h"
#include "base/process.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

using namespace std::chrono_literals;

class FuseKeeper : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "a process namespace needs root";
  }
  /// A shell script in its care, which holds the write end of the pipe.
  base::ChildProcess keep(const std::string& script) {
    auto [read_end, write_end] = base::make_pipe();
    alive_ = std::move(read_end);
    base::SpawnSpec spec;
    spec.argv = {base::own_program("vmcraft-fuse-keeper"), "sh", "-c", script};
    spec.descriptors = {{write_end.get(), 1}};
    return base::ChildProcess(spec);
  }
  base::UniqueFd alive_;
};

TEST_F(FuseKeeper, EndsWithTheLastProcess) {
  const auto start = std::chrono::steady_clock::now();
  base::ChildProcess keeper = keep("(sleep 0.3; echo late) & exit 3");
  const int status = keeper.wait();
  EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_EQ(base::read_text_fd(alive_.get(), "pipe"), "late\n");
}

TEST_F(FuseKeeper, KilledItTakesAllWithIt) {
  base::ChildProcess keeper = keep("setsid sleep 1000 & echo ready");
  char word[6];
  ASSERT_EQ(::read(alive_.get(), word, sizeof word), 6);
  keeper.signal(SIGKILL);
  keeper.wait();
  // Ends only when the sleeping process, which holds the other end, has ended.
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(base::read_text_fd(alive_.get(), "pipe"), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

}  // namespace
}  // namespace vmcraft::test
