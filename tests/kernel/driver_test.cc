// SPDX-License-Identifier: LGPL-3.0-or-later
// Drivers in Windows guests, file by file and key by key; hivexregedit reads the keys.
#include "base/text.h"
#include "fs_support.h"
#include "support/drivers.h"
#include "support/windows.h"

namespace vmcraft::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const std::string kPackages = "\\DriverDatabase\\DriverPackages";
const std::string kServices = "\\ControlSet001\\Services\\";

using Lines = std::vector<std::string>;

class Drivers : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    if (IsSkipped()) return;
    if (!base::find_program("hivexregedit")) GTEST_SKIP() << "the program hivexregedit is not installed";
    write_driver_tree(temp.file("virtio-win"));
  }
  GuestFS windows(const WindowsSpec& spec, const std::function<void(const std::string&)>& more = {}) {
    make_image(temp.file("guest.raw"), {.prepare = [&](const std::string& tree) {
                                          make_windows_tree(tree, spec);
                                          if (more) more(tree);
                                        }});
    GuestFS g = open(temp.file("guest.raw"), false);
    g.mount_root();
    return g;
  }
  DriverInjection inject(GuestFS& g, const std::string& inf = "", bool dry_run = false) {
    InjectDriverOptions options;
    if (!inf.empty()) options.inf = inf;
    options.dry_run = dry_run;
    return g.inject_driver(temp.file("virtio-win"), options);
  }
  /// What hivexregedit says of a key and those below it.
  std::string key(GuestFS& g, const std::string& hive, const std::string& name) {
    g.download(kConfigFolder + hive, temp.file("hive"));
    return export_hive(temp.file("hive"), name);
  }
  /// The values of the one key whose name ends so; hivexregedit sorts them.
  static Lines values(const std::string& text, const std::string& ending) {
    Lines found;
    bool inside = false;
    for (const std::string& line : base::split_lines(text)) {
      if (line.starts_with('[')) inside = line.ends_with(ending + "]");
      else if (inside && !line.empty()) found.push_back(line);
    }
    return found;
  }
  static std::string sz(const std::string& name, const std::string& text, int type = 1) {
    std::string bytes;
    for (const char c : text + std::string(type == 7 ? 2 : 1, '\0')) {
      char field[16];
      std::snprintf(field, sizeof field, "%s%02x,00", bytes.empty() ? "" : ",", static_cast<unsigned char>(c));
      bytes += field;
    }
    return (name.empty() ? "@" : "\"" + name + "\"") + "=hex(" + std::to_string(type) + "):" + bytes;
  }
  static std::string word(const std::string& name, unsigned value) {
    char text[128];
    std::snprintf(text, sizeof text, "\"%s\"=dword:%08x", name.c_str(), value);
    return text;
  }
  void expect_service(GuestFS& g, const std::string& name) {
    const std::string text = key(g, "SYSTEM", kServices + name);
    EXPECT_THAT(values(text, kServices + name),
                IsSupersetOf(Lines{word("Type", 1), word("Start", 0), word("ErrorControl", 1),
                                   sz("ImagePath", "System32\\drivers\\" + name + ".sys", 2), sz("Group", "SCSI miniport")}));
    EXPECT_THAT(values(text, "\\Parameters"), UnorderedElementsAre(word("BusType", 10)));
    EXPECT_THAT(values(text, "\\Parameters\\PnpInterface"), UnorderedElementsAre(word("5", 1)));
    EXPECT_THAT(text, Not(HasSubstr("StartOverride")));
    EXPECT_THAT(values(key(g, "SYSTEM", kServices + "EventLog\\System\\" + name), name),
                UnorderedElementsAre(sz("EventMessageFile", "%SystemRoot%\\System32\\IoLogMsg.dll", 2), word("TypesSupported", 7)));
  }
  void expect_files(GuestFS& g, const std::string& name, const std::string& decoration) {
    for (const char* folder : {"/Windows/Drivers/VirtIO/", "/Windows/System32/drivers/"})
      EXPECT_EQ(g.read_file(folder + name + ".sys"), name + ".sys for " + decoration) << folder;
    EXPECT_EQ(g.read_file("/Windows/Drivers/VirtIO/" + name + ".cat"), name + ".cat for " + decoration);
    EXPECT_FALSE(g.exists("/Windows/Drivers/VirtIO/" + name + ".pdb"));
  }
  /// The one folder of the DriverStore for an INF.
  static std::string store(GuestFS& g, const std::string& prefix) {
    std::vector<std::string> found;
    for (const std::string& name : g.ls("/Windows/System32/DriverStore/FileRepository"))
      if (name.starts_with(prefix)) found.push_back(name);
    EXPECT_EQ(found.size(), 1U) << prefix;
    return found.empty() ? "" : found[0];
  }
  void expect_again_nothing(GuestFS& g, const std::string& inf = "") {
    const auto sums = [&] { return g.checksum("sha256", kConfigFolder + "SYSTEM") + g.checksum("sha256", kConfigFolder + "SOFTWARE"); };
    const auto files = g.find("/Windows");
    const std::string before = sums();
    const DriverInjection again = inject(g, inf);
    EXPECT_EQ(again.files_copied, 0);
    EXPECT_EQ(again.keys_written, 0) << again.keys;
    EXPECT_EQ(sums(), before);
    EXPECT_EQ(g.find("/Windows"), files);
  }
  /// A storage driver of a Windows that has DriverDatabase.
  void expect_database(GuestFS& g, const std::string& name, const std::string& published, const std::vector<std::string>& ids) {
    const std::string package = store(g, name + ".inf_amd64_");
    EXPECT_EQ(g.read_file("/Windows/INF/" + published), g.read_file("/Windows/Drivers/VirtIO/" + name + ".inf"));
    EXPECT_THAT(values(key(g, "SYSTEM", "\\DriverDatabase\\DriverInfFiles\\" + published), published),
                UnorderedElementsAre(sz("", package, 7), sz("Active", package), sz("Configurations", "ctl_inst", 7)));
    const std::string text = key(g, "SYSTEM", kPackages + "\\" + package);
    EXPECT_THAT(values(text, package),
                UnorderedElementsAre(
                    sz("", published), sz("InfName", name + ".inf"), sz("Provider", "Test \"Maker\", Inc."), sz("Catalog", name + ".cat"),
                    sz("OemPath", "C:\\Windows\\Drivers\\VirtIO"), word("SignerScore", 0x0d000004), word("StatusFlags", 0x12),
                    "\"Version\"=hex(3):00,ff,09,00,00,00,00,00,7b,e9,36,4d,25,e3,ce,11,bf,c1,08,00,2b,e1,03,18,00,c0,97,8c,0f,e7,d7,01,"
                    "fc,53,68,00,5a,00,64,00,00,00,00,00,00,00,00,00"));
    EXPECT_THAT(values(text, "\\Configurations\\ctl_inst"), UnorderedElementsAre(word("ConfigFlags", 0), sz("Service", name)));
    EXPECT_THAT(values(text, "\\Device\\Interrupt Management\\MessageSignaledInterruptProperties"), UnorderedElementsAre(word("MSISupported", 1)));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_THAT(values(text, "\\Descriptors\\" + ids[i]),
                  UnorderedElementsAre(sz("Configuration", "ctl_inst"), sz("Description", "A controller; of disks"),
                                       sz("Manufacturer", "Test \"Maker\", Inc.")));
      EXPECT_THAT(values(key(g, "SYSTEM", "\\DriverDatabase\\DeviceIds\\" + ids[i]), ids[i]),
                  UnorderedElementsAre("\"" + published + "\"=hex(3):" + (i % 2 == 0 ? "01" : "02") + ",ff,00,00"));
    }
    const std::string guid = "{4d36e97b-e325-11ce-bfc1-08002be10318}";
    EXPECT_THAT(values(key(g, "SYSTEM", "\\DriverDatabase\\DeviceIds\\" + guid), guid), testing::Contains("\"" + published + "\"=hex(0):"));
  }
};

