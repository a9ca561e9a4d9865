#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# run_examples.sh NAME BUILD-DIR: runs one example on a small guest made for it and looks at what it did.
# Ends with 77 where no engine works on this machine.
set -euo pipefail

name=$1 build=$(realpath "$2")
examples=$(cd "$(dirname "$0")" && pwd)
export VMCRAFT=$build/vmcraft VMCRAFT_LIBEXEC=$build PATH=$PATH:/usr/sbin:/sbin
export PYTHONPATH=$build/python PYTHONDONTWRITEBYTECODE=1
unset VMCRAFT_ENGINE VMCRAFT_DEBUG VMCRAFT_TRACE LIBGUESTFS_DEBUG LIBGUESTFS_TRACE
work=$(mktemp -d "${TMPDIR:-/tmp}/vmcraft-examples.XXXXXX")
trap 'rm -rf "$work"' EXIT

skip() {
  echo "skipped: $*"
  exit 77
}

fail() {
  echo "FAILED: $name: $*" >&2
  exit 1
}

# shellcheck source=../tests/support/windows_guest.bash
. "$examples/../tests/support/windows_guest.bash"

# has TEXT FILE: the file has the text
has() { grep -qF -- "$1" "$2" || fail "'$1' is not in its output: $(cat "$2")"; }

# guest IMAGE HOSTNAME: an ext4 image with the tree of a small Debian
guest() {
  local tree=$work/tree-$2
  mkdir -p "$tree"/{etc,usr/bin,var/log,home/user,root,proc,tmp}
  ln -s usr/bin "$tree/bin"
  printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' \
    >"$tree/etc/os-release"
  echo "$2" >"$tree/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$2" >"$tree/etc/hosts"
  echo '/dev/sda / ext4 defaults 0 1' >"$tree/etc/fstab"
  printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$tree/etc/passwd"
  echo 'May 31 12:00:00 guest sshd[1]: Accepted publickey for user' >"$tree/var/log/syslog"
  echo hello >"$tree/home/user/note.txt"
  find "$tree" -exec touch -h -d 2020-01-01 {} +
  touch -d 2024-06-01 "$tree/home/user/note.txt"
  truncate -s 16M "$1"
  mke2fs -q -F -t ext4 -d "$tree" "$1"
}

# in_guest IMAGE COMMAND...: reads something back with the shell
in_guest() { "$VMCRAFT" --ro -a "$1" -m /dev/sda "${@:2}"; }

example_basic_usage() {
  "$build/examples/basic_usage" "$work/a.img" >"$work/out"
  has 'Debian GNU/Linux 12' "$work/out"
  has 'mounted /dev/sda on /' "$work/out"
  has '/etc/hostname: first' "$work/out"
  has '/etc/os-release' "$work/out"
}

example_customise_cloud_image() {
  echo 'ssh-ed25519 AAAAexample me@here' >"$work/key.pub"
  "$build/examples/customise_cloud_image" "$work/a.img" web1 "$work/key.pub" user >"$work/out"
  has 'hostname: web1 (was first)' "$work/out"
  in_guest "$work/a.img" cat /etc/hostname : cat /etc/motd : cat /etc/hosts : \
    cat /home/user/.ssh/authorized_keys : statns /home/user/.ssh/authorized_keys >"$work/read"
  has 'Welcome to web1.' "$work/read"
  has '127.0.1.1 web1' "$work/read"
  has 'ssh-ed25519 AAAAexample me@here' "$work/read"
  has 'st_uid: 1000' "$work/read"
  e2fsck -fn "$work/a.img" >"$work/fsck" 2>&1 || fail "$(cat "$work/fsck")"
}

example_forensics() {
  "$examples/forensics.sh" "$work/a.img" 2024-05-31 "$work/evidence" >"$work/out"
  has '1 modified since' "$work/out"
  has '/home/user/note.txt' "$work/evidence/modified.txt"
  has '"hostname": "first"' <(jq . "$work/evidence/system.json")
  tar -xOf "$work/evidence/logs.tar" ./syslog >"$work/syslog"
  has 'Accepted publickey' "$work/syslog"
  has "$(echo first | sha256sum | cut -d' ' -f1)" "$work/evidence/etc.sha256"
}

