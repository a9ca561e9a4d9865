// SPDX-License-Identifier: LGPL-3.0-or-later
#include <sys/inotify.h>

#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Inotify : public FsTest {
 protected:
  GuestFS mounted(const std::function<void(const std::string&)>& prepare = {}) {
    make_image(temp.file("w.raw"), {.prepare = prepare});
    GuestFS g = open(temp.file("w.raw"), false);
    g.mount("/dev/sda1", "/");
    return g;
  }
};

TEST_P(Inotify, TellsWhatHappened) {
  GuestFS g = mounted();
  EXPECT_TRUE(g.feature_available({"inotify"}));
  EXPECT_THAT(text_of([&] { g.inotify_read(); }), HasSubstr("call inotify_init first"));
  EXPECT_EQ(errno_of([&] { g.inotify_init(-1); }), EINVAL);
  g.inotify_init(0);
  const std::int64_t watch = g.inotify_add_watch("/etc", IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO);
  EXPECT_THAT(g.inotify_read(), IsEmpty());
  g.touch("/etc/one");
  g.mv("/etc/one", "/etc/two");
  const std::vector<InotifyEvent> events = g.inotify_read();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].in_wd, watch);
  EXPECT_EQ(events[0].in_mask, std::uint32_t{IN_CREATE});
  EXPECT_EQ(events[0].in_name, "one");
  EXPECT_EQ(events[1].in_cookie, events[2].in_cookie);
  EXPECT_NE(events[1].in_cookie, 0U);
  EXPECT_EQ(events[2].in_name, "two");
  g.rm("/etc/two");
  g.touch("/etc/a");
  g.rm("/etc/a");
  EXPECT_THAT(g.inotify_files(), ElementsAre("a", "two"));
  EXPECT_EQ(errno_of([&] { g.inotify_add_watch("/none", IN_ALL_EVENTS); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.inotify_add_watch("/etc", 0); }), EINVAL);
  g.inotify_rm_watch(static_cast<int>(watch));
  EXPECT_EQ(errno_of([&] { g.inotify_rm_watch(static_cast<int>(watch)); }), EINVAL);
  g.inotify_add_watch("/", IN_ALL_EVENTS);
  g.umount("/");
  g.inotify_close();
  EXPECT_EQ(errno_of([&] { g.inotify_close(); }), EINVAL);
}

VMCRAFT_ON_BOTH_ENGINES(Inotify);

}  // namespace
}  // namespace vmcraft::test
