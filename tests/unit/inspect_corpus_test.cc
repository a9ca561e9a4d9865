// SPDX-License-Identifier: LGPL-3.0-or-later
// Third-party databases of packages and registry hives, some damaged on purpose. VMCRAFT_CORPUS names
// the folder.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "inspect/hive.h"
#include "inspect/packages.h"
#include "support/image.h"
#include "vmcraft/error.h"

namespace vmcraft::inspect {
namespace {

using ::testing::Contains;
using ::testing::SizeIs;

class InspectCorpus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("VMCRAFT_CORPUS") == nullptr) GTEST_SKIP() << "VMCRAFT_CORPUS is not set";
  }
  static std::string folder() { return std::getenv("VMCRAFT_CORPUS"); }
  static HeaderVisit add_to(std::vector<std::string>& names) {
    return [&names](std::string_view header) {
      if (const auto package = parse_rpm_header(header))
        names.push_back(package->app2_name + "-" + package->app2_version);
    };
  }
};

TEST_F(InspectCorpus, DatabasesOfRpm) {
  using Reader = void (*)(std::string_view, const std::string&, const HeaderVisit&);
  const auto read = [&](Reader reader, const std::string& path) {
    std::vector<std::string> names;
    reader(test::read_host(folder() + "/pkgdb/" + path), path, add_to(names));
    return names;
  };
  EXPECT_THAT(read(for_each_bdb_header, "osquery/rpm-bdb/Packages"), SizeIs(3));
  EXPECT_THAT(read(for_each_bdb_header, "osquery/rpm-bdb/Packages"), Contains("rpm-4.8.0"));
  EXPECT_THAT(read(for_each_bdb_header, "go-rpmdb/libuuid/Packages"), ::testing::ElementsAre("libuuid-2.32.1"));
  EXPECT_THAT(read(for_each_bdb_header, "syft/redhat/testdata/Packages"), ::testing::ElementsAre("dive-0.9.2"));
  EXPECT_THAT(read(for_each_ndb_header, "osquery/rpm-ndb/Packages.db"), Contains("binutils-2.35.1"));
  for (const char* path : {"osquery/rpm-sqlite/rpmdb.sqlite", "rpm/misc/rpmdb.sqlite"}) {
    std::vector<std::string> names;
    for_each_sqlite_header(test::read_host(folder() + "/pkgdb/" + path), "", path, add_to(names));
    EXPECT_THAT(names, SizeIs(path[0] == 'o' ? 9 : 3)) << path;
  }
}

TEST_F(InspectCorpus, TextDatabases) {
  const auto text = [&](const std::string& path) { return test::read_host(folder() + "/pkgdb/" + path); };
  EXPECT_THAT(parse_dpkg_status(text("claircore/dpkg/testdata/postgresql.status")), SizeIs(3));
  EXPECT_THAT(parse_dpkg_status(text("claircore/dpkg/testdata/debian-only.status")), SizeIs(1));
  EXPECT_THAT(parse_dpkg_status(text("syft/debian/testdata/image-dpkg/var/lib/dpkg/status")), SizeIs(1));
  EXPECT_THAT(parse_apk_installed(text("syft/alpine/testdata/multiple-1/lib/apk/db/installed")), SizeIs(4));
  EXPECT_THAT(parse_apk_installed(text("syft/alpine/testdata/multiple-2/lib/apk/db/installed")), SizeIs(14));
}

// Keys and values below a node; an error in one part leaves the others.
void count(const Hive& hive, Hive::Number node, int depth, int& keys, int& values) {
  if (depth > 600 || keys > 200000) return;
  ++keys;
  try {
    hive.name(node);
    for (const Hive::Number value : hive.values(node)) {
      ++values;
      hive.key(value);
      hive.data(value);
    }
    for (const Hive::Number child : hive.children(node)) count(hive, child, depth + 1, keys, values);
  } catch (const Error&) {
  }
}

TEST_F(InspectCorpus, Hives) {
  const base::TempDir temp;
  test::shell("cp -r " + folder() + "/registry " + temp.file("r") + " && find " + temp.file("r") +
              " -name '*.xz' -exec xz -d {} +");
  const mount::GuestRoot root(base::open_file(temp.file("r"), O_RDONLY | O_DIRECTORY));
  std::map<std::string, std::pair<int, int>> counted;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(temp.file("r"))) {
    if (!entry.is_regular_file()) continue;
    const std::string path = entry.path().string().substr(temp.file("r").size());
    auto& [keys, values] = counted[path];
    try {
      const Hive hive(root, path, {.writable = false, .unsafe = true});
      count(hive, hive.root(), 0, keys, values);
    } catch (const Error&) {  // not every file is a hive
    }
  }
  // As hivexml counts them.
  EXPECT_EQ(counted["/ericzimmerman/NTUSER1.DAT"], std::pair(595, 878));
  EXPECT_EQ(counted["/regipy/SYSTEM"], std::pair(30756, 73456));
  EXPECT_EQ(counted["/hivex/minimal"], std::pair(1, 0));
  EXPECT_EQ(counted["/yarp/ManySubkeysHive"], std::pair(5003, 0));
}

}  // namespace
}  // namespace vmcraft::inspect
