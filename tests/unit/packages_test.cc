// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/packages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.h"
#include "base/temp.h"
#include "support/rpm_database.h"
#include "support/image.h"
#include "vmcraft/error.h"

namespace vmcraft::inspect {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Packages, Versions) {
  const auto split = [](const char* text) {
    Application2 a;
    set_version(a, text);
    return std::to_string(a.app2_epoch) + "|" + a.app2_version + "|" + a.app2_release;
  };
  EXPECT_EQ(split("1:2.0-3"), "1|2.0|3");
  EXPECT_EQ(split("2.0-rc1-3.el9"), "0|2.0-rc1|3.el9");
  EXPECT_EQ(split("2.0"), "0|2.0|");
  EXPECT_EQ(split(""), "0||");
  EXPECT_EQ(split("x:y-"), "0|y|");
}

TEST(Packages, Dpkg) {
  const auto all = parse_dpkg_status(
      "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nSource: bash-source (5.2)\n"
      "Version: 1:5.2-2\nHomepage: http://b/\nDescription: a shell\n It reads\n .\n commands.\n"
      "Conffiles:\n /etc/x 123\n\n"
      "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
      "Package: half\nStatus: install ok half-installed\nVersion: 1\n\n"
      "Package: bare\nVersion: 2");
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].app2_name, "bash");
  EXPECT_EQ(all[0].app2_epoch, 1);
  EXPECT_EQ(all[0].app2_version, "5.2");
  EXPECT_EQ(all[0].app2_release, "2");
  EXPECT_EQ(all[0].app2_arch, "amd64");
  EXPECT_EQ(all[0].app2_source_package, "bash-source");
  EXPECT_EQ(all[0].app2_url, "http://b/");
  EXPECT_EQ(all[0].app2_summary, "a shell");
  EXPECT_EQ(all[0].app2_description, "It reads\n\ncommands.");
  EXPECT_EQ(all[1].app2_name, "bare");
  EXPECT_THAT(parse_dpkg_status("\n\n:\n x\nno colon\n"), IsEmpty());
}

TEST(Packages, ApkAndPacman) {
  const auto apk = parse_apk_installed("C:Q1\nP:musl\nV:1.2.3-r4\nA:x86_64\nT:libc\no:musl-src\n\nF:lib\n\nP:b\nV:1\n");
  ASSERT_THAT(apk, SizeIs(2));
  EXPECT_EQ(apk[0].app2_release, "r4");
  EXPECT_EQ(apk[0].app2_source_package, "musl-src");
  const auto pacman = parse_pacman_desc("%NAME%\ngmp\n\n%VERSION%\n1:6.2.1-2\n\n%DESC%\nnumbers\nmore\n");
  ASSERT_TRUE(pacman);
  EXPECT_EQ(pacman->app2_epoch, 1);
  EXPECT_EQ(pacman->app2_version, "6.2.1");
  EXPECT_EQ(pacman->app2_summary, "numbers");
  EXPECT_FALSE(parse_pacman_desc("%NAME%\n\n%VERSION%\n1\n"));
}

TEST(Packages, RpmHeader) {
  const auto package = parse_rpm_header(test::rpm_header("foo", 7));
  ASSERT_TRUE(package);
  EXPECT_EQ(package->app2_name, "foo");
  EXPECT_EQ(package->app2_epoch, 7);
  EXPECT_EQ(package->app2_version, "1.0");
  EXPECT_EQ(package->app2_release, "1");
  EXPECT_EQ(package->app2_arch, "noarch");
  EXPECT_FALSE(parse_rpm_header(""));
  EXPECT_FALSE(parse_rpm_header(std::string(8, '\xff')));
}

std::vector<std::string> names(void (*read)(std::string_view, const std::string&, const HeaderVisit&),
                               std::string_view file) {
  std::vector<std::string> found;
  read(file, "db", [&](std::string_view header) {
    if (const auto package = parse_rpm_header(header)) found.push_back(package->app2_name);
  });
  return found;
}

