// SPDX-License-Identifier: LGPL-3.0-or-later
// What GNU's tar and cpio write we read, and what we write they read.
#include "base/process.h"
#include "file/archive.h"
#include "unit/file_support.h"

namespace vmcraft::file {
namespace {

constexpr off_t kMiB = off_t{1} << 20U;

class FileGnuTar : public FileTest {
 protected:
  void SetUp() override {
    if (!base::find_program("tar") || !base::find_program("cpio"))
      GTEST_SKIP() << "needs the programs tar and cpio";
    put("/s/a", "A");
    put("/s/bad\xff\xfe", "B");
    put("/s/" + std::string(130, 'x') + "/" + std::string(140, 'y'), "long");
    link(std::string(180, 'z'), "/s/link");
    std::filesystem::create_hard_link(host("/s/a"), host("/s/hard"));
    put_sparse("/s/sparse", 40 * kMiB + 3, 20 * kMiB, "data");
    // More pieces than fit the header of the old format.
    put_sparse("/s/pieces", 8 * kMiB, 0, "0");
    const base::UniqueFd file = base::open_file(host("/s/pieces"), O_WRONLY);
    for (off_t i = 1; i < 60; ++i)
      base::pwrite_full(file.get(), base::as_bytes("piece"), static_cast<std::uint64_t>(i) << 17U);
  }
  static std::string run(const std::string& script) {
    return base::run_or_throw(base::system_runner(),
                              {.argv = {"sh", "-ec", script}, .input = {}, .environment = {}});
  }
  void expect_copy(const std::string& path, bool with_holes = true) const {
    EXPECT_EQ(get(path + "/a"), "A");
    EXPECT_EQ(get(path + "/bad\xff\xfe"), "B");
    EXPECT_EQ(get(path + "/" + std::string(130, 'x') + "/" + std::string(140, 'y')), "long");
    EXPECT_EQ(std::filesystem::read_symlink(host(path + "/link")), std::string(180, 'z'));
    EXPECT_EQ(facts_of(path + "/a").st_ino, facts_of(path + "/hard").st_ino);
    EXPECT_TRUE(get(path + "/sparse") == get("/s/sparse"));
    EXPECT_TRUE(get(path + "/pieces") == get("/s/pieces"));
    if (with_holes) {
      EXPECT_LT(facts_of(path + "/sparse").st_blocks * 512, kMiB);
    }
  }
};

TEST_F(FileGnuTar, ReadsItsFormats) {
  for (const char* options : {"--format=gnu", "--format=gnu -S", "--format=oldgnu -S",
                              "--format=posix", "--format=posix -S --sparse-version=0.0",
                              "--format=posix -S --sparse-version=0.1",
                              "--format=posix -S --sparse-version=1.0"}) {
    const std::string archive = run("tar " + std::string(options) + " -C " + host("/s") + " -c .");
    std::filesystem::remove_all(host("/t"));
    std::filesystem::create_directory(host("/t"));
    base::MemorySource source(archive);
    SCOPED_TRACE(options);
    unpack(*root, "/t", source, {}, progress);
    expect_copy("/t", std::string(options).find("-S") != std::string::npos);
  }
}

TEST_F(FileGnuTar, ReadsOurs) {
  {
    base::FileSink sink(temp.file("ours.tar"));
    pack(*root, "/s", sink, {}, progress);
    sink.finish();
  }
  std::filesystem::create_directory(host("/t"));
  EXPECT_EQ(run("tar -C " + host("/t") + " -xf " + temp.file("ours.tar") + " 2>&1"), "");
  expect_copy("/t");
}

TEST_F(FileGnuTar, CpioReadsOurs) {
  for (const char* format : {"newc", "crc"}) {
    base::FileSink sink(temp.file("ours.cpio"));
    pack_cpio(*root, "/s", sink, format, progress);
    sink.finish();
    std::filesystem::remove_all(host("/t"));
    std::filesystem::create_directory(host("/t"));
    run("cd " + host("/t") + " && cpio -idum --quiet < " + temp.file("ours.cpio"));
    expect_copy("/t", false);
  }
}

}  // namespace
}  // namespace vmcraft::file
