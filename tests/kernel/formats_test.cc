// SPDX-License-Identifier: LGPL-3.0-or-later
// One file through every format and transport has one sha256.
#include <gtest/gtest.h>

#include "base/process.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

class Formats : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    raw_ = temp.file("disk.raw");
    const std::string content = pattern(3'000'001);
    write_host(temp.file("content"), content);
    expected_ = sha256_of(temp.file("content"));
    make_image(raw_, {.files = {{"data/content", content}}, .prepare = nullptr});
  }

  std::string sum_of(const std::string& path, const std::string& format = "") {
    GuestFS g = open_image(GetParam(), path, true, format);
    return sum_of(g);
  }
  static std::string sum_of(GuestFS& g) {
    g.mount_ro("/dev/sda1", "/");
    const std::string sum = g.checksum("sha256", "/data/content");
    g.shutdown();
    return sum;
  }
  std::string converted(const std::string& name, const std::string& format,
                        const std::string& options = "") {
    convert(raw_, temp.file(name), format, options);
    return temp.file(name);
  }

  std::string raw_;
  std::string expected_;
};

TEST_P(Formats, EveryFormatHasTheSameBytes) {
  EXPECT_EQ(sum_of(raw_), expected_);
  EXPECT_EQ(sum_of(converted("a.qcow2", "qcow2")), expected_);
  EXPECT_EQ(sum_of(converted("v2.qcow2", "qcow2", "-o compat=0.10")), expected_);
  EXPECT_EQ(sum_of(converted("c.qcow2", "qcow2", "-c")), expected_);
  EXPECT_EQ(sum_of(converted("a.vmdk", "vmdk")), expected_);
  EXPECT_EQ(sum_of(converted("s.vmdk", "vmdk", "-o subformat=streamOptimized")), expected_);
  EXPECT_EQ(sum_of(converted("f.vmdk", "vmdk", "-o subformat=monolithicFlat")), expected_);
  EXPECT_EQ(sum_of(converted("t.vmdk", "vmdk", "-o subformat=twoGbMaxExtentSparse")), expected_);
  EXPECT_EQ(sum_of(converted("a.vdi", "vdi")), expected_);
  EXPECT_EQ(sum_of(converted("a.vhd", "vpc", "-o force_size=on")), expected_);
  EXPECT_EQ(sum_of(converted("f.vhd", "vpc", "-o subformat=fixed,force_size=on"), "vpc"), expected_);
  EXPECT_EQ(sum_of(converted("a.vhdx", "vhdx")), expected_);
  EXPECT_EQ(sum_of(converted("a.qed", "qed")), expected_);
}

TEST_P(Formats, ABackingChainIsRead) {
  converted("base.qcow2", "qcow2");
  const std::string overlay = temp.file("overlay.qcow2");
  shell("cd " + temp.path() + " && qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 middle.qcow2 && "
        "qemu-img create -q -f qcow2 -b middle.qcow2 -F qcow2 overlay.qcow2");
  EXPECT_EQ(sum_of(overlay), expected_);
}

TEST_P(Formats, ABackingFileOutsideTheFolderIsRefusedUnlessAllowed) {
  converted("base.qcow2", "qcow2");
  std::filesystem::create_directory(temp.file("sub"));
  const std::string overlay = temp.file("sub/overlay.qcow2");
  run({"qemu-img", "create", "-q", "-f", "qcow2", "-b", temp.file("base.qcow2"), "-F", "qcow2", overlay});
  try {
    sum_of(overlay);
    FAIL() << "the backing file was opened";
  } catch (const Error& failure) {
    EXPECT_NE(std::string(failure.what()).find("outside the image's folder"), std::string::npos)
        << failure.what();
  }
  const auto sum_with = [&](const std::function<void(GuestFS&)>& allow) {
    GuestFS g;
    g.set_backend(GetParam());
    allow(g);
    g.add_drive_ro(overlay);
    g.launch();
    return sum_of(g);
  };
  EXPECT_EQ(sum_with([&](GuestFS& g) { g.allow_backing_file(temp.file("base.qcow2")); }), expected_);
  EXPECT_EQ(sum_with([&](GuestFS& g) { g.allow_backing_file(temp.path() + "/"); }), expected_);
  EXPECT_THROW(sum_with([&](GuestFS& g) { g.allow_backing_file(temp.path()); }), Error);
  EXPECT_EQ(sum_with([&](GuestFS& g) {
              g.parse_environment_list({"VMCRAFT_BACKING_FILES=/nonexistent:" + temp.path() + "/"});
            }),
            expected_);
}