std::string reason(void (*read)(std::string_view, const std::string&, const HeaderVisit&),
                   std::string_view file) {
  try {
    names(read, file);
    return "(none)";
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), ErrorCode::corrupt);
    return failure.what();
  }
}

TEST(Packages, BerkeleyDb) {
  const std::string large = test::rpm_header("large", 0, std::string(3000, 'x'));
  const std::string file = test::bdb_file({test::rpm_header("foo", 1), large});
  EXPECT_THAT(names(for_each_bdb_header, file), ::testing::ElementsAre("foo", "large"));
  EXPECT_THAT(reason(for_each_bdb_header, file.substr(0, 600)), HasSubstr("(none)"));
  EXPECT_THAT(reason(for_each_bdb_header, "x"), HasSubstr("db: too small"));
  EXPECT_THAT(reason(for_each_bdb_header, std::string(1024, 'x')), HasSubstr("not a Berkeley DB"));
  EXPECT_THAT(reason(for_each_bdb_header, file.substr(0, file.size() - 512)), HasSubstr("not there"));
  // A chain that leads back to itself ends by the size of the file.
  std::string loop = file;
  const std::size_t last = loop.size() - 512;
  loop[last + 16] = static_cast<char>(last / 512);
  const std::size_t item = loop.find(std::string("\x03\0\0\0", 4), 512);
  loop.replace(item + 8, 4, "\xff\xff\xff\x7f");
  EXPECT_THAT(reason(for_each_bdb_header, loop), HasSubstr("bad size of a value"));
}

TEST(Packages, Ndb) {
  const std::string file = test::ndb_file({test::rpm_header("foo", 1), test::rpm_header("bar", 2)});
  EXPECT_THAT(names(for_each_ndb_header, file), ::testing::ElementsAre("foo", "bar"));
  EXPECT_THAT(reason(for_each_ndb_header, "x"), HasSubstr("db: too small"));
  EXPECT_THAT(reason(for_each_ndb_header, std::string(4096, 'x')), HasSubstr("not an NDB"));
  EXPECT_THAT(reason(for_each_ndb_header, file.substr(0, 4100)), HasSubstr("behind the end"));
}

TEST(Packages, Sqlite) {
  if (!base::find_program("sqlite3")) GTEST_SKIP() << "the program sqlite3 is not installed";
  const base::TempDir temp;
  const std::string path = temp.file("db");
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const unsigned char c : bytes) {
      constexpr const char* kDigits = "0123456789abcdef";
      text += {kDigits[c >> 4U], kDigits[c & 15U]};
    }
    return text;
  };
  // What is only in the write-ahead log counts: a guest that was not shut down has it there.
  const std::string script =
      "PRAGMA journal_mode=WAL; CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL);"
      "INSERT INTO Packages VALUES(1, x'" + hex(test::rpm_header("foo", 0)) + "');\n"
      "PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO Packages VALUES(2, x'" +
      hex(test::rpm_header("bar", 0)) + "');\n.shell cp " + path + " " + path + ".copy; cp " + path +
      "-wal " + path + ".log\n";
  test::write_host(temp.file("script"), script);
  test::shell("sqlite3 " + path + " < " + temp.file("script"));
  std::vector<std::string> found;
  const auto read = [&](std::string_view file, std::string_view log) {
    found.clear();
    for_each_sqlite_header(file, log, "db", [&](std::string_view header) {
      if (const auto package = parse_rpm_header(header)) found.push_back(package->app2_name);
    });
  };
  const std::string copy = test::read_host(path + ".copy");
  read(copy, test::read_host(path + ".log"));
  EXPECT_THAT(found, ::testing::ElementsAre("foo", "bar"));
  read(copy, "");
  EXPECT_THAT(found, ::testing::ElementsAre("foo"));
  EXPECT_THROW(read("not a database", ""), Error);
  test::shell("sqlite3 " + temp.file("view") + " 'CREATE VIEW Packages(blob) AS WITH RECURSIVE"
              " c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c'");
  EXPECT_THROW(read(test::read_host(temp.file("view")), ""), Error);
}

}  // namespace
}  // namespace vmcraft::inspect
