#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# peers.sh [GUEST.qcow2 [CASE...]]: runs libguestfs' own programs unmodified, on libguestfs and on VMCraft, and
# compares what they print. Without a guest it makes one. Each case is a file in peers/; it works in a folder of its own, on an overlay of the
# guest named guest.qcow2, and what it prints is compared. A line "# tolerate: SED" in a case is applied to both
# outputs first; the words before it say why. Prints a table with both times. VMCRAFT names the program.
set -u
: "${VMCRAFT:?names the vmcraft to test}"
VMCRAFT=$(realpath "$VMCRAFT")
HERE=$(cd "$(dirname "$0")" && pwd)
command -v guestfish >/dev/null || { echo "skipped: libguestfs' programs are not installed"; exit 77; }
WORK=$(mktemp -d "${TMPDIR:-/var/tmp}/peers.XXXXXX")
[ -n "${KEEP:-}" ] || trap 'rm -rf "$WORK"' EXIT
[ $# -gt 0 ] || { "$HERE/../../scripts/make-guest" "$WORK/guest.qcow2" && set -- "$WORK/guest.qcow2"; } || exit 1
guest=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- "$HERE"/peers/*.sh

export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg HOME=$WORK LC_ALL=C.UTF-8
theirs() { timeout -k 5 900 bash "$1"; }
ours() { timeout -k 5 300 "$VMCRAFT" guestfs-env bash "$1"; }

# run SIDE CASE: leaves CASE.SIDE.out, and prints the seconds it took.
run() {
  local name folder begin end
  name=$(basename "$2" .sh)
  folder=$WORK/$name.$1
  mkdir "$folder" && cd "$folder" || exit 1
  qemu-img create -q -f qcow2 -F qcow2 -b "$guest" guest.qcow2
  begin=$(date +%s.%N)
  "$1" "$2" >../out 2>"../$name.$1.err" </dev/null
  echo "exit code $?" >>../out
  end=$(date +%s.%N)
  sed -n 's/^# tolerate: //p' "$2" >../tolerate.sed
  sed -E -f ../tolerate.sed ../out >"../$name.$1.out"
  echo "$begin $end" | awk '{printf "%.2f", $2 - $1}'
}

printf '%-24s %10s %10s %8s  %s\n' case libguestfs vmcraft ratio result
failures=0
for case in "$@"; do
  case=$(realpath "$case")
  outputs=$WORK/$(basename "$case" .sh)
  peer_s=$(run theirs "$case")
  our_s=$(run ours "$case")
  result=same
  if ! diff -a "$outputs.theirs.out" "$outputs.ours.out" >"$WORK/diff"; then
    result=DIFFERENT
    failures=$((failures + 1))
  fi
  printf '%-24s %9ss %9ss %8s  %s\n' "$(basename "$case" .sh)" "$peer_s" "$our_s" \
    "$(awk "BEGIN {printf \"%.0f\", $peer_s / $our_s}")" $result
  if [ $result != same ]; then head -20 "$WORK/diff"; tail -n 3 "$outputs.theirs.err" "$outputs.ours.err"; fi
done
[ $failures -eq 0 ]
