// SPDX-License-Identifier: LGPL-3.0-or-later
// File systems that the real tools made (tests/stacks/build_fs), read back by us alone: on the uml engine
// anywhere, on the host engine as far as its kernel knows them; in the test rig that is all of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>

#include "support/image.h"
#include "support/report.h"

namespace vmcraft::test {
namespace {

struct BuiltFs {
  std::string device;
  std::string access;  // rw, ro, or - for what holds no files
  std::string type, uuid, label, sha256;
};

/// One disk with a file system in each partition, made once.
struct FsDisk {
  base::TempDir temp{base::temp_root(), "vmcraft-test-"};
  std::string path = temp.file("disk");
  std::map<std::string, BuiltFs> built;
  std::map<std::string, std::string> not_run;  // with the reason
};

bool in_rig() { return std::getenv("VMCRAFT_RIG") != nullptr; }

std::vector<std::string> all_names() {
  std::istringstream words(shell(VMCRAFT_TEST_DATA "/stacks/build_fs list"));
  return {std::istream_iterator<std::string>(words), {}};
}

void read_line(FsDisk& disk, const std::string& line) {
  std::istringstream words(line);
  std::string kind, name, number;
  words >> kind >> name;
  BuiltFs fs;
  if (kind == "built" && words >> number >> fs.access >> fs.type >> fs.uuid >> fs.label >> fs.sha256) {
    fs.device = "/dev/sda" + number;
    for (std::string* text : {&fs.uuid, &fs.label})
      if (*text == "-") text->clear();
    disk.built[name] = fs;
  } else if (kind == "not-run") {
    std::getline(words >> std::ws, disk.not_run[name]);
  }
}

std::unique_ptr<FsDisk> build_disk() {
  auto disk = std::make_unique<FsDisk>();
  shell("truncate -s 1500M " + disk->path);
  const std::string script = VMCRAFT_TEST_DATA "/stacks/build_fs ";
  const std::string command = in_rig() ? script + disk->path
                                       : VMCRAFT_TEST_DATA "/rig/run -d " + disk->path + " " + script + "/dev/ubdb";
  std::istringstream lines(shell("(" + command + ") 2>&1 | tr -d '\\r'"));
  for (std::string line; std::getline(lines, line);) read_line(*disk, line);
  return disk;
}

class FsTable : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  static void SetUpTestSuite() { disk_ = build_disk(); }
  static void TearDownTestSuite() { disk_.reset(); }
  void SetUp() override {
    if (engine() == "host" && !is_root()) GTEST_SKIP() << "the host engine needs root";
    if (engine() == "uml" && in_rig()) GTEST_SKIP() << "the uml engine is tested outside the rig";
  }
  void TearDown() override {
    if (!result_.empty()) report("file system " + engine() + " " + name() + ": " + (HasFailure() ? "FAILED" : result_));
  }
  std::string engine() const { return std::get<0>(GetParam()); }
  std::string name() const { return std::get<1>(GetParam()); }

  GuestFS launch(bool readonly) const {
    return open_image(engine(), disk_->path, readonly, "raw");
  }
  /// The kernel of the engine, or a program, should know the type.
  bool should_mount(const BuiltFs& fs) const {
    if (engine() == "uml" || in_rig()) return true;
    const std::string program = fs.type == "ntfs" ? "ntfs-3g" : fs.type == "exfat" ? "mount.exfat-fuse" : "false";
    return !shell("grep -w " + fs.type + " /proc/filesystems || " +
                  (program == "false" ? "true" : "command -v " + program + " || true")).empty();
  }
  void expect_named(GuestFS& g, const BuiltFs& fs) const {
    EXPECT_EQ(g.vfs_type(fs.device), fs.type);
    EXPECT_EQ(g.vfs_uuid(fs.device), fs.uuid);
    EXPECT_EQ(g.vfs_label(fs.device), fs.label);
    const auto listed = g.list_filesystems();
    EXPECT_EQ(std::count(listed.begin(), listed.end(), std::pair(fs.device, fs.type)), 1);
  }
  /// The text of the error where this kernel has no driver.
  std::optional<std::string> mount_error(GuestFS& g, const BuiltFs& fs) const {
    try {
      g.mount_ro(fs.device, "/");
    } catch (const Error& failure) {
      if (failure.code() != ErrorCode::not_supported || should_mount(fs)) throw;
      return failure.what();
    }
    return std::nullopt;
  }
  void write_and_read(const BuiltFs& fs) const {
    {
      GuestFS g = launch(false);
      g.mount(fs.device, "/");
      g.write("/written", "by vmcraft\n");
      g.umount_all();
    }
    GuestFS g = launch(true);
    g.mount_ro(fs.device, "/");
    EXPECT_EQ(g.cat("/written"), "by vmcraft\n");
    EXPECT_EQ(g.checksum("sha256", "/file"), fs.sha256);
  }

  static std::unique_ptr<FsDisk> disk_;
  std::string result_;
};
std::unique_ptr<FsDisk> FsTable::disk_;

TEST_P(FsTable, IsReadBack) {
  if (disk_->not_run.contains(name())) {
    result_ = "not run: " + disk_->not_run.at(name());
    GTEST_SKIP() << result_;
  }
  ASSERT_TRUE(disk_->built.contains(name()));
  const BuiltFs& fs = disk_->built.at(name());
  result_ = "found";
  const std::string before = shell("stat -c %y " + disk_->path);
  GuestFS g = launch(true);
  expect_named(g, fs);
  if (fs.access == "-") return;
  if (const auto error = mount_error(g, fs)) {
    result_ = "found; not mounted: " + *error;
    return;
  }
  EXPECT_EQ(g.checksum("sha256", "/file"), fs.sha256);
  g.shutdown();
  EXPECT_EQ(shell("stat -c %y " + disk_->path), before) << "a read-only drive was written to";
  result_ = "read back";
  if (fs.access != "rw") return;
  write_and_read(fs);
  result_ = "read back and written";
}

INSTANTIATE_TEST_SUITE_P(Engines, FsTable,
                         ::testing::Combine(::testing::Values("host", "uml"), ::testing::ValuesIn(all_names())),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param);
                         });

}  // namespace
}  // namespace vmcraft::test
