// SPDX-License-Identifier: LGPL-3.0-or-later
// What of the C interface is no action: errors, events, private data, options, memory.
#define GUESTFS_NO_WARN_DEPRECATED
#include <guestfs.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

class CFace : public ::testing::Test {
 protected:
  CFace() : g(guestfs_create_flags(GUESTFS_CREATE_NO_ENVIRONMENT)) {
    guestfs_set_error_handler(g, [](guestfs_h*, void* told, const char* text) {
      static_cast<std::vector<std::string>*>(told)->emplace_back(text);
    }, &told_);
  }
  ~CFace() override { guestfs_close(g); }

  guestfs_h* g;
  std::vector<std::string> told_;
};

TEST_F(CFace, LastErrorIsOfItsThread) {
  EXPECT_EQ(guestfs_last_error(g), nullptr);
  EXPECT_EQ(guestfs_mount(g, "/dev/sda1", nullptr), -1);
  EXPECT_EQ(guestfs_last_errno(g), EINVAL);
  std::thread([this] { EXPECT_EQ(guestfs_last_error(g), nullptr); }).join();
  EXPECT_EQ(told_, std::vector<std::string>{"mount: mountpoint: parameter cannot be NULL"});
}

TEST_F(CFace, ErrorHandlersArePushedAndPopped) {
  guestfs_push_error_handler(g, nullptr, nullptr);
  EXPECT_EQ(guestfs_mkdir(g, nullptr), -1);
  EXPECT_TRUE(told_.empty());
  guestfs_pop_error_handler(g);
  void* opaque = nullptr;
  EXPECT_NE(guestfs_get_error_handler(g, &opaque), nullptr);
  EXPECT_EQ(opaque, &told_);
  EXPECT_EQ(guestfs_mkdir(g, nullptr), -1);
  EXPECT_EQ(told_.size(), 1U);
  guestfs_pop_error_handler(g);  // more than were pushed: the one that prints
  guestfs_get_error_handler(g, &opaque);
  EXPECT_EQ(opaque, nullptr);
}

TEST_F(CFace, OptionsOfEachForm) {
  EXPECT_EQ(guestfs_add_drive_scratch(g, 1 << 20, GUESTFS_ADD_DRIVE_SCRATCH_LABEL, "one", -1), 0);
  EXPECT_EQ(guestfs_add_drive_scratch(g, 1 << 20, GUESTFS_ADD_DRIVE_SCRATCH_LABEL, "one",
                                      GUESTFS_ADD_DRIVE_SCRATCH_LABEL, "two", -1), -1);
  EXPECT_EQ(told_.back(), "add_drive_scratch: same optional argument specified more than once");
  EXPECT_EQ(guestfs_add_drive_scratch(g, 1 << 20, 77, "one", -1), -1);
  EXPECT_NE(told_.back().find("add_drive_scratch: unknown option 77"), std::string::npos);
  struct guestfs_add_drive_scratch_argv options = {};
  options.bitmask = ~std::uint64_t{0};
  EXPECT_EQ(guestfs_add_drive_scratch_argv(g, 1 << 20, &options), -1);
  EXPECT_NE(told_.back().find("unknown option"), std::string::npos);
  options.bitmask = GUESTFS_ADD_DRIVE_SCRATCH_NAME_BITMASK;
  EXPECT_EQ(guestfs_add_drive_scratch_argv(g, 1 << 20, &options), -1);
  EXPECT_EQ(told_.back(), "add_drive_scratch: name: parameter cannot be NULL");
  EXPECT_EQ(guestfs_add_drive_scratch_argv(g, 1 << 20, nullptr), 0);
}

TEST_F(CFace, PrivateData) {
  int one = 0, two = 0;
  guestfs_set_private(g, "one", &one);
  guestfs_set_private(g, "two", &two);
  EXPECT_EQ(guestfs_get_private(g, "one"), &one);
  EXPECT_EQ(guestfs_get_private(g, "three"), nullptr);
  const char* key = nullptr;
  std::string keys;
  for (void* data = guestfs_first_private(g, &key); data != nullptr; data = guestfs_next_private(g, &key)) keys += key;
  EXPECT_EQ(keys, "onetwo");
  guestfs_set_private(g, "one", nullptr);
  EXPECT_EQ(guestfs_first_private(g, &key), &two);
}

