#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# Opening a guest in each way, files in and out, wildcards, editors, and Ctrl-C.
. "$(dirname "$0")/support.bash"
make_guest
need qemu-img
qemu-img convert -O qcow2 disk.raw disk.qcow2
[ -n "$(engines)" ] || skip 'no engine works here'

leftovers() {
  losetup -a 2>/dev/null | grep -F "$WORK" || true
  pgrep -af "$WORK" | grep -v "^$$ " || true
}

for engine in $(engines); do
  open=("$VMCRAFT" --engine "$engine" --ro -a disk.raw)
  check "$engine: -m" 'shell-guest' "$("${open[@]}" -m /dev/sda1 cat /etc/hostname | head -1)"
  check "$engine: -m with all parts" 'shell-guest' \
    "$("${open[@]}" -m /dev/sda1:/:ro,noatime:ext4 cat /etc/hostname | head -1)"
  check "$engine: -i" 'shell-guest' "$("${open[@]}" -i cat /etc/hostname | head -1)"
  check "$engine: --run" 'shell-guest' "$("${open[@]}" --run 'cat /etc/hostname' | head -1)"
  check "$engine: --run, mount-root again" 'shell-guest' \
    "$("${open[@]}" --run mount-root --run 'cat /etc/hostname' | head -1)"
  check "$engine: run and mount" 'shell-guest' \
    "$("${open[@]}" run : mount-ro /dev/sda1 / : cat /etc/hostname | head -1)"
  check "$engine: qcow2" 'shell-guest' \
    "$("$VMCRAFT" --engine "$engine" --ro --format=qcow2 -a disk.qcow2 -m /dev/sda1 \
      cat /etc/hostname | head -1)"
  check "$engine: file URI" 'shell-guest' \
    "$("$VMCRAFT" --engine "$engine" --ro -a "file://$PWD/disk.raw" -m /dev/sda1 \
      cat /etc/hostname | head -1)"
  check_match "$engine: wrong device" '*/dev/sda1 (ext4)*vmcraft: mount*: /dev/sda9: *' \
    "$("${open[@]}" -m /dev/sda9 2>&1)"
  check "$engine: glob" $'one\n\ntwo' "$("${open[@]}" -m /dev/sda1 glob cat '/dir/*.txt')"
  check "$engine: glob, two words" $'/dir/a.txt /dir/a.txt\n/dir/a.txt /dir/b.txt\n/dir/b.txt /dir/a.txt\n/dir/b.txt /dir/b.txt' \
    "$("${open[@]}" -m /dev/sda1 glob echo '/dir/*.txt' '/dir/*.txt')"
  check "$engine: pipe" '3' "$(echo 'ls /dir | grep -c "[.d]"' | "${open[@]}" -m /dev/sda1)"
  check "$engine: more" 'one' "$(PAGER=cat "${open[@]}" -m /dev/sda1 more /dir/a.txt)"
  check "$engine: win:" 'one' "$("${open[@]}" -m /dev/sda1 cat 'win:C:\DIR\A.txt' | head -1)"
  check "$engine: copy-out" 'one two' "$(mkdir out && "${open[@]}" -m /dev/sda1 copy-out /dir \
    /etc/hostname out && cat out/dir/[ab].txt | xargs; rm -rf out)"
  check "$engine: the image is as it was" "$(sha256sum <disk.raw)" "$("${open[@]}" -m /dev/sda1 \
    write /x y >/dev/null 2>&1; sha256sum <disk.raw)"

  cp disk.raw rw.raw
  change=("$VMCRAFT" --engine "$engine" --format=raw -a rw.raw -m /dev/sda1)
  check "$engine: here-document" $'first\nsecond' "$("${change[@]}" <<'END'
upload -<<EOF /dir/new
first
second
EOF
download /dir/new -
END
)"
  "${change[@]}" chmod 0600 /dir/a.txt : chown 5 6 /dir/a.txt
  check "$engine: edit" 'one.more' "$(EDITOR='sed -i s/one/one.more/' "${change[@]}" \
    edit /dir/a.txt : cat /dir/a.txt | head -1)"
  check "$engine: edit keeps attributes" '33152 5 6' \
    "$("${change[@]}" --json statns /dir/a.txt | jq -r '"\(.st_mode) \(.st_uid) \(.st_gid)"')"
  mkdir -p in/sub && echo s >in/sub/s
  check "$engine: copy-in" 's' "$("${change[@]}" copy-in in tree/dir /dir : cat /dir/in/sub/s |
    head -1)"
  check "$engine: what was written is there" 's' "$("${change[@]}" cat /dir/in/sub/s | head -1)"
  check "$engine: hexedit" 'ONE' "$(HEXEDITOR='sed -i s/two/ONE/' "${change[@]}" \
    hexedit /dir/b.txt : cat /dir/b.txt | head -1)"
  check "$engine: not launched" "1" "$("$VMCRAFT" --engine "$engine" -a disk.raw ls / \
    >/dev/null 2>&1; echo $?)"

  # Ctrl-C: the call ends, everything is put away, and the exit code says so.
  setsid --wait env --default-signal=INT "${open[@]}" -m /dev/sda1 \
    echo-progress 60000 >/dev/null 2>&1 &
  waiting=$!
  for _ in $(seq 100); do
    sleep 0.1
    victim=$(pgrep -f "^$VMCRAFT .*echo-progress 60000" | head -1)
    [ -z "$victim" ] || break
  done
  sleep 1
  begin=$SECONDS
  python3 -c 'import os, signal, sys; os.kill(int(sys.argv[1]), signal.SIGINT)' "$victim"
  wait $waiting
  check "$engine: Ctrl-C: exit code" 130 $?
  [ $((SECONDS - begin)) -le 5 ] || check "$engine: Ctrl-C: at once" 5 $((SECONDS - begin))
  for _ in 1 2 3 4 5; do [ -z "$(leftovers)" ] || sleep 1; done
  check "$engine: Ctrl-C: nothing is left" '' "$(leftovers)"
done
finish
