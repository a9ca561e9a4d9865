// SPDX-License-Identifier: LGPL-3.0-or-later
// What the report says of a Windows, from hives that hivexregedit makes.
#include <gtest/gtest.h>

#include "support/guest_tree.h"
#include "support/windows.h"

namespace vmcraft::test {
namespace {

using Json = GuestTree::Json;

class InspectWindowsReport : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!base::find_program("hivexregedit")) GTEST_SKIP() << "the program hivexregedit is not installed";
    guest_.os.type = guest_.os.distro = "windows";
    guest_.os.windows_systemroot = "/Windows";
    guest_.os.windows_software_hive = kConfigFolder + "SOFTWARE";
    guest_.os.windows_system_hive = kConfigFolder + "SYSTEM";
    guest_.os.windows_current_control_set = "ControlSet001";
  }
  void merge(const std::string& hive, const std::string& text) { merge_hive(guest_.host(kConfigFolder + hive), text); }

  GuestTree guest_{{kConfigFolder + "x", ""}};
};

TEST_F(InspectWindowsReport, SystemAndUsers) {
  merge("SOFTWARE",
        "[\\Microsoft\\Windows NT\\CurrentVersion]\n\"EditionID\"=\"ServerStandard\"\n\"DisplayVersion\"=\"24H2\"\n\"UBR\"=dword:00000723\n"
        "\"InstallDate\"=dword:66000000\n\n[\\Microsoft\\Cryptography]\n\"MachineGuid\"=\"0f-1\"\n\n"
        "[\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\S-1-5-21-1-500]\n\"ProfileImagePath\"=\"C:\\\\Users\\\\Administrator\"\n");
  merge("SYSTEM", "[\\ControlSet001\\Control\\TimeZoneInformation]\n\"TimeZoneKeyName\"=\"W. Europe Standard Time\"\n\n"
                  "[\\ControlSet001\\Control\\Nls\\Language]\n\"Default\"=\"0407\"\n\n"
                  "[\\ControlSet001\\Services\\Tcpip\\Parameters]\n\"Domain\"=\"corp.example\"\n");
  merge("SAM", "[\\SAM\\Domains\\Account\\Users\\Names\\Guest]\n");
  const Json report = guest_.report({"system", "users"});
  EXPECT_EQ(report["system"]["edition"], "ServerStandard");
  EXPECT_EQ(report["system"]["version_text"], "24H2");
  EXPECT_EQ(report["system"]["build_revision"], 0x723);
  EXPECT_EQ(report["system"]["install_time"], "2024-03-24T10:27:12Z");
  EXPECT_EQ(report["system"]["machine_id"], "0f-1");
  EXPECT_EQ(report["system"]["timezone"], "W. Europe Standard Time");
  EXPECT_EQ(report["system"]["locale"], "0407");
  EXPECT_EQ(report["system"]["domain"], "corp.example");
  EXPECT_EQ(report["users"].dump(), R"([{"name":"Administrator","sid":"S-1-5-21-1-500","home":"C:\\Users\\Administrator"},)"
                                    R"({"name":"Guest","local_account":true}])");
}

TEST_F(InspectWindowsReport, Network) {
  merge("SYSTEM",
        // 192.0.2.5, 255.255.255.0, 192.0.2.1 as lists of strings
        "[\\ControlSet001\\Services\\Tcpip\\Parameters\\Interfaces\\{a}]\n\"EnableDHCP\"=dword:00000000\n"
        "\"IPAddress\"=hex(7):31,00,39,00,32,00,2e,00,30,00,2e,00,32,00,2e,00,35,00,00,00,00,00\n"
        "\"SubnetMask\"=hex(7):32,00,35,00,35,00,2e,00,30,00,2e,00,30,00,2e,00,30,00,00,00,00,00\n"
        "\"NameServer\"=\"192.0.2.53,192.0.2.54\"\n\n"
        "[\\ControlSet001\\Services\\Tcpip\\Parameters\\Interfaces\\{b}]\n\"EnableDHCP\"=dword:00000001\n\"DhcpIPAddress\"=\"192.0.2.9\"\n"
        "\"DhcpSubnetMask\"=\"255.0.0.0\"\n\n"
        "[\\ControlSet001\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\{a}\\Connection]\n\"Name\"=\"Ethernet\"\n");
  const Json interfaces = guest_.section("network")["interfaces"];
  ASSERT_EQ(interfaces.size(), 2U);
  EXPECT_EQ(interfaces[0]["name"], "Ethernet");
  EXPECT_EQ(interfaces[0]["method"], "static");
  EXPECT_EQ(interfaces[0]["addresses"].dump(), R"(["192.0.2.5/255.0.0.0"])");
  EXPECT_EQ(interfaces[0]["dns"].dump(), R"(["192.0.2.53","192.0.2.54"])");
  EXPECT_EQ(interfaces[1]["method"], "dhcp");
  EXPECT_EQ(interfaces[1]["addresses"].dump(), R"(["192.0.2.9/255.0.0.0"])");
}

