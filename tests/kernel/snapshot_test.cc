// SPDX-License-Identifier: LGPL-3.0-or-later
// Snapshots inside qcow2 images, with qemu-img as the one who knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/image.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;

/// The errno of what `call` throws, whose text must hold `text`; 0 where it throws nothing.
template <typename Call>
int failure_of(const Call& call, const std::string& text) {
  try {
    call();
    return 0;
  } catch (const Error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr(text));
    return failure.errno_value();
  }
}

class Snapshots : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) make_image(temp.file("disk.raw"));
  }
  std::string qcow2(const std::string& options = "") {
    convert(temp.file("disk.raw"), temp.file("disk.qcow2"), "qcow2", options);
    return temp.file("disk.qcow2");
  }
  void write(const std::string& path, const std::string& name, const std::string& content) {
    GuestFS g = open(path, false);
    g.mount("/dev/sda1", "/");
    g.write("/" + name, content);
    g.shutdown();
  }
  GuestFS at(const std::string& path, const std::string& snapshot) {
    GuestFS g;
    g.set_backend(GetParam());
    AddDriveOptions options;
    options.snapshot = snapshot;
    g.add_drive(path, options);
    g.launch();
    return g;
  }
  static std::string content(GuestFS g, const std::string& name) {
    g.mount_ro("/dev/sda1", "/");
    return g.exists("/" + name) ? g.cat("/" + name) : "none";
  }
};

TEST_P(Snapshots, ShowThePastAndGoBackToIt) {
  for (const char* format : {"-o compat=1.1", "-o compat=0.10", "-o cluster_size=4096", "-c"}) {
    const std::string path = qcow2(format);
    GuestFS g;
    EXPECT_TRUE(g.snapshot_list(path).empty());
    g.snapshot_create(path, "clean");
    write(path, "second", "two\n");
    g.snapshot_create(path, "a name, with = and \"");
    write(path, "second", "three\n");
    const std::string before = sha256_of(path);
    EXPECT_EQ(content(at(path, "clean"), "second"), "none") << format;
    EXPECT_EQ(content(at(path, "2"), "second"), "two\n") << format;
    EXPECT_EQ(content(open(path, true), "second"), "three\n") << format;
    EXPECT_EQ(sha256_of(path), before) << "opening a snapshot wrote to the image";
    g.snapshot_revert(path, "a name, with = and \"");
    EXPECT_EQ(content(open(path, true), "second"), "two\n") << format;
    g.snapshot_delete(path, "2");
    EXPECT_EQ(content(open(path, true), "second"), "two\n") << format;
    EXPECT_THAT(shell("qemu-img snapshot -l " + path + " | awk '{print $2}'"), HasSubstr("clean\n"));
    ASSERT_EQ(g.snapshot_list(path).size(), 1U);
    EXPECT_EQ(g.snapshot_list(path)[0].disk_size_bytes, 64U << 20U);
    run({"qemu-img", "check", "-q", path});
  }
}

TEST_P(Snapshots, OfAResizedOverlay) {
  const std::string base = qcow2();
  const std::string path = temp.file("overlay.qcow2");
  shell("cd " + temp.path() + " && qemu-img create -q -f qcow2 -b disk.qcow2 -F qcow2 overlay.qcow2");
  GuestFS g;
  g.snapshot_create(path, "small");
  run({"qemu-img", "resize", "-q", path, "96M"});
  write(path, "second", "two\n");
  EXPECT_EQ(at(path, "small").blockdev_getsize64("/dev/sda"), 64 << 20);
  EXPECT_EQ(content(at(path, "small"), "second"), "none");
  EXPECT_EQ(open(path, true).blockdev_getsize64("/dev/sda"), 96 << 20);
  g.snapshot_revert(path, "small");
  EXPECT_THAT(run({"qemu-img", "info", path}), HasSubstr("backing file: disk.qcow2"));
  EXPECT_EQ(content(open(path, true), "second"), "none");
  run({"qemu-img", "check", "-q", path});
}