const std::vector<std::string> kBlockIds = {"PCI\\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00", "PCI\\VEN_1AF4&DEV_1001",
                                            "PCI\\VEN_1AF4&DEV_1042&SUBSYS_11001AF4&REV_01", "PCI\\VEN_1AF4&DEV_1042"};
const std::vector<std::string> kScsiIds = {"PCI\\VEN_1AF4&DEV_1004&SUBSYS_00081AF4&REV_00", "PCI\\VEN_1AF4&DEV_1004",
                                           "PCI\\VEN_1AF4&DEV_1048&SUBSYS_11001AF4&REV_01", "PCI\\VEN_1AF4&DEV_1048"};

TEST_P(Drivers, Windows7HasCriticalDevices) {
  for (const char* arch : {"amd64", "x86"}) {
    SCOPED_TRACE(arch);
    GuestFS g = windows({"Windows 7 Professional", 6, 1, 7601, "Client", arch}, [](const std::string& tree) {
      merge_hive(tree + kConfigFolder + "SYSTEM", "[\\ControlSet001\\Services\\viostor\\StartOverride]\n\"0\"=dword:00000003\n");
      write_host(tree + "/Windows/INF/oem0.inf", "of others");
    });
    const DriverInjection done = inject(g);
    EXPECT_EQ(done.inf, "netkvm.inf oem1.inf\nvioscsi.inf oem2.inf\nviostor.inf oem3.inf");
    EXPECT_EQ(done.service, "netkvm\nnetkvmp\nvioscsi\nviostor");
    EXPECT_EQ(static_cast<std::size_t>(done.files_copied), base::split_lines(done.files).size());
    EXPECT_EQ(static_cast<std::size_t>(done.keys_written), base::split_lines(done.keys).size());
    for (const char* name : {"viostor", "vioscsi"}) {
      expect_service(g, name);
      expect_files(g, name, std::string("NT") + arch + ".6.1");
      for (std::string id : name == std::string("viostor") ? kBlockIds : kScsiIds) {
        EXPECT_THAT(done.hardware_ids, HasSubstr(id));
        id[3] = '#';
        EXPECT_THAT(values(key(g, "SYSTEM", "\\ControlSet001\\Control\\CriticalDeviceDatabase\\" + id), id),
                    UnorderedElementsAre(sz("Service", name), sz("ClassGUID", "{4D36E97B-E325-11CE-BFC1-08002BE10318}")));
      }
    }
    EXPECT_THAT(key(g, "SYSTEM", "\\ControlSet001\\Control\\CrashControl"), HasSubstr(word("AutoReboot", 0)));
    EXPECT_THAT(key(g, "SOFTWARE", "\\Microsoft\\Windows\\CurrentVersion"),
                HasSubstr(sz("DevicePath", "%SystemRoot%\\inf;%SystemRoot%\\Drivers\\VirtIO", 2)));
    EXPECT_THAT(key(g, "SYSTEM", "\\"), Not(HasSubstr("DriverDatabase")));
    EXPECT_EQ(g.read_file("/Windows/INF/oem0.inf"), "of others");
    expect_again_nothing(g);
  }
}

