// SPDX-License-Identifier: LGPL-3.0-or-later
#include <gtest/gtest.h>

#include <cstdlib>

#include "vmcraft/vmcraft.h"

namespace vmcraft {
namespace {

// What was set is what is returned, and nothing of it needs a launch.
TEST(Settings, AreKept) {
  GuestFS g;
  for (const bool value : {true, false}) {
    g.set_verbose(value);
    EXPECT_EQ(g.get_verbose(), value);
    g.set_trace(value);
    EXPECT_EQ(g.get_trace(), value);
    g.set_autosync(value);
    EXPECT_EQ(g.get_autosync(), value);
    g.set_network(value);
    EXPECT_EQ(g.get_network(), value);
    g.set_pgroup(value);
    EXPECT_EQ(g.get_pgroup(), value);
    g.set_recovery_proc(value);
    EXPECT_EQ(g.get_recovery_proc(), value);
    g.set_selinux(value);
    EXPECT_EQ(g.get_selinux(), value);
    g.set_direct(value);
    EXPECT_EQ(g.get_direct(), value);
  }
  g.set_path("/usr/lib/x");
  EXPECT_EQ(g.get_path(), "/usr/lib/x");
  g.set_hv("/bin/qemu");
  EXPECT_EQ(g.get_hv(), "/bin/qemu");
  g.set_qemu("/bin/other");
  EXPECT_EQ(g.get_qemu(), "/bin/other");
  EXPECT_EQ(g.get_append(), std::nullopt);
  g.set_append("debug");
  EXPECT_EQ(g.get_append(), "debug");
  g.set_memsize(300);
  EXPECT_EQ(g.get_memsize(), 300);
  g.set_smp(2);
  EXPECT_EQ(g.get_smp(), 2);
  EXPECT_THROW(g.set_smp(0), Error);
  g.set_identifier("case-7");
  EXPECT_EQ(g.get_identifier(), "case-7");
  EXPECT_THROW(g.set_identifier("no blanks"), Error);
  EXPECT_FALSE(g.get_program().empty());
  g.set_program("me");
  EXPECT_EQ(g.get_program(), "me");
  g.set_tmpdir("/var/tmp");
  EXPECT_EQ(g.get_tmpdir(), "/var/tmp");
  g.set_cachedir("/var/cache");
  EXPECT_EQ(g.get_cachedir(), "/var/cache");
  EXPECT_FALSE(g.get_sockdir().empty());
  EXPECT_EQ(g.max_disks(), 255);
}

TEST(Settings, Backends) {
  GuestFS g;
  g.set_backend("host");
  EXPECT_EQ(g.get_backend(), "host");
  EXPECT_EQ(g.get_engine(), "host");
  g.set_backend("libvirt:qemu:///session");
  EXPECT_EQ(g.get_backend(), "auto");
  g.set_attach_method("uml");
  EXPECT_EQ(g.get_attach_method(), "uml");
  EXPECT_THROW(g.set_backend("vmware"), Error);
  g.set_backend_settings({"a=1", "force_tcg"});
  g.set_backend_setting("a", "2");
  EXPECT_EQ(g.get_backend_setting("a"), "2");
  EXPECT_EQ(g.get_backend_setting("force_tcg"), "1");
  EXPECT_EQ(g.clear_backend_setting("a"), 1);
  EXPECT_THROW(g.get_backend_setting("a"), Error);
  EXPECT_EQ(g.get_backend_settings(), std::vector<std::string>{"force_tcg"});
}

TEST(Settings, StatesBeforeLaunch) {
  GuestFS g;
  EXPECT_TRUE(g.is_config());
  EXPECT_FALSE(g.is_ready());
  EXPECT_FALSE(g.is_launching());
  EXPECT_FALSE(g.is_busy());
  EXPECT_EQ(g.get_state(), 0);
  EXPECT_THROW(g.wait_ready(), Error);
  EXPECT_THROW(g.get_pid(), Error);
  EXPECT_THROW(g.config("-m", "1"), Error);
  try {
    g.list_devices();
    FAIL();
  } catch (const Error& failure) {
    EXPECT_STREQ(failure.what(), "list_devices: handle: is not launched; call launch first");
    EXPECT_EQ(failure.code(), ErrorCode::state);
  }
  g.kill_subprocess();
  EXPECT_EQ(g.get_state(), 3);
}

TEST(Names, OfDrives) {
  GuestFS g;
  EXPECT_EQ(g.device_index("/dev/sda"), 0);
  EXPECT_EQ(g.device_index("/dev/vdz"), 25);
  EXPECT_EQ(g.device_index("/dev/sdaa"), 26);
  EXPECT_EQ(g.device_name(0), "/dev/sda");
  EXPECT_EQ(g.device_name(26), "/dev/sdaa");
  EXPECT_THROW(g.device_name(255), Error);
  EXPECT_EQ(g.canonical_device_name("/dev/vda1"), "/dev/sda1");
  EXPECT_EQ(g.canonical_device_name("/dev/xvdb"), "/dev/sdb");
  EXPECT_EQ(g.mountable_device("btrfsvol:/dev/sda2/root"), "/dev/sda2");
  EXPECT_EQ(g.mountable_subvolume("btrfsvol:/dev/sda2/a/b"), "a/b");
  EXPECT_EQ(g.mountable_device("btrfsvol:/dev/vg/lv/sub"), "/dev/vg/lv");
  EXPECT_THROW(g.mountable_subvolume("/dev/sda"), Error);
}

// Rather none than one that goes without the password and fails on the server for another reason.
TEST(Drives, APasswordForAServerIsRefused) {
  GuestFS g;
  AddDriveOptions options;
  options.protocol = "https";
  options.server = {"127.0.0.1:1"};
  options.username = "user";
  options.secret = "word";
  options.format = "raw";
  g.set_backend("host");
  g.add_drive("/disk", options);
  try {
    g.launch();
    ADD_FAILURE() << "was launched";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.errno_value(), ENOTSUP) << failure.what();
  }
}

TEST(Drives, OptionsAreChecked) {
  GuestFS g;
  EXPECT_THROW(g.add_drive("/nonexistent/image"), Error);
  EXPECT_THROW(g.add_cdrom("/nonexistent/image"), Error);
  EXPECT_THROW(g.add_drive_with_if("/nonexistent/image", "ide"), Error);
  EXPECT_THROW(g.add_drive_ro_with_if("/nonexistent/image", "ide"), Error);
  AddDriveOptions options;
  options.label = "not a label";
  EXPECT_THROW(g.add_drive("/dev/null", options), Error);
  options = {};
  options.blocksize = 1000;
  EXPECT_THROW(g.add_drive("/dev/null", options), Error);
  options.blocksize = 0;  // as one that is not given
  EXPECT_NO_THROW(GuestFS().add_drive("/dev/null", options));
  options = {};
  options.protocol = "gopher";
  EXPECT_THROW(g.add_drive("x", options), Error);
  EXPECT_TRUE(g.debug_drives().empty());
}

TEST(Handle, MountablesAreTakenApart) {
  GuestFS g;
  InternalMountable found = g.internal_parse_mountable("/dev/sda1");
  EXPECT_EQ(found.im_type, 1);
  EXPECT_EQ(found.im_device, "/dev/sda1");
  found = g.internal_parse_mountable("btrfsvol:/dev/vg/lv/a/b");
  EXPECT_EQ(found.im_type, 2);
  EXPECT_EQ(found.im_device, "/dev/vg/lv");
  EXPECT_EQ(found.im_volume, "a/b");
  EXPECT_THROW(g.internal_get_console_socket(), Error);
}

TEST(Groups, OfTheDeclarations) {
  GuestFS g;
  EXPECT_FALSE(g.available_all_groups().empty());
  g.available({"acl", "linuxxattrs"});
  EXPECT_TRUE(g.feature_available({"xz"}));
  EXPECT_FALSE(g.feature_available({"warp-drive"}));
  EXPECT_THROW(g.available({"warp-drive"}), Error);
}

TEST(Events, ReachTheirListeners) {
  GuestFS g;
  std::vector<std::string> seen;
  const int number = g.on_event(static_cast<std::uint32_t>(EventType::trace),
                                [&seen](const Event& event) { seen.emplace_back(event.text); });
  g.set_trace(true);
  g.device_name(1);
  g.set_trace(false);
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen[0], "device_name 1");
  EXPECT_EQ(seen[1], "device_name = \"/dev/sdb\"");
  g.delete_event(number);
  seen.clear();
  g.set_trace(true);
  g.device_name(1);
  EXPECT_TRUE(seen.empty());
}

