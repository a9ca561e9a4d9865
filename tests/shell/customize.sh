#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# vmcraft customize and vmcraft sysprep: options, their order, every step on a guest, dry runs, failures.
. "$(dirname "$0")/support.bash"
need perl busybox mke2fs sfdisk jq ssh-keygen
docs=$HERE/../../docs/customize.md

# Names: all that the peers take, and all of them in the documentation.
names() { "$VMCRAFT" "$1" --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | sed 's/.*--/--/'; }
for tool in customize sysprep; do
  if command -v "virt-$tool" >/dev/null; then
    # Options that all peers have for the writers of completions.
    missing=$(comm -23 <("virt-$tool" --long-options | grep -- '^--' | sort -u) <(names $tool | sort -u) |
      grep -vxE -- '--(debug-gc|long-options|short-options|machine-readable|dump-pod|dump-pod-options)')
    check "$tool: options of the peer that are missing" '' "$missing"
  fi
  for name in $(names $tool); do
    grep -q -- "\`${name}[\` ]" "$docs" || check "$tool: $name in docs/customize.md" there missing
  done
done
if command -v virt-sysprep >/dev/null; then
  check 'operations and their defaults' "$(virt-sysprep --list-operations | awk '{print $1, $2 == "*"}')" \
    "$("$VMCRAFT" sysprep --list-operations | awk '{print $1, $2 == "*"}')"
fi

# What is wrong is told before anything is opened.
refused() { # WHAT PATTERN ARGUMENT...
  local what=$1 pattern=$2
  shift 2
  check_match "$what" "$pattern" "$("$VMCRAFT" "$@" 2>&1; echo " $?")"
}
refused 'no disk' '*add a disk*1' customize --hostname x
refused 'no step' '*nothing to do*1' customize -a no-such.img
refused 'unknown option' '*--nothing: unknown option*1' customize -a x --nothing
refused 'form' '*--write: x: must be FILE:CONTENT*1' customize -a x --write x
refused 'form of links' '*--link: x: must be *1' customize -a x --link x
refused 'selector' '*--root-password: must be password:PASSWORD*1' customize -a x --root-password secret
refused 'crypto' '*--password-crypto: rot13*1' customize -a x --password-crypto rot13
refused 'script' '*no-such-script: No such file*1' customize -a x --run no-such-script
refused 'a word' '*disk.img: not an option*1' customize --update -a x disk.img
refused 'attach' '*--attach: *not supported*1' customize -a x --attach y --update
refused 'operation' '*nothing: no such operation*1' sysprep -a x --operations nothing
refused 'enable' '*--enable: all*1' sysprep -a x --enable all
refused 'customize left out' '*--hostname: the operation customize*1' sysprep -a x --operations tmp-files --hostname y
refused 'no image' '*no-such.img*1' customize -a no-such.img --hostname x

# A guest of busybox, so that programs run in it.
mkdir -p tree/{bin,etc/ssh,proc,sys,dev,tmp,root,var/lib/systemd,var/log,home/ann/.ssh,usr/lib/systemd/system,usr/share/zoneinfo/Europe}
cp "$(command -v busybox)" tree/bin/busybox
for name in sh cat echo id hostname ls touch env pwd; do ln -s busybox tree/bin/$name; done
ln -s usr/lib tree/lib
printf 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >tree/etc/passwd
printf 'root:*:1::::::\nann:*:1::::::\n' >tree/etc/shadow
printf 'root:x:0:\nsudo:x:27:\nann:x:1000:\n' >tree/etc/group
printf 'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n' >tree/etc/os-release
echo '/dev/sda1 / ext4 defaults 0 1' >tree/etc/fstab
echo old >tree/etc/hostname
echo 0123 >tree/etc/machine-id
touch tree/usr/lib/systemd/systemd tree/tmp/left tree/etc/passwd- tree/etc/ssh/ssh_host_rsa_key tree/etc/debian_version
echo TZif >tree/usr/share/zoneinfo/Europe/Paris
printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >tree/usr/lib/systemd/system/web.service
cp tree/usr/lib/systemd/system/web.service tree/usr/lib/systemd/system/off.service
# A home that is not its user's own stays.
home_stays=true
[ "$(id -u)" -ne 0 ] || { chown -R 1000:1000 tree/home/ann && home_stays=false; }
make_disk tree
mv disk.raw guest.raw
before=$(sha256sum <guest.raw)
printf '#!/bin/sh\necho ran in $(pwd) >/root/ran\n' >script.sh
printf 'uploaded' >file
chmod 0751 file
echo secret-of-a-file >password
mkdir folder && echo in >folder/in
ssh-keygen -q -t ed25519 -N '' -f key
mkdir .ssh && cp key.pub .ssh/id_ed25519.pub
printf '# a comment\n\nwrite /from-file:one\nappend-line /from-file:\\\n   two\nhostname from-file\n' >commands
[ -n "$(engines)" ] || skip 'no engine works here'