TEST_P(Drivers, Windows10And11AndServer2022HaveADatabase) {
  for (const auto& [spec, decoration] : {std::pair(WindowsSpec{}, "NTamd64.10.0"),
                                         std::pair(WindowsSpec{"Windows 10 Pro", 10, 0, 22631, "Client", "amd64"}, "NTamd64.10.0...22000"),
                                         std::pair(WindowsSpec{"Windows Server 2022 Standard", 10, 0, 20348, "Server", "amd64"}, "NTamd64.10.0...20348")}) {
    SCOPED_TRACE(decoration);
    GuestFS g = windows(spec);
    inject(g);
    for (const char* name : {"viostor", "vioscsi"}) {
      expect_service(g, name);
      expect_files(g, name, decoration);
    }
    expect_database(g, "vioscsi", "oem1.inf", kScsiIds);
    expect_database(g, "viostor", "oem2.inf", kBlockIds);
    EXPECT_THAT(key(g, "SYSTEM", kServices + "viostor"), HasSubstr(sz("Owners", "oem2.inf", 7)));
    EXPECT_THAT(key(g, "SYSTEM", "\\ControlSet001"), Not(HasSubstr("CriticalDeviceDatabase")));
    expect_again_nothing(g);
  }
}

TEST_P(Drivers, ANetworkCard) {
  GuestFS g = windows({}, [](const std::string& tree) {
    write_host(tree + "/Windows/INF/Machine.inf",
               "[Machine_Part]\nAddReg = machine_values\n[machine_values]\nHKLM, SYSTEM\\CurrentControlSet\\Control\\Machine, Part, 0x00010001, 9\n");
    merge_hive(tree + kConfigFolder + "SYSTEM", "[\\ControlSet001\\Control\\Card]\n\"Names\"=hex(7):66,00,69,00,72,00,73,00,74,00,00,00,00,00\n");
    merge_hive(tree + kConfigFolder + "SOFTWARE", "[\\Card]\n\"Mine\"=\"old\"\n");
  });
  const DriverInjection done = inject(g, "NetKVM.inf");
  EXPECT_EQ(done.service, "netkvm\nnetkvmp");
  const std::string service = key(g, "SYSTEM", kServices + "netkvm");
  EXPECT_THAT(values(service, "netkvm"),
              UnorderedElementsAre(word("Type", 1), word("Start", 3), word("ErrorControl", 1), sz("Group", "NDIS"),
                                   sz("ImagePath", "\\SystemRoot\\System32\\drivers\\netkvm.sys", 2),
                                   sz("DisplayName", "Service of a card"), sz("Owners", "oem0.inf", 7)));
  EXPECT_THAT(values(service, "\\Parameters\\Wdf"), UnorderedElementsAre(sz("KmdfLibraryVersion", "1.15")));
  EXPECT_THAT(values(key(g, "SYSTEM", kServices + "netkvmp"), "netkvmp"),
              UnorderedElementsAre(word("Type", 16), word("Start", 2), word("ErrorControl", 1), sz("ObjectName", "LocalSystem"),
                                   sz("ImagePath", "%SystemRoot%\\System32\\netkvmp.exe", 2), sz("Owners", "oem0.inf", 7)));
  EXPECT_EQ(g.read_file("/Windows/System32/drivers/netkvm.sys"), "netkvm.sys for NTamd64.10.0");
  EXPECT_EQ(g.read_file("/Windows/System32/netkvmco.dll"), "co-installer for NTamd64.10.0");
  const std::string package = key(g, "SYSTEM", kPackages + "\\" + store(g, "netkvm.inf_amd64_"));
  EXPECT_THAT(values(package, "\\Configurations\\card.ndi.NT\\Driver\\Ndi"), UnorderedElementsAre(sz("Service", "netkvm")));
  EXPECT_THAT(values(package, "\\Driver\\Ndi\\Interfaces"), UnorderedElementsAre(sz("LowerRange", "ethernet")));
  EXPECT_THAT(key(g, "SYSTEM", "\\ControlSet001\\Control\\Machine"), HasSubstr(word("Part", 9)));
  EXPECT_EQ(g.registry_read("SYSTEM", R"(CurrentControlSet\Control\Card)", "Names"), "first\nsecond");
  EXPECT_THAT(values(key(g, "SOFTWARE", "\\Card"), "Card"),
              UnorderedElementsAre(sz("Mine", "old"), sz("Library", "C:\\Windows\\System32\\netkvmco.dll"), "\"Bytes\"=hex(3):01,0a,ff"));
  EXPECT_EQ(g.registry_read("SYSTEM", R"(CurrentControlSet\Control\CrashControl)", "AutoReboot"), "1");
  expect_again_nothing(g, "netkvm.inf");
}