TEST_F(InspectWindowsReport, ServicesDriversUpdatesPolicies) {
  merge("SYSTEM",
        "[\\ControlSet001\\Services\\Spooler]\n\"Type\"=dword:00000110\n\"Start\"=dword:00000002\n\"DelayedAutostart\"=dword:00000001\n"
        "\"DisplayName\"=\"Print Spooler\"\n\"ImagePath\"=\"spoolsv.exe\"\n\"ObjectName\"=\"LocalSystem\"\n\n"
        "[\\ControlSet001\\Services\\Off]\n\"Type\"=dword:00000020\n\"Start\"=dword:00000004\n\n"
        "[\\ControlSet001\\Services\\viostor]\n\"Type\"=dword:00000001\n\"Start\"=dword:00000000\n\"ImagePath\"=\"System32\\\\drivers\\\\viostor.sys\"\n"
        "\"Group\"=\"SCSI miniport\"\n");
  const std::string packages = "[\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\\";
  merge("SOFTWARE",
        packages + "Package_1_for_KB5034441~31bf~amd64~~1.1]\n\"CurrentState\"=dword:00000070\n\"InstallTimeHigh\"=dword:01da5000\n"
                   "\"InstallTimeLow\"=dword:00000000\n\n" +
            packages + "Package_2_for_KB5034441~31bf~amd64~~1.1]\n\"CurrentState\"=dword:00000070\n\n" + packages +
            "Package_for_RollupFix~31bf~amd64~~26100.1]\n\"CurrentState\"=dword:00000070\n\"InstallLocation\"=\"C:\\\\x\\\\Windows-KB5044284-x64\"\n\n" +
            packages + "Package_for_KB999~31bf]\n\"CurrentState\"=dword:00000040\n\n"
            "[\\Microsoft\\Windows\\CurrentVersion\\Group Policy\\History\\{e}\\0]\n\"DisplayName\"=\"Default Domain Policy\"\n\"GPOName\"=\"{31}\"\n\n"
            "[\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\7-Zip]\n\"DisplayName\"=\"7-Zip\"\n\"DisplayVersion\"=\"23.01\"\n");
  guest_.os.windows_group_policy = true;
  guest_.write("/Windows/System32/Tasks/Vendor/Update", "x");
  const Json report = guest_.report();
  EXPECT_EQ(report["findings"].dump(), "[]");
  ASSERT_EQ(report["services"].size(), 2U);
  const Json& spooler = report["services"][report["services"][0]["name"] == "Spooler" ? 0 : 1];
  EXPECT_EQ(spooler.dump(), R"({"name":"Spooler","manager":"windows","state":"enabled","start":"delayed","description":"Print Spooler",)"
                            R"("exec":"spoolsv.exe","user":"LocalSystem"})");
  EXPECT_EQ(report["windows"]["drivers"].dump(),
            R"([{"name":"viostor","kind":"kernel","start":"boot","file":"System32\\drivers\\viostor.sys","group":"SCSI miniport"}])");
  EXPECT_EQ(report["windows"]["updates"][0]["name"], "KB5034441");
  EXPECT_EQ(report["windows"]["updates"][0]["install_time"], "2024-01-26T02:33:09Z");
  EXPECT_EQ(report["windows"]["updates"][1]["name"], "KB5044284");
  EXPECT_EQ(report["windows"]["updates"].size(), 2U);
  EXPECT_EQ(report["windows"]["group_policies"].dump(), R"([{"extension":"{e}","name":"Default Domain Policy","id":"{31}"}])");
  EXPECT_EQ(report["packages"][0].dump(), R"({"format":"windows","name":"7-Zip","display_name":"7-Zip","version":"23.01"})");
  EXPECT_EQ(report["scheduled"][0]["path"], "/Windows/System32/Tasks/Vendor/Update");
}

TEST_F(InspectWindowsReport, DamagedHives) {
  guest_.write(kConfigFolder + "SOFTWARE", "regf");
  guest_.write(kConfigFolder + "SYSTEM", std::string(8192, 'x'));
  const Json report = guest_.report();
  EXPECT_EQ(report["findings"].size(), 2U) << report["findings"].dump();
  EXPECT_EQ(report["system"]["type"], "windows");
}

}  // namespace
}  // namespace vmcraft::test
