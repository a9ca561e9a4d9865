#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# What stands on what, and keys by every way.
. "$(dirname "$0")/support.bash"

need cryptsetup
disk=$WORK/luks.img
truncate -s 64M "$disk"
printf %s "the key" >"$WORK/key"
cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
  --uuid 11111111-2222-3333-4444-555555555555 "$disk" "$WORK/key"

run_volumes() { "$VMCRAFT" volumes "$disk" --engine uml "$@" 2>&1; }
opened='*/dev/mapper/luks-11111111-2222-3333-4444-555555555555 *LUKS2*'
check_match 'a locked volume says what it wants' '*crypto_LUKS*locked: passphrase*' "$(run_volumes)"
check_match '--key ID:key' "$opened" "$(run_volumes --key '/dev/sda:key:the key')"
check_match '--key UUID:file' "$opened" \
  "$(run_volumes --key "11111111-2222-3333-4444-555555555555:file:$WORK/key")"
check_match '--key all' "$opened" "$(run_volumes --key 'all:key:the key')"
check_match '--key of another device' '*stays locked*' "$(run_volumes --key '/dev/sdb:key:the key')"
check_match 'a wrong key' '*stays locked*' "$(run_volumes --key 'all:key:wrong')"
check_match '--key without a kind' '*must be ID:key:KEY*' "$(run_volumes --key 'nonsense')"
check 'JSON' 'crypto_LUKS passphrase' \
  "$(run_volumes --json | jq -r '.[0].content + " " + (.[0].trouble | sub("locked: "; ""))')"
check_match 'no image' '*name an image*' "$("$VMCRAFT" volumes 2>&1)"
finish