TEST_P(Snapshots, AreWrittenToInAnOverlayOnly) {
  const std::string path = qcow2();
  GuestFS().snapshot_create(path, "clean");
  const std::string before = sha256_of(path);
  GuestFS g = at(path, "clean");
  g.mount("/dev/sda1", "/");
  g.write("/second", "two\n");
  EXPECT_EQ(g.cat("/second"), "two\n");
  g.shutdown();
  EXPECT_EQ(sha256_of(path), before);
}

TEST_P(Snapshots, OfSeveralDrivesAtOnce) {
  const std::string path = qcow2();
  GuestFS().snapshot_create(path, "clean");
  write(path, "second", "two\n");
  GuestFS g;
  g.set_backend(GetParam());
  g.add_drive_ro(path);
  AddDriveOptions options;
  options.snapshot = "clean";
  g.add_drive(path, options);
  g.add_drive(path, options);
  g.launch();
  for (const char* device : {"/dev/sdb1", "/dev/sdc1", "/dev/sda1"}) {
    g.mount_ro(device, "/");
    EXPECT_EQ(g.exists("/second"), device == std::string("/dev/sda1")) << device;
    g.umount_all();
  }
}

TEST_P(Snapshots, AreRefusedWhereTheyCannotBe) {
  const std::string path = qcow2();
  const std::string raw = temp.file("disk.raw");
  GuestFS g;
  g.snapshot_create(path, "clean");
  EXPECT_EQ(failure_of([&] { g.snapshot_create(path, "clean"); }, "already"), EEXIST);
  EXPECT_EQ(failure_of([&] { g.snapshot_create(path, ""); }, "1 to 255"), EINVAL);
  EXPECT_EQ(failure_of([&] { g.snapshot_delete(path, "no"); }, "it holds clean"), ENOENT);
  EXPECT_EQ(failure_of([&] { g.snapshot_revert(path, "7"); }, "no snapshot '7'"), ENOENT);
  EXPECT_EQ(failure_of([&] { g.snapshot_create(raw, "x"); }, "is raw"), ENOTSUP);
  EXPECT_EQ(failure_of([&] { g.snapshot_list(raw); }, "only qcow2"), ENOTSUP);
  EXPECT_EQ(failure_of([&] { at(path, "no"); }, "no snapshot 'no'"), ENOENT);
  EXPECT_EQ(failure_of([&] { at(raw, "clean"); }, "only qcow2"), ENOTSUP);
  AddDriveOptions options;
  options.snapshot = "clean";
  options.readonly = false;
  EXPECT_EQ(failure_of([&] { g.add_drive(path, options); }, "read-only"), EINVAL);
  options = {};
  options.snapshot = "clean";
  options.protocol = "nbd";
  EXPECT_EQ(failure_of([&] { g.add_drive("x", options); }, "local image"), ENOTSUP);
  GuestFS user = open(path, false);
  for (const auto& change : {&GuestFS::snapshot_create, &GuestFS::snapshot_delete, &GuestFS::snapshot_revert})
    EXPECT_EQ(failure_of([&] { (user.*change)(path, "clean"); }, "has it open"), EBUSY);
  // Another handle's drive is found by qemu's own locks.
  EXPECT_THROW(g.snapshot_delete(path, "clean"), CommandError);
  user.shutdown();
  user.snapshot_delete(path, "clean");
  run({"qemu-img", "snapshot", "-c", "twice", path});
  run({"qemu-img", "snapshot", "-c", "twice", path});
  EXPECT_EQ(failure_of([&] { g.snapshot_delete(path, "2"); }, "delete that first"), ENOTSUP);
  g.snapshot_delete(path, "twice");
  EXPECT_EQ(g.snapshot_list(path).at(0).id, "2");
}

VMCRAFT_ON_BOTH_ENGINES(Snapshots);

}  // namespace
}  // namespace vmcraft::test
