// SPDX-License-Identifier: LGPL-3.0-or-later
// A journal of a guest, made by systemd-journal-remote, and as journalctl reads it.
#include "fs_support.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

constexpr int kEntries = 20;
constexpr const char* kRemote = "/lib/systemd/systemd-journal-remote";
constexpr const char* kMachine = "0123456789abcdef0123456789abcdef";

class Journal : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (IsSkipped()) return;
    if (::access(kRemote, X_OK) != 0) GTEST_SKIP() << "the program systemd-journal-remote is not installed";
    make_journal();
    make_image(image_, {.prepare = [this](const std::string& tree) {
                 const std::string folder = tree + "/var/log/journal/" + kMachine;
                 shell("mkdir -p " + folder + " " + tree + "/empty && cp " + file_ + " " + folder +
                       "/system.journal");
                 // Links that would lead to this machine, were it not for the guest's root.
                 shell("mkdir -p " + tree + "/links && ln -s " + file_ + " " + tree +
                       "/links/a.journal && ln -s ../../../../../../../.." + file_ + " " + tree +
                       "/links/b.journal");
                 shell("mkdir " + tree + "/bad && head -c 100000 /dev/urandom > " + tree +
                       "/bad/system.journal");
               }});
  }
  void make_journal() {
    std::string text;
    for (int i = 0; i < kEntries; ++i)
      text += "__REALTIME_TIMESTAMP=" + std::to_string(1700000000000000LL + i * 1000000LL) +
              "\n__MONOTONIC_TIMESTAMP=" + std::to_string(1000 + i) +
              "\n_BOOT_ID=00000000000000000000000000000001\n_MACHINE_ID=" + kMachine +
              "\nMESSAGE=entry " + std::to_string(i) + "\nLONG=" + std::string(3000, 'x') + "\n\n";
    write_host(temp.file("export"), text);
    shell(std::string(kRemote) + " -o " + file_ + " " + temp.file("export") + " 2>&1");
  }
  GuestFS mounted() {
    GuestFS g = open(image_, true);
    g.mount_ro("/dev/sda1", "/");
    return g;
  }
  static std::string message(GuestFS& g) {
    for (const Xattr& field : g.journal_get())
      if (field.attrname == "MESSAGE") return field.attrval;
    return "(none)";
  }
  std::string file_ = temp.file("made.journal");
  std::string image_ = temp.file("journal.raw");
};

TEST_P(Journal, Reads) {
  GuestFS g = mounted();
  EXPECT_TRUE(g.feature_available({"journal"}));
  EXPECT_THAT(text_of([&] { g.journal_next(); }), HasSubstr("journal_next: no journal is open"));
  EXPECT_EQ(errno_of([&] { g.journal_open("/none"); }), ENOENT);
  g.journal_open("/var/log/journal");
  EXPECT_EQ(errno_of([&] { g.journal_get(); }), EADDRNOTAVAIL);
  ASSERT_TRUE(g.journal_next());
  EXPECT_EQ(message(g), "entry 0");
  EXPECT_EQ(g.journal_get_realtime_usec(), 1700000000000000LL);
  EXPECT_EQ(g.journal_skip(5), 5);
  EXPECT_EQ(message(g), "entry 5");
  EXPECT_EQ(g.journal_skip(-2), 2);
  EXPECT_EQ(message(g), "entry 3");
  EXPECT_EQ(g.journal_skip(0), 0);
  EXPECT_EQ(g.journal_skip(1000), kEntries - 4);
  EXPECT_FALSE(g.journal_next());
  EXPECT_EQ(g.journal_get_data_threshold(), 65536);
  g.journal_set_data_threshold(0);
  EXPECT_EQ(g.journal_get_data_threshold(), 0);
  EXPECT_EQ(errno_of([&] { g.journal_set_data_threshold(-1); }), EINVAL);
  g.journal_close();
  EXPECT_EQ(errno_of([&] { g.journal_close(); }), EINVAL);
  g.umount("/");
}

TEST_P(Journal, AgreesWithJournalctl) {
  if (!base::find_program("journalctl")) GTEST_SKIP() << "the program journalctl is not installed";
  GuestFS g = mounted();
  g.journal_open("/var/log/journal");
  std::string ours;
  while (g.journal_next()) ours += message(g) + "\n";
  EXPECT_EQ(ours, shell("journalctl -q --file " + file_ + " -o cat"));
}

TEST_P(Journal, HostileOnes) {
  GuestFS g = mounted();
  for (const char* folder : {"/bad", "/links", "/empty"}) {
    try {
      g.journal_open(folder);
      while (g.journal_next()) ADD_FAILURE() << folder << ": " << message(g);
    } catch (const Error& failure) {
      EXPECT_NE(failure.code(), ErrorCode::engine) << failure.what();
    }
  }
  g.journal_open("/var/log/journal");
  EXPECT_TRUE(g.journal_next());
}

// What libsystemd has mapped vanishes: its process gets SIGBUS, and the caller an error.
TEST_P(Journal, AFileThatShrinksMeanwhile) {
  GuestFS g = open(image_, false);
  g.mount("/dev/sda1", "/");
  g.journal_open("/var/log/journal");
  ASSERT_TRUE(g.journal_next());
  g.truncate(std::string("/var/log/journal/") + kMachine + "/system.journal");
  int calls = 0;
  EXPECT_NE(errno_of([&] {
              while (g.journal_next() && ++calls < 1000) g.journal_get();
              throw Error(ErrorCode::system, EIO, "ended in peace");
            }),
            -1);
  EXPECT_EQ(g.ls("/empty").size(), 0U);
}

VMCRAFT_ON_BOTH_ENGINES(Journal);

}  // namespace
}  // namespace vmcraft::test
