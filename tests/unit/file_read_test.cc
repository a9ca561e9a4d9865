// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/read.h"

#include "file/compress.h"
#include "file/digest.h"
#include "file/magic.h"
#include "file/search.h"
#include "unit/file_support.h"

namespace vmcraft::file {
namespace {

using Lines = std::vector<std::string>;

class FileRead : public FileTest {
 protected:
  Region region(const std::string& content) {
    put("/f", content);
    return file_region(*root, "/f");
  }
};

TEST_F(FileRead, WholeContentWithNulBytes) {
  const std::string content("a\0b\n", 4);
  EXPECT_EQ(read_all(region(content)), content);
  EXPECT_EQ(read_all(region("")), "");
  EXPECT_EQ(read_all(region(std::string(3'000'000, 'x'))).size(), 3'000'000U);
}

TEST_F(FileRead, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo(host("/fifo").c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { file_region(*root, "/fifo"); }), EINVAL);
  EXPECT_EQ(error_of([&] { file_region(*root, "/"); }), EISDIR);
  EXPECT_EQ(error_of([&] { file_region(*root, "/none"); }), ENOENT);
}

TEST_F(FileRead, LinksLeadOnlyInside) {
  link(temp.file("outside/secret"), "/absolute");
  link("../outside/secret", "/relative");
  link("../../../../../../../../etc/hostname", "/up");
  link("/f", "/inside");
  put("/f", "mine");
  EXPECT_EQ(error_of([&] { file_region(*root, "/absolute"); }), ENOENT);
  EXPECT_EQ(error_of([&] { file_region(*root, "/relative"); }), ENOENT);
  EXPECT_EQ(error_of([&] { file_region(*root, "/up"); }), ENOENT);
  EXPECT_EQ(read_all(file_region(*root, "/inside")), "mine");
}

TEST_F(FileRead, LinesLoseBothKindsOfEnding) {
  EXPECT_EQ(read_lines(region("")), Lines{});
  EXPECT_EQ(read_lines(region("\n")), Lines{""});
  EXPECT_EQ(read_lines(region("\r\n")), Lines{""});
  EXPECT_EQ(read_lines(region("a\r\nb\nc")), (Lines{"a", "b", "c"}));
  EXPECT_EQ(read_lines(region("\n\na\n")), (Lines{"", "", "a"}));
}

TEST_F(FileRead, HeadAndTail) {
  const Region r = region("1\n2\n3\n4\n5");
  EXPECT_EQ(head(r, 2), (Lines{"1", "2"}));
  EXPECT_EQ(head(r, 0), Lines{});
  EXPECT_EQ(head(r, 99).size(), 5U);
  EXPECT_EQ(head(r, -3), (Lines{"1", "2"}));
  EXPECT_EQ(head(r, -99), Lines{});
  EXPECT_EQ(tail(r, 2), (Lines{"4", "5"}));
  EXPECT_EQ(tail(r, 0), Lines{});
  EXPECT_EQ(tail(r, 99).size(), 5U);
  EXPECT_EQ(tail(r, -4), (Lines{"4", "5"}));
  EXPECT_EQ(tail(region("a\nb\n"), 1), Lines{"b"});
  EXPECT_EQ(tail(region("a\n\n"), 1), Lines{""});
}

TEST_F(FileRead, TailReadsAcrossBlocks) {
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += "line " + std::to_string(i) + "\n";
  const Region r = region(content);
  const Lines last = tail(r, 150'000);
  ASSERT_EQ(last.size(), 150'000U);
  EXPECT_EQ(last.front(), "line 50000");
  EXPECT_EQ(last.back(), "line 199999");
  EXPECT_EQ(head(r, 150'000).back(), "line 149999");
}

TEST_F(FileRead, Counts) {
  const Counts counts = count_text(region("two words\n\tthree more words \nend"), {});
  EXPECT_EQ(counts.lines, 2U);
  EXPECT_EQ(counts.words, 6U);
  EXPECT_EQ(as_int(7, "f"), 7);
  EXPECT_EQ(error_of([] { as_int(std::uint64_t{1} << 31U, "f"); }), EOVERFLOW);
}

TEST_F(FileRead, Equal) {
  put("/a", std::string(700'000, 'x') + "1");
  put("/b", std::string(700'000, 'x') + "2");
  put("/c", std::string(700'000, 'x') + "1");
  EXPECT_TRUE(equal(file_region(*root, "/a"), file_region(*root, "/c"), {}));
  EXPECT_FALSE(equal(file_region(*root, "/a"), file_region(*root, "/b"), {}));
}

TEST_F(FileRead, HexdumpIsCanonical) {
  EXPECT_EQ(hexdump(region("")), "");
  EXPECT_EQ(hexdump(region("hello\nworld\n<>")),
            "00000000  68 65 6c 6c 6f 0a 77 6f  72 6c 64 0a 3c 3e        |hello.world.<>|\n"
            "0000000e\n");
  EXPECT_EQ(hexdump(region(std::string(48, '\0') + "x")),
            "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
            "*\n"
            "00000030  78                                                |x|\n"
            "00000031\n");
}

TEST_F(FileRead, Strings) {
  EXPECT_EQ(printable_strings(region("ab\x01hello\tx\x02" "abcd\nefg"), "s"),
            (Lines{"hello\tx", "abcd"}));
  const std::string wide("\0h\0e\0l\0l\0o\0\n", 12);
  EXPECT_EQ(printable_strings(region(wide), "b"), Lines{"hello"});
  EXPECT_EQ(printable_strings(region(wide.substr(1)), "l"), Lines{"hello"});
  EXPECT_EQ(printable_strings(region("caf\xe9s\n"), "S"), Lines{"caf\xe9s"});
  EXPECT_EQ(error_of([&] { printable_strings(region("x"), "q"); }), EINVAL);
}

TEST_F(FileRead, Checksums) {
  const Region r = region("abc");
  EXPECT_EQ(checksum(r, "crc", {}), "1219131554");
  EXPECT_EQ(checksum(r, "md5", {}), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(checksum(r, "sha1", {}), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(checksum(r, "sha224", {}), "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
  EXPECT_EQ(checksum(r, "sha256", {}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(checksum(r, "sha384", {}).size(), 96U);
  EXPECT_EQ(checksum(r, "sha512", {}).size(), 128U);
  EXPECT_EQ(checksum(region(""), "crc", {}), "4294967295");
  EXPECT_EQ(checksum(region("123456789abcdefghi"), "crc", {}), "404568456");
  EXPECT_EQ(error_of([&] { checksum(r, "gost", {}); }), ENOTSUP);
  EXPECT_EQ(error_of([&] { checksum(r, "sum", {}); }), EINVAL);
}

TEST_F(FileRead, ChecksumsOfATree) {
  put("/d/b", "abc");
  put("/d/a\nx", "abc");
  put("/d/sub/c", "abc");
  link("/d/b", "/d/link");
  base::MemorySink out;
  checksums_out(*root, "/d", "md5", out, progress);
  const std::string sum = "900150983cd24fb0d6963f7d28e17f72";
  EXPECT_EQ(out.take(), "\\" + sum + "  ./a\\nx\n" + sum + "  ./b\n" + sum + "  ./sub/c\n");
  checksums_out(*root, "/d/sub", "crc", out, progress);
  EXPECT_EQ(out.take(), "1219131554 3 ./c\n");
}

TEST_F(FileRead, Search) {
  const Region r = region("Hello\nworld\nhel+o\nlast");
  EXPECT_EQ(search(r, "hel*o", {}, {}), Lines{});
  EXPECT_EQ(search(r, "hel*o", {.insensitive = true}, {}), Lines{"Hello"});
  EXPECT_EQ(search(r, "l+", {.extended = true}, {}), (Lines{"Hello", "world", "hel+o", "last"}));
  EXPECT_EQ(search(r, "l+", {.fixed = true}, {}), Lines{"hel+o"});
  EXPECT_EQ(search(r, "L+", {.fixed = true, .insensitive = true}, {}), Lines{"hel+o"});
  EXPECT_EQ(search(r, "^w\n^l", {}, {}), (Lines{"world", "last"}));
  EXPECT_EQ(error_of([&] { search(r, "x", {.extended = true, .fixed = true}, {}); }), EINVAL);
  EXPECT_EQ(error_of([&] { search(r, "[", {}, {}); }), EINVAL);
  EXPECT_EQ(search(region(std::string("a\0b\nc\xff\xfe\n", 8)), "b$", {}, {}).size(), 1U);
  EXPECT_EQ(search(region(std::string("a\0b\nc\xff\xfe\n", 8)), "c..$", {}, {}).size(), 1U);
}

TEST_F(FileRead, CompressedContent) {
  const std::string text = "one\ntwo\n" + std::string(2'000'000, 'z') + "\nthree\n";
  for (const char* method : {"gzip", "bzip2", "xz", "zstd", "compress", "lzma"}) {
    base::MemorySink packed;
    compress_out(region(text), packed, method, std::nullopt, {});
    const std::string data = packed.take();
    EXPECT_LT(data.size(), 60'000U) << method;
    const Region r = region(data);
    EXPECT_EQ(search(r, "^t", {.compressed = true}, {}), (Lines{"two", "three"})) << method;
    EXPECT_EQ(describe_compressed(r, method).substr(0, 5), "ASCII") << method;
  }
  EXPECT_EQ(search(region("plain\n"), "pl", {.compressed = true}, {}), Lines{"plain"});
  base::MemorySink sink;
  EXPECT_EQ(error_of([&] { compress_out(region("x"), sink, "lzop", {}, {}); }), ENOTSUP);
  EXPECT_EQ(error_of([&] { compress_out(region("x"), sink, "none", {}, {}); }), EINVAL);
  EXPECT_EQ(error_of([&] { compress_out(region("x"), sink, "gzip", 10, {}); }), EINVAL);
}

TEST_F(FileRead, BrokenCompressionIsAnError) {
  base::MemorySink packed;
  compress_out(region(std::string(100'000, 'a') + "b"), packed, "gzip", 9, {});
  const std::string data = packed.take();
  EXPECT_NE(error_of([&] {
              search(region(data.substr(0, data.size() / 2)), "b", {.compressed = true}, {});
            }),
            0);
}

TEST_F(FileRead, KindOfData) {
  put("/text", "hello\n");
  put("/empty", "");
  link("/text", "/link");
  ASSERT_EQ(::mkfifo(host("/fifo").c_str(), 0600), 0);
  EXPECT_EQ(describe(*root, "/text"), "ASCII text");
  EXPECT_EQ(describe(*root, "/empty"), "empty");
  EXPECT_EQ(describe(*root, "/link"), "symbolic link");
  EXPECT_EQ(describe(*root, "/fifo"), "FIFO");
  EXPECT_EQ(describe(*root, "/"), "directory");
  EXPECT_EQ(error_of([&] { describe(*root, "/none"); }), ENOENT);
  EXPECT_EQ(describe(file_region(*root, "/text")), "ASCII text");
}

TEST_F(FileRead, Base64) {
  for (const std::size_t size : {0U, 1U, 2U, 3U, 56U, 57U, 58U, 1'000'000U}) {
    std::string data;
    for (std::size_t i = 0; i < size; ++i) data += static_cast<char>(i * 7 + i / 251);
    base::MemorySink encoded;
    base64_out(region(data), encoded, {});
    const std::string text = encoded.take();
    base::MemorySource source(text);
    put("/decoded", "");
    const base::UniqueFd target = root->open_regular("/decoded", O_WRONLY);
    base64_in(source, {.name = "/decoded", .fd = target.get()}, {});
    EXPECT_EQ(get("/decoded"), data);
  }
  const auto decode = [&](const char* text) {
    base::MemorySource source(text);
    put("/decoded", "");
    const base::UniqueFd target = root->open_regular("/decoded", O_WRONLY);
    return error_of([&] { base64_in(source, {.name = "/d", .fd = target.get()}, {}); });
  };
  EXPECT_EQ(decode("aGk=\r\n"), 0);
  EXPECT_EQ(decode("aGk"), EINVAL);
  EXPECT_EQ(decode("a=Gk"), EINVAL);
  EXPECT_EQ(decode("aGk=aGk="), EINVAL);
  EXPECT_EQ(decode("!!!!"), EINVAL);
}

}  // namespace
}  // namespace vmcraft::file
