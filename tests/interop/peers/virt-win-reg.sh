fail() { echo "$*" >&2; exit 1; }
work=$PWD
. "$(dirname "$0")/../../support/windows_guest.bash"
windows_guest "$PWD/w.img"
virt-win-reg w.img 'HKLM\Software\Microsoft\Windows NT\CurrentVersion'
virt-win-reg w.img 'HKLM\Software\Microsoft\Windows NT\CurrentVersion' ProductName
cat >new.reg <<'R'
Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Added]
"text"=str(1):"a \"text\""
"number"=dword:00000007
"bytes"=hex(3):01,02,03

[-HKEY_LOCAL_MACHINE\SYSTEM\DriverDatabase]
R
virt-win-reg --merge w.img new.reg
virt-win-reg w.img 'HKLM\System'
virt-win-reg --unsafe-printable-strings w.img 'HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Added'
virt-win-reg w.img 'HKLM\System\None' 2>&1
virt-inspector -a w.img
# The guest is made for each side.
# tolerate: s/<uuid>[0-9A-F]+<\/uuid>/<uuid\/>/
