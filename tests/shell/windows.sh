#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# The registry and drivers of a Windows guest from the command line.
. "$(dirname "$0")/support.bash"

need mkntfs jq
fail() {
  echo "$*" >&2
  exit 1
}
# shellcheck disable=SC2034
work=$WORK
. "$HERE/../support/windows_guest.bash"
windows_guest "$WORK/w.img"
driver "$WORK/drivers"
cp "$WORK/drivers/mydisk.inf" "$WORK/other.inf"

for engine in $(engines); do
  cp w.img g.img
  run() { "$VMCRAFT" --engine "$engine" -a g.img "$@"; }
  version='Microsoft\Windows NT\CurrentVersion'
  check "$engine: --reg-read" 'Windows 10 Pro' "$(run --ro --reg-read SOFTWARE "$version" ProductName)"
  check "$engine: --reg-write" '7' \
    "$(run --reg-write SYSTEM 'CurrentControlSet\New' -x dword 0x7 --reg-read SYSTEM 'ControlSet001\New' -x)"
  check "$engine: a text with quotes, and behind --run" $'first\na "b" \\c' \
    "$(run --reg-write SYSTEM New y sz 'a "b" \c' --reg-read SYSTEM New y --run 'echo first')"
  check "$engine: --reg-list" '[{"name":"y","type":"sz","data":"a \"b\" \\c"}]' \
    "$(run --json --ro --reg-list SYSTEM New | jq -c .)"
  check_match "$engine: --inject-driver DIR" '*files_copied: 6*mydisk.inf oem0.inf*' "$(run --inject-driver drivers)"
  check_match "$engine: --inject-driver DIR INF" '*files_copied: 0*keys_written: 0*' "$(run --inject-driver drivers mydisk.inf)"
  check_run "$engine: a driver that is not there" 1 '' run --inject-driver drivers other.inf
  check_run "$engine: a value that is not there" 1 '' run --ro --reg-read SYSTEM New none
done
for wrong in '--reg-read' '--reg-read SYSTEM' '--reg-read SYSTEM Key' '--reg-write SYSTEM Key x dword' '--reg-list SYSTEM'; do
  # shellcheck disable=SC2086
  check_match "$wrong" "vmcraft: --reg-*: needs *" "$("$VMCRAFT" $wrong 2>&1)"
done
finish
