// SPDX-License-Identifier: LGPL-3.0-or-later
// A program that goes into the background after launch.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "support/image.h"

namespace vmcraft::test {
namespace {

class Fork : public EngineTest {};

// Run by the test below in a process of its own, which ends while its child goes on.
TEST(ForkVictim, DISABLED_Forks) {
  GuestFS g;
  g.set_backend(std::getenv("VMCRAFT_VICTIM_ENGINE"));
  g.set_recovery_proc(false);
  g.add_drive(std::getenv("VMCRAFT_VICTIM_IMAGE"));
  g.launch();
  g.mount("/dev/sda1", "/");
  const pid_t before = ::getpid();
  if (::fork() != 0) ::_exit(0);
  for (int wait = 0; wait < 500 && ::getppid() == before; ++wait) ::usleep(10'000);
  ::usleep(200'000);  // for those who would end with it
  g.write("/written", "in the background");
  g.shutdown();
  write_host(std::getenv("VMCRAFT_VICTIM_SAID"), "done");
  ::_exit(0);
}

TEST_P(Fork, GoesOnInTheBackground) {
  const std::string image = temp.file("guest.raw");
  const std::string said = temp.file("said");
  make_image(image);
  start_victim("ForkVictim", {"VMCRAFT_VICTIM_IMAGE=" + image, "VMCRAFT_VICTIM_ENGINE=" + GetParam(),
                              "VMCRAFT_VICTIM_SAID=" + said})
      .wait();
  for (int wait = 0; wait < 300 && !std::filesystem::exists(said); ++wait) ::usleep(50'000);
  EXPECT_TRUE(std::filesystem::exists(said));
  EXPECT_EQ(wait_clean(temp.path()), "");
  GuestFS g = open_image(GetParam(), image, true);
  g.mount_ro("/dev/sda1", "/");
  EXPECT_EQ(g.cat("/written"), "in the background");
}

VMCRAFT_ON_BOTH_ENGINES(Fork);

}  // namespace
}  // namespace vmcraft::test
