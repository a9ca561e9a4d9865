// SPDX-License-Identifier: LGPL-3.0-or-later
// Every function of the C face with what it should refuse: NULL, a closed handle, no launch, no mount, names of
// nothing. Each must fail with a text that begins with its name and a number, and leave the handle usable.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <string>

#include "capi/calls.h"

namespace vmcraft::test {
namespace {

class NullFeed : public Feed {
 public:
  const char* text(std::string_view) override { return nullptr; }
  char* const* list(std::string_view) override { return nullptr; }
  int number() override { return 0; }
  std::uint64_t options(unsigned) override { return 0; }
};

/// Names that are well formed, of things that are not there.
class NothingFeed : public Feed {
 public:
  const char* text(std::string_view kind) override {
    if (kind == "device" || kind == "mountable") return "/dev/sdq7";
    if (kind == "guid") return "01234567-89ab-cdef-0123-456789abcdef";
    if (kind == "filename") return "nothing";
    if (kind == "filein") return "/nonexistent/input";
    if (kind == "fileout") return "/nonexistent/output";
    return "/nonexistent/thing";
  }
  char* const* list(std::string_view kind) override {
    words_ = {const_cast<char*>(text(kind == "devicelist" ? "device" : kind == "filenamelist" ? "filename" : "")), nullptr};
    return words_.data();
  }
  int number() override { return 1; }
  std::uint64_t options(unsigned) override { return 0; }

 private:
  std::array<char*, 2> words_ = {};
};

bool takes_text(const ActionCall& call) {
  for (const char* kind : {"string", "name", "device", "mountable", "guid", "key", "list", "file", "bufferin"})
    if (call.kinds.find(kind) != std::string_view::npos && call.kinds != "optstring") return true;
  return false;
}

class Guest {
 public:
  Guest() : g_(guestfs_create()) { guestfs_set_error_handler(g_, nullptr, nullptr); }
  ~Guest() { guestfs_close(g_); }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  operator guestfs_h*() const { return g_; }

  void launch() {
    guestfs_add_drive_scratch(g_, 16 << 20, -1);
    ASSERT_EQ(guestfs_launch(g_), 0) << guestfs_last_error(g_);
  }

 private:
  guestfs_h* g_;
};

// What ends the handle or the process, or waits.
bool is_left_out(const ActionCall& call) {
  static const std::set<std::string_view> names = {"internal_exit", "sleep", "kill_subprocess", "shutdown", "launch"};
  return names.contains(call.name) || call.name.starts_with("internal_test");  // these refuse nothing
}

// A program that failed has no number.
bool is_of_a_program(const ActionCall& call) {
  static const std::set<std::string_view> names = {"rsync", "rsync_in", "rsync_out"};
  return names.contains(call.name);
}

void expect_refusal(guestfs_h* g, const ActionCall& call, Feed& feed, int number) {
  EXPECT_FALSE(call.run(g, feed)) << call.name << " did not fail";
  const char* text = guestfs_last_error(g);
  ASSERT_NE(text, nullptr) << call.name;
  EXPECT_EQ(std::string(text).substr(0, call.name.size() + 2), std::string(call.name) + ": ");
  if (number != 0) {
    EXPECT_EQ(guestfs_last_errno(g), number) << text;
  }
}

TEST(EveryAction, RefusesNull) {
  Guest g;
  NullFeed feed;
  std::size_t count = 0;
  for (const ActionCall& call : action_calls()) {
    if (is_left_out(call) || !takes_text(call) || call.kinds.starts_with("optstring")) continue;
    expect_refusal(g, call, feed, EINVAL);
    ++count;
  }
  EXPECT_GT(count, 400U);
}

TEST(EveryAction, RefusesAClosedHandle) {
  guestfs_h* g = guestfs_create();
  guestfs_close(g);
  NothingFeed feed;
  ::testing::internal::CaptureStderr();
  for (const ActionCall& call : action_calls())
    for (guestfs_h* gone : {g, static_cast<guestfs_h*>(nullptr)}) {
      errno = 0;
      const bool answered = call.run(gone, feed);
      EXPECT_TRUE(answered || errno == EBADF) << call.name;
    }
  const std::string told = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("libguestfs: error: mount: the handle is closed"), std::string::npos);
}

TEST(EveryAction, WaitsForLaunch) {
  Guest g;
  NothingFeed feed;
  std::size_t count = 0;
  for (const ActionCall& call : action_calls()) {
    if (call.state != "launched") continue;
    if (is_left_out(call)) continue;
    expect_refusal(g, call, feed, 0);
    ++count;
  }
  EXPECT_GT(count, 400U);
}

TEST(EveryAction, RefusesWhatIsNotThere) {
  Guest g;
  g.launch();
  NothingFeed feed;
  std::size_t refused = 0;
  for (const ActionCall& call : action_calls()) {
    if (is_left_out(call)) continue;
    if (call.run(g, feed)) continue;  // tells "no", or does not ask what is there
    ++refused;
    const char* text = guestfs_last_error(g);
    ASSERT_NE(text, nullptr) << call.name;
    EXPECT_EQ(std::string(text).substr(0, call.name.size() + 2), std::string(call.name) + ": ");
    EXPECT_TRUE(guestfs_last_errno(g) != 0 || is_of_a_program(call)) << text;
  }
  EXPECT_GT(refused, 350U);
  // It still works.
  EXPECT_EQ(guestfs_mkfs(g, "ext2", "/dev/sda"), 0) << guestfs_last_error(g);
  EXPECT_EQ(guestfs_mount(g, "/dev/sda", "/"), 0) << guestfs_last_error(g);
}

TEST(EveryAction, RefusesMissingFiles) {
  Guest g;
  g.launch();
  ASSERT_EQ(guestfs_mkfs(g, "ext2", "/dev/sda"), 0);
  ASSERT_EQ(guestfs_mount(g, "/dev/sda", "/"), 0);
  NothingFeed feed;
  std::size_t refused = 0;
  for (const ActionCall& call : action_calls()) {
    if (is_left_out(call) || !call.kinds.starts_with("pathname")) continue;
    if (call.run(g, feed)) continue;
    ++refused;
    EXPECT_TRUE(guestfs_last_errno(g) != 0 || is_of_a_program(call)) << guestfs_last_error(g);
  }
  EXPECT_GT(refused, 80U);
  EXPECT_EQ(guestfs_umount_all(g), 0) << guestfs_last_error(g);
}

}  // namespace
}  // namespace vmcraft::test
