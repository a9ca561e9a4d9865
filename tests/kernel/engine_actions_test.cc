// SPDX-License-Identifier: LGPL-3.0-or-later
// Calls about the engine itself.
#include <gmock/gmock.h>

#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

class EngineActions : public FsTest {};

TEST_P(EngineActions, KernelMessagesAndModules) {
  GuestFS g = open(blank(4), false);
  const int failure = errno_of([&] { g.dmesg(); });
  if (failure != EPERM) {
    EXPECT_EQ(failure, -1);
    if (GetParam() == "uml") {
      EXPECT_THAT(g.dmesg(), HasSubstr("Linux version"));
    }
  }
  EXPECT_EQ(errno_of([&] { g.modprobe("no_such_module"); }), ENOTSUP);
  if (GetParam() == "uml") {
    g.modprobe("loop");
    g.modprobe("loop");
    EXPECT_THAT(g.debug("sh", {"ls /sys/module"}), HasSubstr("loop\n"));
  }
}

TEST_P(EngineActions, Debug) {
  GuestFS g = open(blank(4), false);
  EXPECT_THAT(g.debug("help", {}), HasSubstr("Commands supported: help env"));
  EXPECT_EQ(g.debug("sh", {"echo", "hi"}), "hi\n");
  EXPECT_THAT(g.debug("env", {}), HasSubstr("PATH="));
  EXPECT_THAT(g.debug("fds", {}), HasSubstr("/dev/"));
  EXPECT_THAT(g.debug("ls", {"/proc/self/"}), HasSubstr("status\n"));
  EXPECT_THAT(g.debug("ll", {"/proc/self/"}), HasSubstr("status\n"));
  EXPECT_THAT(g.debug("ldd", {"/bin/sh"}), HasSubstr("libc.so"));
  EXPECT_EQ(text_of([&] { g.debug("error", {"5"}); }), "debug: aaaaa");
  EXPECT_EQ(errno_of([&] { g.debug("error", {"much"}); }), EINVAL);
  EXPECT_EQ(errno_of([&] { g.debug("nonsense", {}); }), EINVAL);
  EXPECT_THAT(text_of([&] { g.debug("sh", {"echo bad >&2; false"}); }), HasSubstr("bad"));
  std::string said;
  std::uint64_t last = 0;
  g.on_event(static_cast<std::uint32_t>(EventType::library) | static_cast<std::uint32_t>(EventType::progress),
             [&](const Event& event) {
               if (event.type == EventType::library) said += event.text;
               else last = event.position;
             });
  g.set_verbose(true);
  EXPECT_EQ(g.debug("print", {"some", "words"}), "ok");
  EXPECT_THAT(said, HasSubstr("some words"));
  EXPECT_EQ(g.debug("spew", {"100000"}), "ok");
  EXPECT_THAT(said, HasSubstr(std::string(1000, 'x')));
  EXPECT_EQ(g.debug("progress", {"1"}), "ok");
  EXPECT_EQ(last, 10U);
}

TEST_P(EngineActions, DebugUpload) {
  std::filesystem::create_directory(temp.file("tmp"));
  write_host(temp.file("script"), "#!/bin/sh\necho uploaded\n");
  GuestFS g;
  g.set_backend(GetParam());
  g.set_tmpdir(temp.file("tmp"));
  g.add_drive(blank(4));
  g.launch();
  g.debug_upload(temp.file("script"), "run-me", 0755);
  const std::string place = GetParam() == "host" ? temp.file("tmp") : "$TMPDIR";
  EXPECT_EQ(g.debug("sh", {place + "/run-me"}), "uploaded\n");
  EXPECT_EQ(errno_of([&] { g.debug_upload(temp.file("script"), "run-me", 0755); }), EEXIST);
  for (const char* name : {"", "..", "a/b", "/etc/x"})
    EXPECT_EQ(errno_of([&] { g.debug_upload(temp.file("script"), name, 0600); }), EINVAL) << name;
  EXPECT_EQ(errno_of([&] { g.debug_upload(temp.file("script"), "x", 07777); }), EINVAL);
}

TEST_P(EngineActions, InternalExit) {
  GuestFS g = open(blank(4), false);
  EXPECT_EQ(g.echo_daemon({"a b", "", "c"}), "a b  c");
  EXPECT_EQ(g.echo_daemon({}), "");
  if (GetParam() == "host") {
    EXPECT_EQ(errno_of([&] { g.internal_exit(); }), ENOTSUP);
    return;
  }
  g.internal_exit();
  try {
    g.ping_daemon();
    ADD_FAILURE() << "the engine goes on";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ErrorCode::engine);
  }
}

TEST_P(EngineActions, WhatThereIsNoMore) {
  GuestFS g = open(blank(4), false);
  EXPECT_EQ(errno_of([&] { g.remove_drive("x"); }), ENOTSUP);
  EXPECT_EQ(errno_of([&] { g.mount_9p("tag", "/"); }), ENOTSUP);
  EXPECT_EQ(errno_of([&] { g.list_9p(); }), ENOTSUP);
  GuestFS other;
  EXPECT_NE(g.c_pointer(), other.c_pointer());
  EXPECT_EQ(g.c_pointer(), g.c_pointer());
}

VMCRAFT_ON_BOTH_ENGINES(EngineActions);

}  // namespace
}  // namespace vmcraft::test
