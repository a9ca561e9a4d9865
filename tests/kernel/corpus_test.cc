// SPDX-License-Identifier: LGPL-3.0-or-later
// Third-party images, many of them damaged on purpose: in the isolated engine none crashes us, none
// hangs, none changes. VMCRAFT_CORPUS names the folder.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/text.h"
#include "support/image.h"

namespace vmcraft::test {
namespace {

const char* corpus() { return std::getenv("VMCRAFT_CORPUS"); }

// The plain image of a compressed file; empty for what is no image.
std::string unpacked(const std::string& path, const base::TempDir& temp) {
  const std::string name = temp.file("image");
  std::filesystem::remove(name);
  if (path.ends_with(".tar.xz")) {
    shell("cd " + temp.path() + " && tar xJf '" + path + "' && mv *.img image");
  } else if (path.ends_with(".xz")) {
    shell("xz -dc '" + path + "' > " + name);
  } else if (path.ends_with(".gz")) {
    shell("gzip -dc '" + path + "' > " + name + " || true");
  } else if (path.ends_with(".bz2")) {
    shell("bzip2 -dc '" + path + "' > " + name);
  } else {
    std::filesystem::copy_file(path, name);
  }
  return name;
}

struct Outcome {
  int mounted = 0;
  std::string type;
};

// Everything may be refused; only the engine's own death is worth a word.
Outcome walk(const std::string& image) {
  Outcome outcome;
  GuestFS g;
  g.set_backend("uml");
  g.set_backend_setting("timeout", "60");
  g.add_drive_ro(image);
  g.launch();
  g.list_partitions();
  for (const auto& [mountable, type] : g.list_filesystems()) {
    if (outcome.type.empty()) outcome.type = type;
    if (type == "unknown" || type == "swap") continue;
    try {
      g.mount_ro(mountable, "/");
      ++outcome.mounted;
      g.find("/");
      g.umount_all();
    } catch (const Error& failure) {
      if (failure.code() == ErrorCode::engine) throw;
      try {
        g.umount_all();
      } catch (const Error& second) {
        if (second.code() == ErrorCode::engine) throw;
      }
    }
  }
  return outcome;
}

void visit(const std::string& folder, const std::function<bool(const std::string&)>& is_image) {
  int images = 0;
  int mounted = 0;
  const base::TempDir temp(base::temp_root(), "vmcraft-test-");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(corpus()) + "/" + folder)) {
    const std::string path = entry.path().string();
    if (!entry.is_regular_file() || !is_image(path)) continue;
    const std::string image = unpacked(path, temp);
    if (std::filesystem::file_size(image) == 0) continue;
    const std::string before = sha256_of(image);
    ++images;
    try {
      mounted += walk(image).mounted;
    } catch (const Error& failure) {
      // A header that is refused is an answer; the engine's death by a hostile image is reported, and
      // is no crash of ours as long as it is an error.
      if (failure.code() == ErrorCode::engine) std::printf("%s: %s\n", path.c_str(), failure.what());
    }
    EXPECT_EQ(sha256_of(image), before) << path << " was changed";
  }
  std::printf("%s: %d images, %d file systems mounted\n", folder.c_str(), images, mounted);
  EXPECT_GT(images, 0);
}

class Corpus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (corpus() == nullptr) GTEST_SKIP() << "VMCRAFT_CORPUS is not set";
  }
};

TEST_F(Corpus, DamagedExt) {
  visit("ext-fsck", [](const std::string& path) { return path.ends_with("image.gz"); });
}
TEST_F(Corpus, DamagedBtrfs) {
  visit("btrfs-fuzz", [](const std::string& path) { return path.ends_with(".xz"); });
}
TEST_F(Corpus, DamagedExfat) {
  visit("exfat-fsck", [](const std::string& path) { return path.ends_with(".img.tar.xz"); });
}
TEST_F(Corpus, Formats) {
  visit("diskfmt", [](const std::string& path) { return !path.ends_with(".txt") && !path.ends_with(".md"); });
}

// What libblkid's own expectation files say, for each image beside them.
TEST_F(Corpus, ProbeResultsEqualTheFacts) {
  const base::TempDir temp(base::temp_root(), "vmcraft-test-");
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(corpus()) + "/blkid-fs")) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".img.xz")) continue;
    const std::string name = entry.path().stem().stem().string();
    const std::string facts = entry.path().parent_path().string() + "/expected/low-probe-" + name;
    if (!std::filesystem::exists(facts)) continue;
    std::string type;
    std::string uuid;
    for (const std::string& line : base::split_lines(read_host(facts))) {
      if (line.starts_with("ID_FS_TYPE=")) type = line.substr(11);
      if (line.starts_with("ID_FS_UUID=")) uuid = line.substr(11);
    }
    const std::string image = unpacked(path, temp);
    GuestFS g;
    g.set_backend("uml");
    g.add_drive_ro(image);
    g.launch();
    EXPECT_EQ(g.vfs_type("/dev/sda"), type) << name;
    EXPECT_EQ(g.vfs_uuid("/dev/sda"), uuid) << name;
    ++compared;
  }
  std::printf("%d probe results compared\n", compared);
  EXPECT_GT(compared, 40);
}

}  // namespace
}  // namespace vmcraft::test