TEST_P(Drivers, ADryRunTellsAndDoesNothing) {
  GuestFS g = windows({}, [](const std::string& tree) { write_host(tree + "/hiberfil.sys", "HIBR"); });
  const auto files = g.find("/");
  const std::string sum = g.checksum("sha256", kConfigFolder + "SYSTEM");
  const DriverInjection plan = inject(g, "viostor.inf", true);
  EXPECT_EQ(plan.inf, "viostor.inf oem0.inf");
  EXPECT_EQ(base::split_lines(plan.files).size(), 8U);
  EXPECT_THAT(plan.files, HasSubstr("/Windows/System32/drivers/viostor.sys"));
  EXPECT_THAT(plan.keys, HasSubstr("SYSTEM\\CurrentControlSet\\Services\\viostor\\Start = dword:0\n"));
  EXPECT_THAT(plan.keys, HasSubstr("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\DevicePath += expand_sz:%SystemRoot%\\Drivers\\VirtIO"));
  EXPECT_EQ(g.find("/"), files);
  EXPECT_EQ(g.checksum("sha256", kConfigFolder + "SYSTEM"), sum);
  EXPECT_THAT(text_of([&] { inject(g, "viostor.inf"); }), HasSubstr("hibernated"));
  EXPECT_EQ(g.find("/"), files);
  g.rm("/hiberfil.sys");
  const DriverInjection done = inject(g, "viostor.inf");
  EXPECT_EQ(done.files, plan.files);
  EXPECT_EQ(done.keys, plan.keys);
}

