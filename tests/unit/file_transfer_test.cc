// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/transfer.h"

#include "file/copy.h"
#include "file/read.h"
#include "file/xattr.h"
#include "unit/file_support.h"

namespace vmcraft::file {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

class FileTransfer : public FileTest {
 protected:
  /// A part of a host file that stands for a device.
  Region device(const std::string& content, std::uint64_t offset, std::uint64_t size) {
    put_host(temp.file("disk"), content);
    base::UniqueFd fd = base::open_file(temp.file("disk"), O_RDWR);
    const int number = fd.get();
    return {"/dev/sda1", number, offset, size, true, std::move(fd)};
  }
  std::string disk() const { return get_host(temp.file("disk")); }
};

TEST_F(FileTransfer, SendsToFilesPipesAndMemory) {
  std::string content;
  for (int i = 0; i < 300'000; ++i) content += std::to_string(i);
  put("/f", content);
  {
    base::FileSink sink(temp.file("out"));
    EXPECT_EQ(send(file_region(*root, "/f"), 0, ~0ULL, sink, progress), content.size());
    sink.finish();
  }
  EXPECT_EQ(get_host(temp.file("out")), content);
  base::MemorySink memory;
  send(file_region(*root, "/f"), 5, 10, memory, progress);
  EXPECT_EQ(memory.take(), content.substr(5, 10));
  send(file_region(*root, "/f"), content.size() - 3, 10, memory, progress);
  EXPECT_EQ(memory.take(), content.substr(content.size() - 3));
  EXPECT_EQ(send(file_region(*root, "/f"), content.size() + 3, 10, memory, progress), 0U);
}

TEST_F(FileTransfer, ADescriptorGoesOnWhereItStands) {
  put("/f", "content");
  const base::UniqueFd out = base::open_file(temp.file("out"), O_RDWR | O_CREAT, 0600);
  base::write_full(out.get(), base::as_bytes("before "));
  {
    base::FileSink sink("/dev/fd/" + std::to_string(out.get()));
    send(file_region(*root, "/f"), 0, ~0ULL, sink, progress);
    sink.finish();
  }
  base::write_full(out.get(), base::as_bytes(" after"));
  EXPECT_EQ(get_host(temp.file("out")), "before content after");
  ::lseek(out.get(), 7, SEEK_SET);
  base::FileSource source("/proc/self/fd/" + std::to_string(out.get()));
  EXPECT_EQ(source.remaining(), 13U);
}

TEST_F(FileTransfer, HolesStayHolesBothWays) {
  put_sparse("/f", 200 * kMiB + 17, 100 * kMiB, "middle");
  base::FileSink sink(temp.file("out"));
  send(file_region(*root, "/f"), 0, ~0ULL, sink, progress);
  sink.finish();
  struct stat st {};
  ASSERT_EQ(::stat(temp.file("out").c_str(), &st), 0);
  EXPECT_EQ(st.st_size, static_cast<off_t>(200 * kMiB + 17));
  EXPECT_LT(st.st_blocks * 512, static_cast<off_t>(kMiB));
  base::FileSource source(temp.file("out"));
  const Region target = target_region(*root, "/g", session, Existing::truncate);
  receive(source, target, 0, true, progress);
  EXPECT_EQ(facts_of("/g").st_size, static_cast<off_t>(200 * kMiB + 17));
  EXPECT_LT(facts_of("/g").st_blocks * 512, static_cast<off_t>(kMiB));
  EXPECT_TRUE(equal(file_region(*root, "/f"), file_region(*root, "/g"), progress));
}

TEST_F(FileTransfer, ReceivesFromStreamsAtAnOffset) {
  put("/f", "0123456789");
  base::MemorySource source("abc");
  receive(source, target_region(*root, "/f", session, Existing::keep), 4, false, progress);
  EXPECT_EQ(get("/f"), "0123abc789");
  base::MemorySource more("xyz");
  receive(more, target_region(*root, "/f", session, Existing::keep), 12, false, progress);
  EXPECT_EQ(get("/f"), std::string("0123abc789\0\0xyz", 15));
  base::MemorySource empty("");
  receive(empty, target_region(*root, "/f", session, Existing::truncate), 0, true, progress);
  EXPECT_EQ(get("/f"), "");
}

TEST_F(FileTransfer, DevicesHaveEdges) {
  const Region region = device("headBODYtail", 4, 4);
  EXPECT_EQ(read_part(region, 100, 0), "BODY");
  EXPECT_EQ(read_part(region, 2, 3), "Y");
  EXPECT_EQ(read_part(region, 2, 4), "");
  EXPECT_EQ(write_part(region, "xyz", 2), 2);
  EXPECT_EQ(disk(), "headBOxytail");
  EXPECT_EQ(error_of([&] { write_part(region, "x", 5); }), EINVAL);
  EXPECT_EQ(error_of([&] { write_part(region, "x", -1); }), EINVAL);
  EXPECT_EQ(error_of([&] { read_part(region, -1, 0); }), EINVAL);
  base::MemorySource source("12345");
  EXPECT_EQ(error_of([&] { receive(source, region, 0, false, progress); }), ENOSPC);
  base::FileSource local(host("/../outside/secret"));
  EXPECT_EQ(error_of([&] { receive(local, region, 0, false, progress); }), ENOSPC);
  EXPECT_TRUE(disk().starts_with("head") && disk().ends_with("tail"));
}

TEST_F(FileTransfer, ZeroesOfDevices) {
  const std::string content = std::string(3 * kMiB, '\0') + "x" + std::string(kMiB, '\0');
  const Region region = device(content, 512, content.size() - 512);
  EXPECT_FALSE(is_zero(region, progress));
  make_zero(region, kMiB, progress);
  EXPECT_FALSE(is_zero(region, progress));
  make_zero(region, ~0ULL, progress);
  EXPECT_TRUE(is_zero(region, progress));
  put_sparse("/f", 100 * kMiB, 0, "");
  EXPECT_TRUE(is_zero(file_region(*root, "/f"), progress));
  put_sparse("/g", 100 * kMiB, 99 * kMiB, "x");
  EXPECT_FALSE(is_zero(file_region(*root, "/g"), progress));
}

TEST_F(FileTransfer, CopiesBetweenRegions) {
  put("/f", "0123456789");
  const Region from = file_region(*root, "/f");
  const auto target = [&] { return target_region(*root, "/g", session, Existing::truncate); };
  copy(from, target(), {.onto_holes = true}, progress);
  EXPECT_EQ(get("/g"), "0123456789");
  copy(from, target(), {.from_position = 2, .to_position = 3, .length = 4}, progress);
  EXPECT_EQ(get("/g"), std::string("\0\0\0" "2345", 7));
  EXPECT_EQ(error_of([&] { copy(from, target(), {.length = 11}, progress); }), EINVAL);
  const Region disk_region = device(std::string(100, '#'), 10, 20);
  copy(from, disk_region, {.to_position = 10}, progress);
  EXPECT_EQ(disk().substr(18, 14), "##0123456789##");
  EXPECT_EQ(error_of([&] { copy(from, disk_region, {.to_position = 11}, progress); }), ENOSPC);
  EXPECT_EQ(error_of([&] {
              target_region(*root, "/f", session, Existing::truncate, &from);
            }),
            EINVAL);
  EXPECT_EQ(get("/f"), "0123456789");
}

TEST_F(FileTransfer, HolesBecomeZeroesOnDevices) {
  put_sparse("/f", 3 * kMiB, kMiB, "data");
  const Region region = device(std::string(4 * kMiB, '#'), 0, 4 * kMiB);
  copy(file_region(*root, "/f"), region, {}, progress);
  EXPECT_EQ(disk().substr(0, 3 * kMiB), get("/f"));
  EXPECT_EQ(disk().substr(3 * kMiB), std::string(kMiB, '#'));
  const Region again = device(std::string(4 * kMiB, '#'), 0, 4 * kMiB);
  copy(file_region(*root, "/f"), again, {.sparse = true}, progress);
  EXPECT_EQ(disk().substr(kMiB, 4), "data");
  EXPECT_EQ(disk().substr(0, kMiB), std::string(kMiB, '#'));
}

TEST_F(FileTransfer, ProgressAndCancelling) {
  put("/f", std::string(30 * kMiB, 'x'));
  std::uint64_t last = 0;
  base::MemorySink sink;
  send(file_region(*root, "/f"), 0, ~0ULL, sink,
       {[&](std::uint64_t position, std::uint64_t total) {
          EXPECT_GT(position, last);
          EXPECT_EQ(total, 30 * kMiB);
          last = position;
        },
        {}});
  EXPECT_EQ(last, 30 * kMiB);
  const Progress cancel{{}, [] { throw Error(ErrorCode::cancelled, EINTR, "cancelled"); }};
  EXPECT_EQ(error_of([&] { send(file_region(*root, "/f"), 0, ~0ULL, sink, cancel); }), EINTR);
}

class FileCopy : public FileTest {
 protected:
  void make_tree() const {
    put("/src/a", "A");
    put("/src/sub/b\n", "B");
    put("/src/sub/\xff", "C");
    link("a", "/src/link");
    link(temp.file("outside/secret"), "/src/out");
    std::filesystem::create_hard_link(host("/src/a"), host("/src/sub/hard"));
    ASSERT_EQ(::mkfifo(host("/src/fifo").c_str(), 0640), 0);
    ASSERT_EQ(::chmod(host("/src/a").c_str(), 0751), 0);
    put_sparse("/src/sparse", 64 * kMiB, 32 * kMiB, "data");
    const timespec times[2] = {{1000, 1}, {2000, 2}};
    for (const char* path : {"/src/a", "/src/sub", "/src"})
      ASSERT_EQ(::utimensat(AT_FDCWD, host(path).c_str(), times, 0), 0);
  }
};

TEST_F(FileCopy, OneFile) {
  put("/f", "content");
  ASSERT_EQ(::chmod(host("/f").c_str(), 0751), 0);
  link("f", "/l");
  std::filesystem::create_directory(host("/d"));
  copy_file(*root, "/l", "/g", session, progress);
  copy_file(*root, "/f", "/d", session, progress);
  EXPECT_EQ(get("/g"), "content");
  EXPECT_EQ(get("/d/f"), "content");
  EXPECT_EQ(facts_of("/g").st_mode & 07777U, 0751U);
  EXPECT_EQ(error_of([&] { copy_file(*root, "/f", "/l", session, progress); }), EINVAL);
  EXPECT_EQ(get("/f"), "content");
  EXPECT_NE(error_of([&] { copy_file(*root, "/d", "/x", session, progress); }), 0);
}

TEST_F(FileCopy, TreeWithAllAttributes) {
  make_tree();
  copy_tree(*root, "/src", "/dst", Keep::all, progress);
  EXPECT_EQ(get("/dst/a"), "A");
  EXPECT_EQ(get("/dst/sub/b\n"), "B");
  EXPECT_EQ(get("/dst/sub/\xff"), "C");
  EXPECT_EQ(std::filesystem::read_symlink(host("/dst/out")), temp.file("outside/secret"));
  EXPECT_EQ(facts_of("/dst/a").st_ino, facts_of("/dst/sub/hard").st_ino);
  EXPECT_TRUE(S_ISFIFO(facts_of("/dst/fifo").st_mode));
  EXPECT_EQ(facts_of("/dst/a").st_mode & 07777U, 0751U);
  EXPECT_EQ(facts_of("/dst/sub").st_mtim.tv_sec, 2000);
  EXPECT_EQ(facts_of("/dst").st_mtim.tv_nsec, 2);
  EXPECT_LT(facts_of("/dst/sparse").st_blocks * 512, static_cast<off_t>(kMiB));
  EXPECT_EQ(facts_of("/dst/sparse").st_size, static_cast<off_t>(64 * kMiB));
  copy_tree(*root, "/src", "/dst", Keep::mode, progress);
  EXPECT_NE(facts_of("/dst/src/sub").st_mtim.tv_sec, 2000);
  EXPECT_NE(facts_of("/dst/src/a").st_ino, facts_of("/dst/src/sub/hard").st_ino);
  copy_tree(*root, "/src", "/dst", Keep::all, progress);
  EXPECT_EQ(facts_of("/dst/src/sub").st_mtim.tv_sec, 2000) << "over what is there";
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(FileCopy, NeverThroughLinksInTheDestination) {
  make_tree();
  std::filesystem::create_directory(host("/dst"));
  std::filesystem::create_directory(host("/dst/src"));
  std::filesystem::create_directory(host("/other"));
  put("/other/a", "old");
  link("/other", "/dst/src/sub");
  EXPECT_NE(error_of([&] { copy_tree(*root, "/src", "/dst", Keep::all, progress); }), 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(host("/other")), {}), 1);
  EXPECT_EQ(get("/other/a"), "old");
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(FileCopy, NotIntoItself) {
  make_tree();
  EXPECT_EQ(error_of([&] { copy_tree(*root, "/src", "/src/sub", Keep::all, progress); }), EINVAL);
  EXPECT_EQ(error_of([&] { copy_tree(*root, "/src", "/", Keep::all, progress); }), EINVAL);
  EXPECT_EQ(error_of([&] { copy_tree(*root, "/src/a", "/src", Keep::all, progress); }), EINVAL);
  EXPECT_EQ(get("/src/a"), "A");
}

TEST_F(FileCopy, OneLinkOrFile) {
  make_tree();
  copy_tree(*root, "/src/link", "/l", Keep::all, progress);
  EXPECT_EQ(std::filesystem::read_symlink(host("/l")), "a");
  copy_tree(*root, "/src/a", "/a", Keep::all, progress);
  EXPECT_EQ(facts_of("/a").st_mtim.tv_sec, 2000);
}

TEST_F(FileCopy, Moving) {
  make_tree();
  move(*root, "/src/a", "/b", progress);
  EXPECT_EQ(get("/b"), "A");
  std::filesystem::create_directory(host("/d"));
  move(*root, "/src", "/d", progress);
  EXPECT_EQ(get("/d/src/sub/hard"), "A");
  EXPECT_FALSE(std::filesystem::exists(host("/src")));
  EXPECT_EQ(error_of([&] { move(*root, "/none", "/x", progress); }), ENOENT);
  EXPECT_EQ(error_of([&] { move(*root, "/b", "/new/", progress); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { rename(*root, "/b", "/new/"); }), ENOTDIR);
  rename(*root, "/b", "/c");
  EXPECT_EQ(get("/c"), "A");
  EXPECT_EQ(error_of([&] { rename(*root, "/c", "/d"); }), EISDIR);
  link(temp.file("outside"), "/out");
  EXPECT_EQ(error_of([&] { move(*root, "/out/secret", "/x", progress); }), ENOENT);
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(FileCopy, DeepTrees) {
  std::filesystem::create_directory(host("/src"));
  base::UniqueFd at = base::open_file(host("/src"), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "d", 0755), 0);
    at.reset(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  copy_tree(*root, "/src", "/dst", Keep::all, progress);
  std::string bottom = "/dst";
  for (int i = 0; i < 300; ++i) bottom += "/d";
  EXPECT_TRUE(std::filesystem::is_directory(host(bottom)));
}

}  // namespace
}  // namespace vmcraft::file