for engine in $(engines); do
  cp guest.raw t.raw
  steps=(--hostname one --timezone Europe/Paris --locale C.UTF-8 --mkdir /d/e --write /d/f:a:b --append-line /d/f:c
    --edit '/d/f:s/a:b/x$lineno/' --copy /d/f:/d/g --move /d/g:/d/h --link /d/f:/d/l1:/d/l2 --touch /d/t --chmod 0600:/d/t
    --upload file:/d --upload file:/d/named --copy-in folder:/d --write /d/k:x --truncate /d/k --write /d/e/m:x
    --truncate-recursive /d/e --write /d/zz:x --delete '/d/z*' --root-password file:password
    --password-crypto sha256 --password ann:locked:password:abc --ssh-inject ann --ssh-inject root:file:key.pub
    --user-add bo:sudo --user-add cy --user-remove cy --service-enable web --service-disable web --service-enable web
    --service-mask off --run script.sh --run-command 'id >/root/id; hostname -f 2>/dev/null; true' --firstboot script.sh
    --firstboot-command 'echo hi' --no-logfile --commands-from-file commands -m 512 --smp 2 --wrap --colors)
  # Where they are done is what the library does, which its own tests look at.
  ! command -v scrub >/dev/null || steps+=(--write /d/s:x --scrub /d/s)
  output=$("$VMCRAFT" customize -n --engine "$engine" -a t.raw "${steps[@]}" 2>&1)
  check "$engine: dry run: exit code" 0 $?
  check_match "$engine: dry run: messages" '\[   *[0-9].[0-9]\] Examining t.raw (dry run)*] Setting the hostname: one*] Finishing off' "$output"
  check "$engine: dry run: nothing is written" "$before" "$(sha256sum <t.raw)"
  check_run "$engine: quiet" 0 '' "$VMCRAFT" customize -q --engine "$engine" --format raw -a t.raw "${steps[@]}"
  look=("$VMCRAFT" --engine "$engine" --ro --format=raw -a t.raw -i)
  check "$engine: hostname, the last counts" from-file "$("${look[@]}" cat /etc/hostname | head -1)"
  check "$engine: files" $'x1\nc\n\nx1\nc' "$("${look[@]}" cat /d/f : cat /d/h)"
  check "$engine: file of commands" $'one\ntwo' "$("${look[@]}" cat /from-file)"
  check "$engine: what is there" 'e f file folder h k l1 l2 named t' "$("${look[@]}" ls /d | xargs)"
  check "$engine: modes" '33257 33257 33152' \
    "$("${look[@]}" --json statns /d/file : statns /d/named : statns /d/t | jq -r .st_mode | xargs)"
  check "$engine: emptied" $'0\n0' "$("${look[@]}" filesize /d/k : filesize /d/e/m)"
  check "$engine: copied in" in "$("${look[@]}" cat /d/folder/in | head -1)"
  check "$engine: links" /d/f "$("${look[@]}" readlink /d/l2)"
  check "$engine: zone" ../usr/share/zoneinfo/Europe/Paris "$("${look[@]}" readlink /etc/localtime)"
  check "$engine: script" 'ran in /' "$("${look[@]}" cat /root/ran | head -1)"
  check_match "$engine: command" 'uid=0*' "$("${look[@]}" cat /root/id)"
  check "$engine: nothing of the script is left" left "$("${look[@]}" ls /tmp | xargs)"
  check_match "$engine: passwords" $'root:$6$*\nann:!$5$*\nbo:!:*' "$("${look[@]}" cat /etc/shadow)"
  check "$engine: keys" "$(cat key.pub key.pub)" \
    "$("${look[@]}" cat /home/ann/.ssh/authorized_keys : cat /root/.ssh/authorized_keys | grep .)"
  check "$engine: groups" sudo:x:27:bo "$("${look[@]}" cat /etc/group | grep sudo)"
  check "$engine: services" $'enabled\nmasked' "$("${look[@]}" service-status web : service-status off)"
  check "$engine: first boot" '0001-script.sh 0002-echo-hi' "$("${look[@]}" ls /usr/lib/vmcraft/firstboot/scripts | xargs)"
  check_match "$engine: a random password is said even if quiet" '*] Setting random password of ann to ????????????????' \
    "$("$VMCRAFT" customize -q --engine "$engine" -a t.raw --password ann:random)"
  check_match "$engine: a step that fails ends it" '*] Running: echo*vmcraft: sh_out: /bin/sh: exited with status 3: oh no*1' \
    "$("$VMCRAFT" customize --engine "$engine" -a t.raw --run-command 'echo oh no >&2; exit 3' --write /never:x 2>&1; echo " $?")"
  check "$engine: and what follows is not done" false "$("${look[@]}" exists /never)"

  cp guest.raw t.raw
  output=$("$VMCRAFT" sysprep --engine "$engine" --format raw -a t.raw --operations defaults,user-account,-tmp-files,-lvm-uuids \
    --hostname cloned 2>&1)
  check "$engine: sysprep: exit code" 0 $?
  check_match "$engine: sysprep: messages" '*] Performing "abrt-data" ...*] Performing "customize" ...*] Setting the hostname: cloned*' "$output"
  check "$engine: sysprep" "cloned 0 false false $home_stays true false" "$("${look[@]}" cat /etc/hostname : filesize /etc/machine-id : \
    exists /etc/ssh/ssh_host_rsa_key : exists /etc/passwd- : exists /home/ann : exists /tmp/left : exists /root/.ssh | xargs)"
  printf '#!/bin/sh\nrm etc/fstab; cat etc/hostname >made-by-script\n' >outside.sh
  chmod +x outside.sh
  if [ -e /dev/fuse ]; then
    "$VMCRAFT" sysprep -q --engine "$engine" --format raw -a t.raw --enable script --script outside.sh
    check "$engine: script on this machine" $'cloned' "$("${look[@]}" cat /made-by-script 2>&1 | head -1)"
    check_match "$engine: a script that fails" '*--script: *exited with status 1*1' \
      "$("$VMCRAFT" sysprep -q --engine "$engine" -a t.raw --operations script --script /bin/false 2>&1; echo " $?")"
  fi
