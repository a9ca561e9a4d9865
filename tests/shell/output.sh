#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# Each kind of argument and result on each engine, as text and as JSON.
. "$(dirname "$0")/support.bash"
make_guest

run() {
  "$VMCRAFT" --engine "$engine" --ro -a disk.raw -m /dev/sda1 "$@" 2>"$WORK/stderr"
  local code=$?
  [ $code -eq 0 ] || cat "$WORK/stderr"
  return $code
}

record=$'a_char: x\na_string: t\na_device: *a_uuid: *a_percent: *'
for engine in $(engines); do
  cat >words <<'END'
echo-string "a b"
echo-pathname /p
echo-device /dev/sda
echo-mountable /dev/sda1
echo-device-or-path /x
echo-mountable-or-path /y
echo-guid 01234567-89AB-CDEF-0123-456789ABCDEF
echo-filename name
echo-optstring null
echo-optstring some
echo-bufferin bytes
!echo
echo-int -7
echo-int64 8E
END
  sed -i 's/8E/7E/' words
  check "$engine: scalars" "$(printf '%s\n' 'a b' /p /dev/sda /dev/sda1 /x /y \
    01234567-89AB-CDEF-0123-456789ABCDEF name '(null)' some bytes -7 8070450532247928832)" \
    "$(run -f words)"
  check "$engine: bool" $'true\nfalse' "$(run echo-bool t : echo-bool 0)"
  check "$engine: lists" $'a\nb c' "$(run echo-stringlist "a 'b c'")"
  check "$engine: device list" $'/dev/sda\n/dev/sda1' "$(run echo-devicelist '/dev/sda /dev/sda1')"
  check "$engine: path list" $'/a\n/b' "$(run echo-pathnamelist '/a /b')"
  check "$engine: name list" $'a\nb' "$(run echo-filenamelist 'a b')"
  check "$engine: returned devices" $'/dev/sda\n/dev/sda1\n/dev/sda1' \
    "$(run echo-device-ret /dev/sda : echo-mountable-ret /dev/sda1 : echo-devicelist-ret /dev/sda1)"
  check "$engine: returned mountables" '/dev/sda1' "$(run echo-mountablelist-ret /dev/sda1)"
  check "$engine: constant" 'c' "$(run echo-const-string c)"
  check "$engine: key" 'secret' "$(echo secret | run --keys-from-stdin echo-key)"
  check "$engine: hash table" $'a: 1\nb: 2' "$(run echo-hashtable 'a 1 b 2')"
  check "$engine: options" $'number: 5\nlist: x\nlist: y' \
    "$(run echo-options number:5 'list:x y')"
  check "$engine: octal" '0644' "$(run echo-octal 0644)"
  check_match "$engine: struct" "*a_string: text*a_int64: 5*" "$(run echo-struct text 5)"
  check_match "$engine: struct list" $'\\[0\\] = {\n  a_char: *}\n\\[1\\] = {*' \
    "$(run echo-structlist text 2)"
  head -c 300000 /dev/urandom >in
  run echo-files in out
  cmp -s in out || check "$engine: streams" same different
  check "$engine: error" 'vmcraft: echo_error: told so' \
    "$("$VMCRAFT" --engine "$engine" -a disk.raw run : echo-error 'told so' 5 2>&1 | cut -c1-28)"
  run echo-progress 3 || check "$engine: progress" 0 1
  check "$engine: JSON" '["a b",["x","y"],{"a":"1"},true,7,null,null,"b",[]]' "$(run --json \
    echo-string 'a b' : echo-stringlist 'x y' : echo-hashtable 'a 1' : echo-bool 1 : echo-int 7 : \
    echo-optstring null : echo-progress 1 : echo-bufferin b : echo-structlist x 0 | jq -sc .)"
  check "$engine: JSON struct" '"text" 5' \
    "$(run --json echo-struct text 5 | jq -r '"\"\(.a_string)\" \(.a_int64)"')"
  check "$engine: JSON struct list" 2 "$(run --json echo-structlist text 2 | jq length)"
  check "$engine: raw bytes" 'one' "$(run read-file /dir/a.txt)"
done
[ -n "$(engines)" ] || skip 'no engine works here'
finish