TEST(Environment, SettingsFromAList) {
  GuestFS g;
  g.parse_environment_list({"OTHER=1", "LIBGUESTFS_DEBUG=1", "LIBGUESTFS_TRACE=Yes", "LIBGUESTFS_TMPDIR=/var/tmp",
                            "LIBGUESTFS_CACHEDIR=/var/cache", "LIBGUESTFS_PATH=/y", "LIBGUESTFS_QEMU=/old",
                            "LIBGUESTFS_HV=/x", "LIBGUESTFS_APPEND=quiet", "LIBGUESTFS_MEMSIZE=700",
                            "LIBGUESTFS_BACKEND=direct", "LIBGUESTFS_BACKEND_SETTINGS=a=b:c"});
  EXPECT_TRUE(g.get_verbose());
  EXPECT_TRUE(g.get_trace());
  EXPECT_EQ(g.get_tmpdir(), "/var/tmp");
  EXPECT_EQ(g.get_cachedir(), "/var/cache");
  EXPECT_EQ(g.get_path(), "/y");
  EXPECT_EQ(g.get_hv(), "/x");
  EXPECT_EQ(g.get_append(), "quiet");
  EXPECT_EQ(g.get_memsize(), 700);
  EXPECT_EQ(g.get_backend(), "auto");
  EXPECT_EQ(g.get_backend_settings(), (std::vector<std::string>{"a=b", "c"}));
  g.parse_environment_list({"VMCRAFT_DEBUG=0", "LIBGUESTFS_DEBUG=1", "VMCRAFT_ENGINE=uml",
                            "LIBGUESTFS_BACKEND=host", "LIBGUESTFS_TRACE=0"});
  EXPECT_FALSE(g.get_verbose());
  EXPECT_FALSE(g.get_trace());
  EXPECT_EQ(g.get_backend(), "uml");
  g.parse_environment_list({});
  EXPECT_EQ(g.get_memsize(), 700);
}

