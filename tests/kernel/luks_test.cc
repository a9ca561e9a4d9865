// SPDX-License-Identifier: LGPL-3.0-or-later
// Making LUKS volumes, changing their keys and opening them, checked with cryptsetup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/volumes.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Luks : public VolumeTest {
 protected:
  static bool opens(const std::string& disk, const std::string& key) {
    return shell("echo -n '" + key + "' | cryptsetup open --test-passphrase --key-file - " + disk +
                 " >/dev/null 2>&1 && echo yes || echo no") == "yes\n";
  }
};

TEST_P(Luks, FormatsAndChangesKeys) {
  const std::string disk = make_disks(1)[0];
  std::string uuid;
  {
    GuestFS g = launch({disk});
    g.luks_format("/dev/sda", "first", 0);
    uuid = g.luks_uuid("/dev/sda");
    g.luks_add_key("/dev/sda", "first", "second", 3);
    g.luks_add_key("/dev/sda", "second", "third", 5);
    g.luks_kill_slot("/dev/sda", "second", 0);
    EXPECT_THROW(g.luks_kill_slot("/dev/sda", "second", 3), Error);
    try {
      g.luks_add_key("/dev/sda", "wrong", "fourth", 6);
      FAIL();
    } catch (const Error& failure) {
      EXPECT_EQ(failure.errno_value(), EPERM);
    }
    EXPECT_THROW(g.luks_format("/dev/sda", "x", 32), Error);
  }
  const std::string dump = shell("cryptsetup luksDump " + disk);
  EXPECT_THAT(dump, HasSubstr(uuid));
  EXPECT_THAT(dump, HasSubstr("argon2id"));
  EXPECT_THAT(dump, HasSubstr("Memory:     65536"));
  EXPECT_FALSE(opens(disk, "first"));
  EXPECT_TRUE(opens(disk, "second"));
  EXPECT_TRUE(opens(disk, "third"));
  if (!can_map()) return;  // other ciphers take the kernel's
  GuestFS g = launch({disk});
  g.luks_format_cipher("/dev/sda", "key", 1, "serpent-cbc-essiv:sha256");
  g.shutdown();
  EXPECT_THAT(shell("cryptsetup luksDump " + disk), HasSubstr("serpent-cbc-essiv:sha256"));
}

TEST_P(Luks, OpensWritesAndCloses) {
  if (!can_map()) GTEST_SKIP() << "this kernel has no device-mapper";
  const std::string disk = make_disks(1)[0];
  GuestFS g = launch({disk});
  g.luks_format("/dev/sda", "key", 0);
  EXPECT_THROW(g.luks_open("/dev/sda", "wrong", "plain"), Error);
  g.luks_open("/dev/sda", "key", "plain");
  EXPECT_EQ(g.list_dm_devices(), std::vector<std::string>{"/dev/mapper/plain"});
  EXPECT_THROW(g.cryptsetup_open("/dev/sda", "key", "plain"), Error);
  g.pwrite_device("/dev/mapper/plain", "secret text", 0);
  g.vgcreate("VG", {"/dev/mapper/plain"});
  g.lvcreate("LV", "VG", 16);
  g.pwrite_device("/dev/VG/LV", "inside", 0);
  EXPECT_EQ(g.pread_device("/dev/VG/LV", 6, 0), "inside");
  g.luks_close("/dev/mapper/plain");
  EXPECT_TRUE(g.lvs().empty());
  EXPECT_TRUE(g.list_dm_devices().empty());
  g.luks_open_ro("/dev/sda", "key", "plain");
  EXPECT_EQ(g.pread_device("/dev/VG/LV", 6, 0), "inside");
  EXPECT_THROW(g.pwrite_device("/dev/VG/LV", "x", 0), Error);
  g.cryptsetup_close("/dev/mapper/plain");
  g.shutdown();
  EXPECT_EQ(shell("grep -c inside " + disk + " || true"), "0\n");
}

TEST_P(Luks, AKeyThatTakesMoreMemoryThanTheEngineHas) {
  if (GetParam() != "uml") GTEST_SKIP() << "only the isolated engine has little memory";
  const std::string disk = make_disks(1)[0];
  shell("echo -n key | cryptsetup -q luksFormat --pbkdf argon2id --pbkdf-memory 524288 --pbkdf-force-iterations 4 "
        "--pbkdf-parallel 1 " + disk + " -");
  {
    GuestFS g = launch({disk});  // booted anew with what it takes
    g.cryptsetup_open("/dev/sda", "key", "plain");
  }
  GuestFS g;
  g.set_backend("uml");
  g.set_memsize(256);  // but not against the caller's word
  g.add_drive_ro(disk);
  g.launch();
  try {
    g.cryptsetup_open("/dev/sda", "key", "plain");
    FAIL();
  } catch (const Error& failure) {
    EXPECT_EQ(failure.errno_value(), ENOMEM);
    EXPECT_THAT(failure.what(), HasSubstr("set_memsize 704"));
  }
}

TEST_P(Luks, ClevisSaysWhatItNeeds) {
  const std::string disk = make_disks(1)[0];
  GuestFS g = launch({disk});
  g.luks_format("/dev/sda", "key", 0);
  try {
    g.clevis_luks_unlock("/dev/sda", "plain");
    FAIL();
  } catch (const Error& failure) {
    EXPECT_THAT(failure.what(), ::testing::AnyOf(HasSubstr("clevis-luks"), HasSubstr("no Clevis token")));
  }
}

TEST_P(Luks, NoKeyInTrace) {
  const std::string disk = make_disks(1)[0];
  std::string said;
  GuestFS g = launch({disk});
  g.set_trace(true);
  g.on_event(~0U, [&](const Event& event) { said += event.text; });
  g.luks_format("/dev/sda", "nobody-may-see", 0);
  EXPECT_THAT(said, HasSubstr("luks_format"));
  EXPECT_THAT(said, Not(HasSubstr("nobody-may-see")));
}

VMCRAFT_ON_BOTH_ENGINES(Luks);

}  // namespace
}  // namespace vmcraft::test