TEST_P(Formats, AnImageGivenAsRawStaysRaw) {
  const std::string qcow2 = converted("a.qcow2", "qcow2");
  GuestFS g = open_image(GetParam(), qcow2, true, "raw");
  EXPECT_EQ(g.blockdev_getsize64("/dev/sda"),
            static_cast<std::int64_t>(std::filesystem::file_size(qcow2)) / 512 * 512);
  EXPECT_TRUE(g.list_partitions().empty());
}

TEST_P(Formats, NbdOverAUnixSocket) {
  const std::string socket = temp.file("nbd.sock");
  base::ChildProcess server({.argv = {"qemu-nbd", "-r", "-t", "-e", "8", "-f", "raw", "-k", socket, raw_}, .environment = {}, .descriptors = {}});
  while (!std::filesystem::exists(socket)) ::usleep(10'000);
  GuestFS g;
  g.set_backend(GetParam());
  AddDriveOptions options;
  options.readonly = true;
  options.protocol = "nbd";
  options.server = std::vector<std::string>{"unix:" + socket};
  g.add_drive("", options);
  g.launch();
  EXPECT_EQ(sum_of(g), expected_);
}

TEST_P(Formats, Http) {
  const std::string port = "18" + std::to_string(100 + ::getpid() % 900);
  // Ranges are what qemu asks for; python's own server has none.
  base::ChildProcess server({.argv = {"python3", VMCRAFT_TEST_DATA "/support/range_server.py", temp.path(), port},
                             .environment = {}, .descriptors = {}});
  for (int i = 0; i < 200 && system(("curl -s -o /dev/null http://127.0.0.1:" + port + "/").c_str()) != 0; ++i)
    ::usleep(50'000);
  const auto open_url = [&](const std::string& name) {
    GuestFS g;
    g.set_backend(GetParam());
    AddDriveOptions options;
    options.readonly = true;
    options.protocol = "http";
    options.server = std::vector<std::string>{"127.0.0.1:" + port};
    g.add_drive("/" + name, options);
    g.launch();
    return sum_of(g);
  };
  EXPECT_EQ(open_url("disk.raw"), expected_);
  converted("web.qcow2", "qcow2");
  EXPECT_EQ(open_url("web.qcow2"), expected_);
}

TEST_P(Formats, FourKilobyteSectors) {
  const std::string path = temp.file("4k.raw");
  shell("truncate -s 64M " + path);
  // A GPT for 4096-byte sectors can only be written where the device has them.
  if (!is_root()) GTEST_SKIP() << "needs a loop device of 4096-byte sectors";
  shell("L=$(losetup -f --show -b 4096 " + path + "); printf 'label: gpt\\n,32M,L\\n' | sfdisk -q --no-reread $L; losetup -d $L");
  GuestFS g;
  g.set_backend(GetParam());
  AddDriveOptions options;
  options.blocksize = 4096;
  options.format = "raw";
  g.add_drive(path, options);
  g.launch();
  EXPECT_EQ(g.blockdev_getss("/dev/sda"), 4096);
  EXPECT_EQ(g.list_partitions(), std::vector<std::string>{"/dev/sda1"});
  EXPECT_EQ(g.part_list("/dev/sda").at(0).part_size, 32U << 20U);
}

TEST_P(Formats, SeveralDrivesAndLabels) {
  GuestFS g;
  g.set_backend(GetParam());
  g.add_drive_ro(raw_);
  AddDriveOptions options;
  options.readonly = true;
  options.label = "second";
  g.add_drive(converted("b.qcow2", "qcow2"), options);
  g.add_drive_scratch(8 << 20, {});
  g.launch();
  EXPECT_EQ(g.list_devices(), (std::vector<std::string>{"/dev/sda", "/dev/sdb", "/dev/sdc"}));
  EXPECT_EQ(g.list_disk_labels(),
            (HashTable{{"second", "/dev/sdb"}, {"second1", "/dev/sdb1"}}));
  g.mount_ro("/dev/disk/guestfs/second1", "/");
  EXPECT_EQ(g.checksum("sha256", "/data/content"), expected_);
  EXPECT_EQ(g.blockdev_getsize64("/dev/sdc"), 8 << 20);
  EXPECT_EQ(g.pwrite_device("/dev/sdc", "hello", 4096), 5);
  EXPECT_EQ(g.pread_device("/dev/sdc", 5, 4096), "hello");
}

VMCRAFT_ON_BOTH_ENGINES(Formats);

}  // namespace
}  // namespace vmcraft::test
