// SPDX-License-Identifier: LGPL-3.0-or-later
// Stacks of volumes that the real tools made (tests/stacks/build), opened by us alone: on the uml engine
// anywhere, on the host engine where the kernel has device-mapper, which is inside the test rig.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "support/image.h"
#include "support/report.h"
#include "volume/base/mapping.h"

namespace vmcraft::test {
namespace {

constexpr const char* kKey = "secret";

struct Built {
  std::vector<std::string> disks;
  std::string device;
  std::string sha256;
};

bool in_rig() { return std::getenv("VMCRAFT_RIG") != nullptr; }

std::vector<std::string> all_cases() {
  std::istringstream words(shell(VMCRAFT_TEST_DATA "/stacks/build list"));
  std::vector<std::string> cases;
  for (std::string word; words >> word;) cases.push_back(word);
  return cases;
}

class Stack : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    if (engine() == "host" && !(in_rig() && volume::device_mapper_available()))
      GTEST_SKIP() << "the host engine needs a kernel with device-mapper: see tests/rig/run";
    if (engine() == "uml" && in_rig()) GTEST_SKIP() << "the uml engine is tested outside the rig";
  }
  std::string engine() const { return std::get<0>(GetParam()); }
  std::string name() const {
    const std::string text = std::get<1>(GetParam());
    return text.substr(0, text.find(':'));
  }
  int disk_count() const {
    const std::string text = std::get<1>(GetParam());
    return std::stoi(text.substr(text.find(':') + 1));
  }

  Built build() const {
    Built built;
    std::string script = std::string(VMCRAFT_TEST_DATA) + "/stacks/build " + name();
    std::string options;
    std::string release;
    for (int i = 0; i < disk_count(); ++i) {
      built.disks.push_back(temp.file("disk" + std::to_string(i)));
      shell("truncate -s 128M " + built.disks.back());
      options += " -d " + built.disks.back();
      script += in_rig() ? " $(losetup -f --show " + built.disks.back() + ")"
                         : " /dev/ubd" + std::string(1, static_cast<char>('b' + i));
    }
    if (name().find("raid6") != std::string::npos) options += " -6";
    const std::string command =
        in_rig() ? "modprobe loop; " + script + "; losetup -D" : VMCRAFT_TEST_DATA "/rig/run" + options + " " + script;
    std::istringstream lines(shell("(" + command + ") 2>&1 | tr -d '\\r'"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string first;
      if (words >> first && first == "built") words >> built.device >> built.sha256;
    }
    EXPECT_FALSE(built.sha256.empty()) << lines.str();
    return built;
  }

  GuestFS launch(const std::vector<std::string>& disks, bool readonly) const {
    GuestFS g;
    g.set_backend(engine());
    AddDriveOptions options;
    options.readonly = readonly;
    options.format = "raw";
    for (const std::string& disk : disks) g.add_drive(disk, options);
    g.launch();
    return g;
  }

  void unlock(GuestFS& g) const {
    if (name() == "luks-on-lvm") g.cryptsetup_open("/dev/vg/lv", kKey, "open");
    else if (name() == "lvm-on-luks-on-md") g.cryptsetup_open("/dev/md127", kKey, "open");
    else if (name() == "luks-detached") {
      CryptsetupOpenOptions options;
      options.header = "/dev/sdb";
      g.cryptsetup_open("/dev/sda", kKey, "open", options);
    } else if (name().starts_with("luks")) {
      g.cryptsetup_open("/dev/sda", kKey, "open");
    }
  }

  void expect_file(const Built& built, const std::vector<std::string>& disks,
                   const std::string& how) const {
    GuestFS g = launch(disks, true);
    unlock(g);
    g.mount_ro(built.device, "/");
    EXPECT_EQ(g.checksum("sha256", "/file"), built.sha256) << how;
    report("stack " + engine() + " " + name() + " " + how + ": " + (HasFailure() ? "FAILED" : "read back"));
  }

  static std::string times_of(const std::vector<std::string>& disks) {
    std::string times;
    for (const std::string& disk : disks) times += shell("stat -c %y " + disk);
    return times;
  }

  bool survives_one() const {
    for (const char* kind : {"mirror", "raid1", "raid4", "raid5", "raid6", "raid10"})
      if (name().starts_with(std::string("lvm-") + kind) || name().starts_with(std::string("md-") + kind))
        return true;
    return false;
  }

  base::TempDir temp{base::temp_root(), "vmcraft-test-"};
};

TEST_P(Stack, OpensAndReadsBack) {
  const Built built = build();
  ASSERT_FALSE(HasFailure());
  const std::string before = times_of(built.disks);
  expect_file(built, built.disks, "whole");
  if (survives_one()) {
    std::vector<std::string> fewer = built.disks;
    fewer.erase(fewer.begin());
    expect_file(built, fewer, "without its first disk");
  }
  EXPECT_EQ(times_of(built.disks), before) << "a read-only drive was written to";
  {
    GuestFS g = launch(built.disks, false);
    unlock(g);
    g.mount(built.device, "/");
    g.write("/written", "by vmcraft\n");
    g.umount_all();
  }
  GuestFS g = launch(built.disks, true);
  unlock(g);
  g.mount_ro(built.device, "/");
  EXPECT_EQ(g.cat("/written"), "by vmcraft\n");
  EXPECT_EQ(g.checksum("sha256", "/file"), built.sha256);
}

INSTANTIATE_TEST_SUITE_P(Engines, Stack,
                         ::testing::Combine(::testing::Values("host", "uml"),
                                            ::testing::ValuesIn(all_cases())),
                         [](const auto& test) {
                           std::string text = std::get<0>(test.param) + "_" + std::get<1>(test.param);
                           text.resize(text.find(':'));
                           for (char& c : text)
                             if (c == '-' || c == '.') c = '_';
                           return text;
                         });

}  // namespace
}  // namespace vmcraft::test
