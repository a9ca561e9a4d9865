// SPDX-License-Identifier: LGPL-3.0-or-later
// INF files, which of their models fit, and which folder of a tree is taken. VMCRAFT_CORPUS names the folder
// with those of virtio-win.
#include "edit/windows/inf.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "base/temp.h"
#include "edit/windows/driver_plan.h"
#include "edit/windows/utf16.h"
#include "support/drivers.h"
#include "support/image.h"
#include "vmcraft/error.h"

namespace vmcraft::edit {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::string_literals;

const WindowsTarget kWindows7{"amd64", 6, 1, 7601, false};
const WindowsTarget kWindows10{"amd64", 10, 0, 19045, false};
const WindowsTarget kWindows10On32{"x86", 10, 0, 19045, false};
const WindowsTarget kWindows11{"amd64", 10, 0, 22631, false};
const WindowsTarget kServer2022{"amd64", 10, 0, 20348, true};

TEST(InfFiles, SectionsLinesAndStrings) {
  const std::string text =
      "; comment\r\n[Version]\r\nA = one, \"two, and; \"\"three\"\"\" ,, four ; five\r\nB=%Name%%%x%12%\\y\r\n"
      "only, values\r\n[ version ]\r\nlong = a,\\\r\n  b\r\n\"key = \" = %NAME%,\"%name% %none%\"\r\n[empty]\r\n[open\r\n"
      "[Strings]\r\nName = \"Ein Name\"\r\n[Strings.0409]\r\nname = \"not this\"\r\nother = x\r\n";
  for (const std::string& bytes : {text, "\xff\xfe" + to_utf16(text), "\xef\xbb\xbf" + text}) {
    const Inf inf(bytes);
    const auto& lines = inf.lines("VERSION");
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_EQ(lines[0].key, "A");
    EXPECT_THAT(lines[0].values, ElementsAre("one", "two, and; \"three\"", "", "four"));
    EXPECT_EQ(lines[1].value(0), "Ein Name%x%12%\\y");
    EXPECT_EQ(lines[2].key, "");
    EXPECT_THAT(lines[2].values, ElementsAre("only", "values"));
    EXPECT_THAT(lines[3].values, ElementsAre("a", "b"));
    EXPECT_EQ(lines[4].key, "key = ");
    EXPECT_THAT(lines[4].values, ElementsAre("Ein Name", "Ein Name %none%"));
    EXPECT_TRUE(inf.has("Empty"));
    EXPECT_EQ(inf.text("version", "LONG"), "a");
    EXPECT_EQ(inf.text("version", "none"), std::nullopt);
  }
  EXPECT_EQ(inf_number("0x00010001"), 65537U);
  EXPECT_EQ(inf_number(" 7 "), 7U);
  EXPECT_EQ(inf_number("x"), 0U);
}

TEST(InfFiles, StringsDoNotFillTheMemory) {
  std::string text = "[Strings]\nx = " + std::string(100000, 'y') + "\n[A]\n";
  for (int i = 0; i < 1000; ++i) text += "%x%,";
  EXPECT_THROW(Inf{text}, Error);
  EXPECT_THROW(Inf("[Strings]\nx = " + std::string(100000, 'y') + "\n[A]\nk=" + [] {
                 std::string many;
                 for (int i = 0; i < 1000; ++i) many += "%x%";
                 return many;
               }()),
               Error);
}

TEST(InfModels, TheClosestOfWhatFits) {
  const auto section = [](const std::string& decorations, const WindowsTarget& target) {
    std::string text = "[Manufacturer]\nm = X" + decorations + "\n[X]\nplain = x, id\n";
    for (const char* one : {"NTamd64", "NTamd64.6.1", "NTamd64.6.2", "NTamd64.10.0", "NTamd64.10.0...20348",
                                   "NTamd64.10.0...22000", "NTamd64.10.0.1", "NTamd64.10.0.3", "NTx86", "NT", "NTx86.6.1"})
      text += "[X."s + one + "]\n" + one + " = x, id\n";
    const std::vector<InfDevice> devices = devices_for(Inf(text), target);
    return devices.empty() ? "(none)" : devices[0].description;
  };
  EXPECT_EQ(section("", kWindows10), "(none)");
  EXPECT_EQ(section("", kWindows10On32), "plain");
  EXPECT_EQ(section(",NT", kWindows10On32), "NT");
  EXPECT_EQ(section(",NT,NTx86", kWindows10On32), "NTx86");
  EXPECT_EQ(section(",NTx86,NTx86.6.1", kWindows10On32), "NTx86.6.1");
  EXPECT_EQ(section(",NTx86", kWindows10), "(none)");
  EXPECT_EQ(section(",NTamd64,NTamd64.6.1,NTamd64.6.2,NTamd64.10.0", kWindows7), "NTamd64.6.1");
  EXPECT_EQ(section(",NTamd64.6.2,NTamd64.10.0", kWindows7), "(none)");
  EXPECT_EQ(section(",NTamd64.10.0...22000,NTamd64.10.0", kWindows10), "NTamd64.10.0");
  EXPECT_EQ(section(",NTamd64.10.0...22000,NTamd64.10.0", kWindows11), "NTamd64.10.0...22000");
  EXPECT_EQ(section(",NTamd64.10.0...20348", kServer2022), "NTamd64.10.0...20348");
  EXPECT_EQ(section(",NTamd64.10.0.3,NTamd64.10.0.1", kServer2022), "NTamd64.10.0.3");
  EXPECT_EQ(section(",NTamd64.10.0.3,NTamd64.10.0.1", kWindows10), "NTamd64.10.0.1");
  EXPECT_EQ(parse_decoration("amd64"), std::nullopt);
}

TEST(InfModels, FoldersOfVirtioWin) {
  const auto best = [](const WindowsTarget& target, const std::vector<std::string>& folders) {
    std::string found = "(none)";
    int rank = -1;
    for (const std::string& folder : folders)
      if (const int one = rank_driver_folder("viostor/" + folder + "/viostor.inf", target); one >= 0 && (rank < 0 || one < rank))
        found = folder, rank = one;
    return found;
  };
  const std::vector<std::string> all = {"2k12/amd64", "2k16/amd64", "2k19/amd64", "2k22/amd64", "2k25/amd64", "2k8R2/amd64", "w10/ARM64",
                                        "w10/amd64", "w10/x86", "w11/amd64", "w7/amd64", "w7/x86", "w8.1/amd64"};
  EXPECT_EQ(best(kWindows7, all), "w7/amd64");
  EXPECT_EQ(best(kWindows10, all), "w10/amd64");
  EXPECT_EQ(best(kWindows10On32, all), "w10/x86");
  EXPECT_EQ(best(kWindows11, all), "w11/amd64");
  EXPECT_EQ(best(kServer2022, all), "2k22/amd64");
  EXPECT_EQ(best({"arm64", 10, 0, 22631, false}, all), "w10/ARM64");
  EXPECT_EQ(best({"amd64", 10, 0, 26100, true}, all), "2k25/amd64");
  EXPECT_EQ(best(kWindows11, {"w7/amd64", "w10/amd64"}), "w10/amd64");
  EXPECT_EQ(best(kServer2022, {"2k16/amd64", "2k19/amd64", "w10/amd64", "2k25/amd64"}), "2k19/amd64");
  EXPECT_EQ(best(kServer2022, {"w10/amd64", "w11/amd64"}), "w10/amd64");
  EXPECT_EQ(best(kWindows10, {"w11/amd64", "w7/amd64"}), "(none)");
  EXPECT_EQ(best({"amd64", 6, 1, 7601, true}, all), "2k8R2/amd64");
}

TEST(DriverPackages, OfATree) {
  const base::TempDir temp;
  test::write_driver_tree(temp.path());
  const auto packages = select_drivers(temp.path(), "", kWindows11);
  ASSERT_THAT(packages, SizeIs(3));
  EXPECT_EQ(packages[0].inf, "netkvm.inf");
  EXPECT_EQ(packages[2].files.at("viostor.sys"), "viostor.sys for NTamd64.10.0...22000");
  EXPECT_THAT(packages[2].files, SizeIs(3));
  EXPECT_THAT(packages[0].files, SizeIs(4));
  const auto one = select_drivers(temp.path(), "VIOSTOR.INF", kServer2022);
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_EQ(one[0].files.at("viostor.sys"), "viostor.sys for NTamd64.10.0...20348");
  EXPECT_THAT(select_drivers(temp.path() + "/viostor/w10/amd64/viostor.inf", "", kWindows11), SizeIs(1));
  base::MemorySource source("");
  const std::string bytes = write_packages(packages);
  base::MemorySource whole(bytes);
  EXPECT_EQ(read_packages(whole)[2].files, packages[2].files);
  for (const std::size_t cut : {1U, 9U, 100U}) {
    base::MemorySource part(std::string_view(bytes).substr(0, bytes.size() - cut));
    EXPECT_THROW(read_packages(part), Error);
  }
  const auto reason = [&](const std::string& inf, const WindowsTarget& target) {
    try {
      select_drivers(temp.path(), inf, target);
      return "(found)"s;
    } catch (const Error& failure) {
      return std::string(failure.what());
    }
  };
  EXPECT_THAT(reason("nothing.inf", kWindows7), HasSubstr("has no file nothing.inf"));
  EXPECT_THAT(reason("viostor.inf", {"arm64", 10, 0, 22631, false}), HasSubstr("no driver in it is for Windows 10.0.22631 arm64 (it has viostor.inf)"));
  std::filesystem::remove(temp.file("viostor/w7/amd64/viostor.sys"));
  EXPECT_THAT(reason("viostor.inf", kWindows7), HasSubstr("viostor.sys: No such file"));
}

TEST(DriverPackages, NamesStayInside) {
  EXPECT_EQ(package_path("..\\x.sys"), "");
  EXPECT_EQ(package_path("\\a\\.\\b/x.sys"), "a/b/x.sys");
  const auto files = source_files(Inf("[SourceDisksNames]\n1=d,,,\\sub\n2=d,,,..\n[SourceDisksFiles]\na.sys=1,deep\nb.sys=2\n"
                                      "[SourceDisksFiles.amd64]\nc.sys=1\n"),
                                  "amd64");
  EXPECT_THAT(files, ElementsAre(std::pair("a.sys", "sub/deep/a.sys"), std::pair("c.sys", "sub/c.sys")));
}

TEST(DriverPlans, TheVersionAsWindowsHasIt) {
  // What Windows 11 wrote for viostor 100.90.104.21500.
  EXPECT_EQ(show_hex(version_blob("12/02/2021,100.90.104.21500", "{4d36e97b-e325-11ce-bfc1-08002be10318}", "amd64")),
            "00ff0900000000007be9364d25e3ce11bfc108002be1031800c0978c0fe7d701fc5368005a0064000000000000000000");
  EXPECT_EQ(show_hex(version_blob("", "", "x86")).substr(0, 16), "00ff000000000000");
}

// The .inx files of the sources become INF files by a tool of Microsoft's; here by sed.
TEST(InfCorpus, HardwareIdsOfVirtioWin) {
  if (std::getenv("VMCRAFT_CORPUS") == nullptr) GTEST_SKIP() << "VMCRAFT_CORPUS is not set";
  const std::string folder = std::getenv("VMCRAFT_CORPUS") + "/inf/virtio-win/"s;
  struct Row {
    const char* file;
    const char* id;
    const char* service;
  };
  for (const Row& row : {Row{"viostor/viostor.inx", "PCI\\VEN_1AF4&DEV_1042&SUBSYS_11001AF4&REV_01", "viostor"},
                         Row{"vioscsi/vioscsi.inx", "PCI\\VEN_1AF4&DEV_1048&SUBSYS_11001AF4&REV_01", "vioscsi"},
                         Row{"Balloon/sys/balloon.inx", "PCI\\VEN_1AF4&DEV_1002", "BALLOON"},
                         Row{"viorng/viorng/viorng.inf", "PCI\\VEN_1AF4&DEV_1005", "VirtRng"},
                         Row{"pciserial/rhel/qemupciserial.inf", "PCI\\VEN_1b36&DEV_0002&CC_0700", "Serial"},
                         Row{"vioserial/sys/vioser.inx", "PCI\\VEN_1AF4&DEV_1003", "VirtioSerial"},
                         Row{"NetKVM/NotifyObject/vioprot.inf", "VIOPROT", "netkvmp"}}) {
    SCOPED_TRACE(row.file);
    DriverPackage package;
    package.inf = "x.inf";
    package.files["x.inf"] = test::shell("sed 's/\\$ARCH\\$/amd64.10.0/g; s/INX_PLATFORM_DRIVERS_DIR/%12%/; s/_INX_SUBSYS_VENDOR_ID/1AF4/' " + folder + row.file);
    DriverSite site;
    site.target = kWindows10;
    site.published = "oem0.inf";
    site.store_name = "x";
    const DriverPlan plan = plan_driver(package, site);
    std::vector<std::string> ids;
    for (const InfDevice& device : plan.devices) ids.insert(ids.end(), device.ids.begin(), device.ids.end());
    EXPECT_THAT(ids, Contains(row.id));
    EXPECT_EQ(plan.services.at(0), row.service);
    EXPECT_EQ(plan.boot_critical, std::string(row.service).starts_with("vios"));
  }
}

}  // namespace
}  // namespace vmcraft::edit