example_backup_config() {
  guest "$work/b.img" second
  "$examples/backup_config.sh" backup "$work/a.img" "$work/etc.tar.gz"
  "$examples/backup_config.sh" restore "$work/etc.tar.gz" "$work/b.img"
  in_guest "$work/b.img" cat /etc/hostname >"$work/read"
  has first "$work/read"
  e2fsck -fn "$work/b.img" >"$work/fsck" 2>&1 || fail "$(cat "$work/fsck")"
}

python_basic_usage() {
  python3 "$examples/basic_usage.py" "$work/a.img" >"$work/out"
  has 'Debian GNU/Linux 12' "$work/out"
  has 'mounted /dev/sda on /' "$work/out"
  has '/etc/hostname: first' "$work/out"
  has 'windows: False, linux: True' "$work/out"
}

python_customise_cloud_image() {
  echo 'ssh-ed25519 AAAAexample me@here' >"$work/key.pub"
  python3 "$examples/customise_cloud_image.py" "$work/a.img" web1 "$work/key.pub" user >"$work/out"
  has 'hostname: web1' "$work/out"
  in_guest "$work/a.img" cat /home/user/.ssh/authorized_keys : statns /home/user/.ssh/authorized_keys >"$work/read"
  has 'ssh-ed25519 AAAAexample me@here' "$work/read"
  has 'st_uid: 1000' "$work/read"
}

python_forensics() {
  python3 "$examples/forensics.py" "$work/a.img" 2024-05-31 >"$work/out"
  has '"hostname": "first"' "$work/out"
  has "modified: /home/user/note.txt $(echo hello | sha256sum | cut -d' ' -f1)" "$work/out"
  has 'Accepted publickey' "$work/out"
  has "sha256: $(sha256sum "$work/a.img" | cut -d' ' -f1)" "$work/out"
}

python_backup_config() {
  guest "$work/b.img" second
  python3 "$examples/backup_config.py" backup "$work/a.img" "$work/etc.tar.gz"
  python3 "$examples/backup_config.py" restore "$work/etc.tar.gz" "$work/b.img"
  in_guest "$work/b.img" cat /etc/hostname >"$work/read"
  has first "$work/read"
}

python_registry_edit() {
  command -v mkntfs >/dev/null || skip "no program mkntfs"
  windows_guest "$work/w.img"
  python3 "$examples/registry_edit.py" "$work/w.img" >"$work/out"
  has 'Windows: Windows 10 Pro' "$work/out"
  has 'fDenyTSConnections: dword 0' "$work/out"
  has '[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server]' "$work/out"
  in_guest "$work/w.img" registry-read SYSTEM 'ControlSet001\Control\Terminal Server' fDenyTSConnections >"$work/read"
  [ "$(cat "$work/read")" = 0 ] || fail "$(cat "$work/read")"
}

python_windows_driver_inject() {
  command -v mkntfs >/dev/null || skip "no program mkntfs"
  windows_guest "$work/w.img"
  driver "$work/drivers/w10/amd64"
  python3 "$examples/windows_driver_inject.py" "$work/w.img" "$work/drivers" mydisk.inf >"$work/out"
  has 'PCI\VEN_1234&DEV_5678' "$work/out"
  has 'services: mydisk' "$work/out"
  has 'installed: mydisk.inf oem0.inf' "$work/out"
  has '/Windows/System32/drivers/mydisk.sys' "$work/out"
  in_guest "$work/w.img" cat /Windows/System32/drivers/mydisk.sys : \
    registry-read SYSTEM 'ControlSet001\Services\mydisk' ImagePath >"$work/read"
  has code "$work/read"
  has 'System32\drivers\mydisk.sys' "$work/read"
}

for program in mke2fs e2fsck jq tar; do
  command -v "$program" >/dev/null || skip "no program $program"
done
"$VMCRAFT" doctor --json >"$work/doctor"
jq -e 'any(.engines[]; .usable)' "$work/doctor" >/dev/null || skip "no engine works here; see vmcraft doctor"
guest "$work/a.img" first
"$name"
echo "$name: ok"
