// SPDX-License-Identifier: LGPL-3.0-or-later
#include <gtest/gtest.h>

#include <thread>

#include "support/image.h"

namespace vmcraft::test {
namespace {

class Threads : public EngineTest {};

TEST_P(Threads, TwentyHandlesOnTwentyThreads) {
  constexpr int kHandles = 20;
  ::setenv("VMCRAFT_TEST_FOLDER", temp.path().c_str(), 1);  // marks every process started from here
  for (int i = 0; i < kHandles; ++i) {
    const std::string raw = temp.file("t" + std::to_string(i) + ".raw");
    make_image(raw, {.size_mib = 16, .files = {{"name", std::to_string(i)}}, .prepare = nullptr});
    if (i % 2 == 0) convert(raw, temp.file("t" + std::to_string(i) + ".qcow2"), "qcow2");
  }
  std::vector<std::string> found(kHandles);
  std::vector<std::thread> threads;
  for (int i = 0; i < kHandles; ++i)
    threads.emplace_back([&, i] {
      try {
        GuestFS g = open(temp.file("t" + std::to_string(i) + (i % 2 == 0 ? ".qcow2" : ".raw")), true);
        g.mount_ro("/dev/sda1", "/");
        found[static_cast<std::size_t>(i)] = g.cat("/name");
        g.shutdown();
      } catch (const Error& failure) {
        found[static_cast<std::size_t>(i)] = failure.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kHandles; ++i) EXPECT_EQ(found[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(wait_clean(temp.path()), "");
}

TEST_P(Threads, CancelFromAnotherThread) {
  const std::string raw = temp.file("c.raw");
  make_image(raw);
  GuestFS g = open(raw, true);
  std::thread canceller([&g] {
    ::usleep(200'000);
    g.user_cancel();
  });
  try {
    g.echo_progress(20'000);
    ADD_FAILURE() << "was not cancelled";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.errno_value(), EINTR) << failure.what();
  }
  canceller.join();
  EXPECT_EQ(g.echo_string("still there"), "still there");
}

VMCRAFT_ON_BOTH_ENGINES(Threads);

}  // namespace
}  // namespace vmcraft::test
