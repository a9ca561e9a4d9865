// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/drivers.h"

#include "support/image.h"

namespace vmcraft::test {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

constexpr const char* kStorage = R"(; a controller of disks
[Version]
Signature   = "$Windows NT$"
Class       = SCSIAdapter
ClassGUID   = {4D36E97B-E325-11CE-BFC1-08002BE10318}
Provider    = %Maker%
CatalogFile = @NAME@.cat
DriverVer   = 12/02/2021,@VERSION@   ; date, number

[SourceDisksNames]
1 = %Disk%,,,""
[SourceDisksFiles]
@NAME@.sys = 1,,
[DestinationDirs]
Controller_Files = 12

[Manufacturer]
%Maker% = Controllers,@DECORATION@
[Controllers.@DECORATION@]
%Model% = ctl_inst, PCI\VEN_1AF4&DEV_@OLD@&REV_00, PCI\VEN_1AF4&DEV_@OLDSHORT@
%Model% = ctl_inst, PCI\VEN_1AF4&DEV_@NEW@&SUBSYS_11001AF4&REV_01, \
   PCI\VEN_1AF4&DEV_@NEWSHORT@

[ctl_inst]
CopyFiles = Controller_Files
[Controller_Files]
@NAME@.sys,,,2
[ctl_inst.Services]
AddService = @NAME@, 0x2, ctl_service, ctl_log
[ctl_service]
ServiceType    = %Kernel%
StartType      = 3
ErrorControl   = 1
ServiceBinary  = %12%\@NAME@.sys
LoadOrderGroup = SCSI miniport
AddReg         = ctl_values
[ctl_values]
HKR, "Parameters\PnpInterface", "5", %Number%, 1
HKR, Parameters, BusType, %Number%, 0x0000000A
[ctl_log]
AddReg = ctl_log_values
[ctl_log_values]
HKR,,EventMessageFile,0x20000,"%%SystemRoot%%\System32\IoLogMsg.dll"
HKR,,TypesSupported,%Number%,7
[ctl_inst.HW]
AddReg = ctl_hardware
[ctl_hardware]
HKR, "Interrupt Management",, 0x10
HKR, "Interrupt Management\MessageSignaledInterruptProperties", MSISupported, %Number%, 1

[Strings]
Maker  = "Test ""Maker"", Inc."
Disk   = "disk"
Model  = "A controller; of disks"
Kernel = 1
Number = 0x00010001
)";

constexpr const char* kNetwork = R"([Version]
Signature = "$WINDOWS NT$"
Class = Net
ClassGuid = {4D36E972-E325-11CE-BFC1-08002BE10318}
Provider = %Maker%
CatalogFile.NTamd64 = netkvm.cat
DriverVer = 01/31/2022,1.2.3.4
[SourceDisksNames]
1 = disk,,,
[SourceDisksFiles]
netkvm.sys = 1
netkvmco.dll = 1
[DestinationDirs]
DefaultDestDir = 11
Card_Files = 13
[Manufacturer]
%Maker% = Cards, @DECORATION@
[Cards.@DECORATION@]
%Card% = card.ndi, PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00, PCI\VEN_1AF4&DEV_1000
%Card% = card.ndi, PCI\VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01, PCI\VEN_1AF4&DEV_1041
[card.ndi.NT]
Include = machine.inf
Needs = Machine_Part
CopyFiles = Card_Files, @netkvmco.dll
AddReg = card_values
[Card_Files]
netkvm.sys
[card_values]
HKR, Ndi, Service, 0, "netkvm"
HKR, Ndi\Interfaces, LowerRange,, "ethernet"
HKLM, SYSTEM\CurrentControlSet\Control\Card, Names, 0x00010008, second
HKLM, SOFTWARE\Card, Library,, "%11%\netkvmco.dll"
HKLM, SOFTWARE\Card, Mine, 2, new
HKLM, SOFTWARE\Card, Bytes, 1, 01,0a,ff
HKCU, Nothing, x,, y
[card.ndi.NT.Services]
AddService = netkvm, 2, card_service
AddService = netkvmp, 0x800, helper_service
[card_service]
DisplayName = %Service%
ServiceType = 1
StartType = 3
ErrorControl = 1
ServiceBinary = %13%\netkvm.sys
[helper_service]
ServiceType = 16
StartType = 2
ErrorControl = 1
ServiceBinary = %11%\netkvmp.exe
[card.ndi.NT.Wdf]
KmdfService = netkvm, card_wdf
[card_wdf]
KmdfLibraryVersion = 1.15
[Strings]
Maker = "Test"
Card = "A card"
Service = "Service of a card"
)";

}  // namespace

std::string storage_inf(const std::string& name, const std::string& decoration, const std::string& version) {
  const bool scsi = name == "vioscsi";
  std::string text = replaced(kStorage, "@NAME@", name);
  text = replaced(text, "@DECORATION@", decoration);
  text = replaced(text, "@VERSION@", version);
  text = replaced(text, "@OLD@", scsi ? "1004&SUBSYS_00081AF4" : "1001&SUBSYS_00021AF4");
  text = replaced(text, "@OLDSHORT@", scsi ? "1004" : "1001");
  return replaced(replaced(text, "@NEW@", scsi ? "1048" : "1042"), "@NEWSHORT@", scsi ? "1048" : "1042");
}

std::string network_inf(const std::string& decoration) { return replaced(kNetwork, "@DECORATION@", decoration); }

void write_driver(const std::string& folder, const std::string& name, const std::string& decoration) {
  shell("mkdir -p " + folder);
  const bool network = name == "netkvm";
  write_host(folder + "/" + name + ".inf", network ? network_inf(decoration) : storage_inf(name, decoration));
  for (const char* extension : {".sys", ".cat", ".pdb"})
    write_host(folder + "/" + name + extension, name + extension + " for " + decoration);
  if (network) write_host(folder + "/netkvmco.dll", "co-installer for " + decoration);
}

void write_driver_tree(const std::string& folder) {
  for (const auto& [release, version] : {std::pair("w7", ".6.1"), std::pair("w10", ".10.0"), std::pair("w11", ".10.0...22000"),
                                         std::pair("2k22", ".10.0...20348")})
    for (const auto& [name, shown] : {std::pair("viostor", "viostor"), std::pair("vioscsi", "vioscsi"), std::pair("netkvm", "NetKVM")}) {
      write_driver(folder + "/" + shown + "/" + release + "/amd64", name, std::string("NTamd64") + version);
      if (std::string(release) != "2k22") write_driver(folder + "/" + shown + "/" + release + "/x86", name, std::string("NTx86") + version);
    }
}

}  // namespace vmcraft::test
