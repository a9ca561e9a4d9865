# SPDX-License-Identifier: LGPL-3.0-or-later
# What every test of the shell begins with. VMCRAFT names the program under test.
set -u
: "${VMCRAFT:?names the vmcraft to test}"
VMCRAFT=$(realpath "$VMCRAFT")
PATH=$PATH:/usr/sbin:/sbin
unset VMCRAFT_ENGINE VMCRAFT_DEBUG VMCRAFT_TRACE LIBGUESTFS_DEBUG LIBGUESTFS_TRACE
unset VMCRAFT_PS1 GUESTFISH_PS1 GUESTFISH_PID
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export HOME=$WORK
cd "$WORK" || exit 1
failures=0

skip() {
  echo "skipped: $*"
  exit 77
}

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "no program $program"
  done
}

# check WHAT WANTED GOT
check() {
  if [ "$2" == "$3" ]; then return 0; fi
  printf 'FAILED: %s\n  wanted: %q\n  got:    %q\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

# check_match WHAT PATTERN GOT: the pattern is bash's
check_match() {
  # shellcheck disable=SC2053
  if [[ $3 == $2 ]]; then return 0; fi
  printf 'FAILED: %s\n  wanted: %s\n  got:    %q\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

# check_run WHAT CODE OUTPUT COMMAND...: exit code and standard output
check_run() {
  local what=$1 code=$2 wanted=$3 got status
  shift 3
  got=$("$@" 2>"$WORK/stderr" && printf x || printf 'x%s' "$?")
  status=${got##*x}
  got=${got%x*}
  check "$what: exit code" "$code" "${status:-0}"
  check "$what: output" "$wanted" "$got"
}

# The engines that work on this machine, one per line.
engines() {
  "$VMCRAFT" doctor --json | jq -r '.engines[] | select(.usable) | .name'
}

# disk.raw: a GPT with one ext4 partition that holds the folder given.
make_disk() {
  need mke2fs sfdisk jq
  truncate -s 16M part.raw
  mke2fs -q -F -t ext4 -d "$1" part.raw || exit 1
  truncate -s 18M disk.raw
  echo 'label: gpt
start=2048, size=32768, type=L' | sfdisk -q disk.raw || exit 1
  dd if=part.raw of=disk.raw bs=1M seek=1 conv=notrunc status=none
  rm part.raw
}

# A small guest: three files, a folder, a link, a name with a blank.
make_guest() {
  mkdir -p tree/etc tree/dir tree/bin tree/usr/bin tree/var
  echo '/dev/sda1 / ext4 defaults 0 1' >tree/etc/fstab
  echo 'root:x:0:0:root:/root:/bin/sh' >tree/etc/passwd
  echo shell-guest >tree/etc/hostname
  printf 'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n' >tree/etc/os-release
  printf 'one\n' >tree/dir/a.txt
  printf 'two\n' >tree/dir/b.txt
  printf 'blank\n' >'tree/dir/c d'
  ln -s a.txt tree/dir/link
  make_disk tree
}

finish() {
  [ "$failures" -eq 0 ] || {
    echo "$failures checks failed"
    exit 1
  }
  exit 0
}
