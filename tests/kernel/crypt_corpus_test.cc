// SPDX-License-Identifier: LGPL-3.0-or-later
// Encrypted volumes that others made, opened in the isolated engine. VMCRAFT_CORPUS names the folder.
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/image.h"

namespace vmcraft::test {
namespace {

class CryptCorpus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("VMCRAFT_CORPUS") == nullptr) GTEST_SKIP() << "VMCRAFT_CORPUS is not set";
    folder = std::getenv("VMCRAFT_CORPUS");
  }
  static GuestFS open(const std::string& image) {
    GuestFS g;
    g.set_backend("uml");
    g.set_backend_setting("timeout", "60");
    AddDriveOptions options;
    options.readonly = true;
    options.format = "raw";
    g.add_drive(image, options);
    g.launch();
    return g;
  }
  std::string folder;
  base::TempDir temp{base::temp_root(), "vmcraft-test-"};
};

TEST_F(CryptCorpus, Luks1OfEveryCipher) {
  shell("cd " + temp.path() + " && tar xJf " + folder + "/luks/luks1-images.tar.xz");
  const std::string key = read_host(temp.file("luks1-images/keyfile1"));
  int opened = 0;
  for (const auto& entry : std::filesystem::directory_iterator(temp.file("luks1-images"))) {
    if (entry.path().extension() != ".img") continue;
    GuestFS g = open(entry.path().string());
    try {
      g.cryptsetup_open("/dev/sda", key, "plain");
    } catch (const Error& failure) {  // a cipher or hash that this kernel or library has not
      ASSERT_NE(failure.code(), ErrorCode::engine) << entry.path();
      ASSERT_NE(failure.errno_value(), EPERM) << entry.path();
      std::printf("%s: %s\n", entry.path().c_str(), failure.what());
      continue;
    }
    EXPECT_EQ(g.vfs_uuid("/dev/mapper/plain"), "DEAD-BABE") << entry.path();
    ++opened;
  }
  EXPECT_GE(opened, 8);
}

TEST_F(CryptCorpus, BitLocker) {
  shell("cd " + temp.path() + " && tar xzf " + folder + "/bitlocker/bitlk-images.tar.gz");
  GuestFS g = open(temp.file("bitlk-aes-xts-128.img"));
  EXPECT_EQ(g.volume_graph()[0].vol_content, "BitLocker");
  EXPECT_NE(g.volume_graph()[0].vol_trouble.find("recovery passphrase"), std::string::npos);
  EXPECT_THROW(g.cryptsetup_open("/dev/sda", "wrong", "plain"), Error);
  g.cryptsetup_open("/dev/sda", "anaconda", "plain");
  EXPECT_EQ(g.vfs_type("/dev/mapper/plain"), "ntfs");
}

// Those of the corpus are the first part of a volume only: that is read, and the rest is named.
TEST_F(CryptCorpus, BitLockerThatWasCutOff) {
  const std::string sources = folder + "/bitlocker-luks-dissect/bde/";
  const std::string recovery = "284867-596541-514998-422114-660297-261613-215424-199408";
  for (const auto& [name, key] : {std::pair<std::string, std::string>("aes_128", "password12!@"),
                                  {"aes-xts_128", "password12!@"}, {"recovery_password", recovery}}) {
    const std::string image = temp.file(name);
    shell("gzip -dc " + sources + name + ".bin.gz > " + image);
    GuestFS g = open(image);
    EXPECT_THROW(g.cryptsetup_open("/dev/sda", "wrong", "plain"), Error);
    g.cryptsetup_open("/dev/sda", key, "plain");
    EXPECT_EQ(g.pread_device("/dev/mapper/plain", 8, 3), "NTFS    ") << name;
    EXPECT_EQ(g.pread_device("/dev/mapper/plain", 8, 0x2000), std::string("FILE0\0\3\0", 8)) << name;
    EXPECT_EQ(g.blockdev_getsize64("/dev/mapper/plain"), 65994752);
    EXPECT_NE(g.volume_graph()[1].vol_trouble.find("cut off"), std::string::npos);
    EXPECT_THROW(g.pwrite_device("/dev/mapper/plain", "x", 0), Error);
    g.cryptsetup_close("/dev/mapper/plain");
  }
}

// Their first four sectors are filled with their own numbers.
TEST_F(CryptCorpus, LuksOfOtherMakers) {
  for (const char* name : {"luks1/aes-ecb", "luks1/sha1", "luks2/aes-cbc-plain", "luks2/aes-ecb"}) {
    const std::string image = temp.file("luks");
    shell("gzip -dc " + folder + "/bitlocker-luks-dissect/" + name + ".bin.gz > " + image);
    GuestFS g = open(image);
    g.cryptsetup_open("/dev/sda", "password", "plain");
    for (int sector = 0; sector < 4; ++sector)
      EXPECT_EQ(g.pread_device("/dev/mapper/plain", 512, sector * 512), std::string(512, static_cast<char>(sector))) << name;
  }
}

TEST_F(CryptCorpus, DamagedHeadersAreRefused) {
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/luks")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("evil_hdr")) continue;
    const std::string image = temp.file("evil");
    shell("xz -dc " + folder + "/luks/compatimage.img.xz > " + image + "; xz -dc " + entry.path().string() +
          " | dd of=" + image + " conv=notrunc status=none");
    if (name.find("small_luks") != std::string::npos) shell("truncate -s 512 " + image);
    GuestFS g = open(image);
    try {
      g.cryptsetup_open("/dev/sda", "compatkey", "plain");
      ADD_FAILURE() << name << " was opened";
    } catch (const Error& failure) {
      EXPECT_NE(failure.code(), ErrorCode::engine) << name;
    }
  }
}

}  // namespace
}  // namespace vmcraft::test