done

# Devices: a guest on LVM, whose root is still found afterwards.
if [ "$(id -u)" -eq 0 ] && engines | grep -qx uml && command -v lvm mmd mkfs.vfat qemu-img >/dev/null; then
  mkdir -p lvm-tree/{boot,bin,usr/bin,var}
  cp -a tree/etc lvm-tree/etc
  bash "$HERE/../../scripts/make-guest" lvm.qcow2 lvm-tree || exit 1
  look=("$VMCRAFT" --engine uml --ro -a lvm.qcow2)
  ids() {
    "${look[@]}" --json run : pvs-full : vgs-full | jq -r '.[0] | .pv_uuid // .vg_uuid // empty'
    "${look[@]}" run : vfs-uuid /dev/debian-vg/root : vfs-uuid /dev/sda2
  }
  ids | sort >ids.before
  check 'ids are there' 4 "$(wc -l <ids.before)"
  check_run 'new ids: done' 0 '' "$VMCRAFT" sysprep -q --engine uml -a lvm.qcow2 --enable lvm-uuids,fs-uuids
  check 'new ids: no warning' '' "$(cat stderr)"
  check 'new ids: none is an old one' 4 "$(ids | sort | comm -13 ids.before - | wc -l)"
  check 'the root is found by its volume' old "$("${look[@]}" run : mount-ro /dev/debian-vg/root / : cat /etc/hostname | head -1)"
fi
finish