TEST(Environment, WrongValuesAreNamed) {
  GuestFS g;
  for (const char* entry : {"LIBGUESTFS_DEBUG=2", "LIBGUESTFS_TRACE=", "LIBGUESTFS_MEMSIZE=abc",
                            "VMCRAFT_MEMSIZE=-1", "LIBGUESTFS_BACKEND=foo", "VMCRAFT_ENGINE=bar"}) {
    try {
      g.parse_environment_list({entry});
      ADD_FAILURE() << entry;
    } catch (const Error& failure) {
      EXPECT_EQ(failure.errno_value(), EINVAL);
      const std::string name = std::string(entry).substr(0, std::string(entry).find('='));
      EXPECT_EQ(std::string(failure.what()).rfind("parse_environment_list: " + name + ": ", 0), 0U) << failure.what();
    }
  }
}

TEST(Environment, OfTheProcess) {
  ::setenv("VMCRAFT_MEMSIZE", "345", 1);
  GuestFS g;
  EXPECT_EQ(g.get_memsize(), 345);
  ::setenv("VMCRAFT_MEMSIZE", "346", 1);
  g.parse_environment();
  EXPECT_EQ(g.get_memsize(), 346);
  ::setenv("VMCRAFT_MEMSIZE", "much", 1);
  EXPECT_EQ(GuestFS().get_memsize(), 0) << "a wrong variable leaves the default";
  EXPECT_THROW(g.parse_environment(), Error);
  ::unsetenv("VMCRAFT_MEMSIZE");
}

}  // namespace
}  // namespace vmcraft