TEST_F(CFace, TracesThatNobodyListensToAreSpoken) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(guestfs_set_trace(g, 1), 0);
  EXPECT_EQ(guestfs_set_identifier(g, "one"), 0);
  const auto listen = [](guestfs_h*, void*, uint64_t, int, int, const char*, size_t, const uint64_t*, size_t) {};
  ASSERT_GE(guestfs_set_event_callback(g, listen, GUESTFS_EVENT_TRACE, 0, nullptr), 0);
  EXPECT_EQ(guestfs_set_verbose(g, 0), 0);
  const std::string told = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("libguestfs: trace: set_identifier \"one\"\n"), std::string::npos) << told;
  EXPECT_EQ(told.find("set_verbose"), std::string::npos) << told;
}

TEST_F(CFace, Events) {
  std::string seen;
  const auto listen = [](guestfs_h*, void* opaque, uint64_t event, int, int, const char* text, size_t size,
                         const uint64_t*, size_t) {
    static_cast<std::string*>(opaque)->append(std::to_string(event) + ":" + std::string(text, size) + " ");
  };
  const int number = guestfs_set_event_callback(g, listen, GUESTFS_EVENT_ENTER, 0, &seen);
  ASSERT_GE(number, 0);
  EXPECT_EQ(guestfs_set_verbose(g, 0), 0);
  EXPECT_EQ(seen, "128:set_verbose ");
  guestfs_delete_event_callback(g, number);
  EXPECT_EQ(guestfs_set_verbose(g, 0), 0);
  EXPECT_EQ(seen, "128:set_verbose ");
  EXPECT_EQ(guestfs_set_event_callback(g, listen, GUESTFS_EVENT_ENTER, 1, &seen), -1);
  char* names = guestfs_event_to_string(GUESTFS_EVENT_CLOSE | GUESTFS_EVENT_LIBVIRT_AUTH);
  EXPECT_STREQ(names, "close,libvirt_auth");
  std::free(names);
}

TEST_F(CFace, ClosingTellsListenersAndFreesEverything) {
  static int closed;
  closed = 0;
  guestfs_h* other = guestfs_create();
  guestfs_set_close_callback(other, [](guestfs_h*, void*) { ++closed; }, nullptr);
  guestfs_close(other);
  guestfs_close(other);  // harmless
  guestfs_close(nullptr);
  EXPECT_EQ(closed, 1);
}

TEST_F(CFace, PointerIsTheHandle) { EXPECT_EQ(guestfs_c_pointer(g), reinterpret_cast<std::intptr_t>(g)); }

TEST_F(CFace, StringsOfTheHandleStayTheSame) {
  const char* first = guestfs_get_path(g);
  const std::string before = first != nullptr ? first : "";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(guestfs_get_path(g), first);
  ASSERT_EQ(guestfs_set_path(g, "/elsewhere"), 0);
  EXPECT_STREQ(guestfs_get_path(g), "/elsewhere");
}

TEST_F(CFace, StructsAreCopiedAndCompared) {
  struct guestfs_version* version = guestfs_version(g);
  ASSERT_NE(version, nullptr);
  struct guestfs_version* copy = guestfs_copy_version(version);
  EXPECT_EQ(guestfs_compare_version(version, copy), 0);
  EXPECT_NE(version->extra, copy->extra);
  ++copy->minor;
  EXPECT_LT(guestfs_compare_version(version, copy), 0);
  struct guestfs_version_list list = {1, version};
  struct guestfs_version_list* lists = guestfs_copy_version_list(&list);
  EXPECT_EQ(guestfs_compare_version_list(&list, lists), 0);
  guestfs_free_version_list(lists);
  guestfs_free_version(copy);
  guestfs_free_version(version);
  guestfs_free_version(nullptr);
}

}  // namespace