TEST_P(Drivers, TheFilterOfAnotherHypervisorIsTurnedOff) {
  GuestFS g = windows({}, [](const std::string& tree) {
    merge_hive(tree + kConfigFolder + "SYSTEM",
               "[\\ControlSet001\\Services\\prl_strg]\n\"Start\"=dword:00000000\n\n"
               "[\\ControlSet001\\Control\\Class\\{4d36e967-e325-11ce-bfc1-08002be10318}]\n"
               "\"UpperFilters\"=hex(7):70,00,61,00,00,00,70,00,72,00,6c,00,5f,00,73,00,74,00,72,00,67,00,00,00,00,00\n");
  });
  inject(g, "viostor.inf");
  EXPECT_EQ(g.registry_read("SYSTEM", R"(CurrentControlSet\Services\prl_strg)", "Start"), "4");
  EXPECT_EQ(g.registry_read("SYSTEM", R"(CurrentControlSet\Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318})", "UpperFilters"), "pa");
}

TEST_P(Drivers, ADatabaseInAHiveOfItsOwn) {
  GuestFS g = windows({}, [](const std::string& tree) {
    merge_hive(tree + kConfigFolder + "DRIVERS", "[\\DriverDatabase]\n\"Version\"=dword:00000001\n");
    shell("hivexregedit --merge " + tree + kConfigFolder + "SYSTEM /dev/stdin <<'END'\nWindows Registry Editor Version 5.00\n\n[-\\DriverDatabase]\nEND");
  });
  inject(g, "viostor.inf");
  EXPECT_THAT(key(g, "DRIVERS", "\\DriverDatabase\\DeviceIds\\PCI\\VEN_1AF4&DEV_1001"), HasSubstr("\"oem0.inf\"=hex(3):02,ff,00,00"));
  EXPECT_THAT(key(g, "SYSTEM", "\\"), Not(HasSubstr("DriverPackages")));
}

TEST_P(Drivers, WhatDoesNotFit) {
  GuestFS g = windows({"Windows 10 Pro", 10, 0, 19045, "Client", "arm64"});
  EXPECT_THAT(text_of([&] { inject(g); }), HasSubstr("no driver in it is for Windows 10.0.19045 arm64 (it has netkvm.inf, vioscsi.inf, viostor.inf)"));
  EXPECT_EQ(errno_of([&] { inject(g, "none.inf"); }), ENOENT);
  EXPECT_EQ(errno_of([&] { g.inject_driver(temp.file("nothing")); }), ENOENT);
  make_image(temp.file("linux.raw"));
  GuestFS other = open(temp.file("linux.raw"), false);
  other.mount("/dev/sda1", "/");
  EXPECT_EQ(errno_of([&] { inject(other); }), EINVAL);
}

TEST_P(Drivers, OnNtfs) {
  VMCRAFT_NEEDS("mkntfs");
  make_windows_tree(temp.file("tree"));
  shell("mkntfs -Fq " + blank(64, "ntfs.raw"));
  GuestFS g = open(temp.file("ntfs.raw"), false);
  g.mount("/dev/sda", "/");
  g.copy_in(temp.file("tree") + "/Windows", "/");
  inject(g);
  expect_service(g, "viostor");
  expect_database(g, "viostor", "oem2.inf", kBlockIds);
  expect_again_nothing(g);
}

VMCRAFT_ON_BOTH_ENGINES(Drivers);

}  // namespace
}  // namespace vmcraft::test
