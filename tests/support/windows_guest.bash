# SPDX-License-Identifier: LGPL-3.0-or-later
# A small Windows guest and a driver for it, as files. The caller sets work (a folder), VMCRAFT (the program)
# and has a function fail.

# empty_hive FILE: a hive of the registry with nothing but its root key
empty_hive() {
  python3 - "$1" <<'END'
import functools, operator, struct, sys
page = bytearray(8192)
def put(at, form, *values):
    struct.pack_into("<" + form, page, at, *values)
put(0, "4sII8xIIIIIII", b"regf", 1, 1, 1, 5, 0, 1, 32, 4096, 1)
put(508, "I", functools.reduce(operator.xor, struct.unpack_from("<127I", page)))
put(4096, "4sII", b"hbin", 0, 4096)
none = 0xFFFFFFFF
put(4128, "i2sH8x4xIIIIIIIII", -88, b"nk", 0x2C, 0, 0, 0, none, none, 0, none, 120, none)
put(4204, "H", 4)
put(4208, "4s", b"ROOT")
put(4216, "i2s2xIIIIHH", -48, b"sk", 120, 120, 1, 20, 1, 0x8000)
put(4264, "i", 4096 - 168)
open(sys.argv[1], "wb").write(page)
END
}

# windows_guest IMAGE: NTFS with the folders and hives of a small Windows 10
windows_guest() {
  local tree=$work/windows config=$work/windows/Windows/System32/config
  mkdir -p "$config" "$tree/Windows/INF" "$tree/Windows/System32/drivers"
  python3 - "$tree/Windows/System32/cmd.exe" <<'END'
import struct, sys
program = bytearray(512)
struct.pack_into("<2s22xB35xB", program, 0, b"MZ", 0x40, 0x40)
struct.pack_into("<4sHH12xHHH", program, 0x40, b"PE", 0x8664, 1, 240, 0x22, 0x20B)
program[0x9C] = 3
open(sys.argv[1], "wb").write(program)
END
  empty_hive "$config/SOFTWARE"
  empty_hive "$config/SYSTEM"
  truncate -s 32M "$1"
  mkntfs -Fq "$1" >"$work/mkntfs" 2>&1 || fail "$(cat "$work/mkntfs")"
  cat >"$work/software.reg" <<'END'
Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"ProductName"="Windows 10 Pro"
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentMinorVersionNumber"=dword:00000000
"CurrentBuildNumber"="19045"
"InstallationType"="Client"
END
  cat >"$work/system.reg" <<'END'
Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Terminal Server]
"fDenyTSConnections"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\DriverDatabase]
END
  "$VMCRAFT" -a "$1" -m /dev/sda copy-in "$tree/Windows" / : \
    registry-import SOFTWARE "$work/software.reg" : registry-import SYSTEM "$work/system.reg" >/dev/null
}

# driver FOLDER: a package for a disk controller
driver() {
  mkdir -p "$1"
  echo code >"$1/mydisk.sys"
  cat >"$1/mydisk.inf" <<'END'
[Version]
Signature = "$Windows NT$"
Class = SCSIAdapter
ClassGUID = {4D36E97B-E325-11CE-BFC1-08002BE10318}
Provider = "Example"
DriverVer = 01/01/2024,1.0.0.0
[SourceDisksNames]
1 = "disk"
[SourceDisksFiles]
mydisk.sys = 1
[DestinationDirs]
DefaultDestDir = 12
[Manufacturer]
"Example" = Models,NTamd64.10.0
[Models.NTamd64.10.0]
"My disk" = install, PCI\VEN_1234&DEV_5678
[install]
CopyFiles = @mydisk.sys
[install.Services]
AddService = mydisk, 2, service
[service]
ServiceType = 1
StartType = 0
ErrorControl = 1
ServiceBinary = %12%\mydisk.sys
LoadOrderGroup = SCSI miniport
END
}
