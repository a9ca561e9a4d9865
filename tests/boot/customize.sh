#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# A Debian guest goes through sysprep and customize, boots under qemu without KVM, and what was changed is seen
# from inside. Takes minutes, so it runs on demand: ctest -C boot -L boot.
. "$(dirname "$0")/../shell/support.bash"
need qemu-system-x86_64 mmdebstrap mke2fs sfdisk python3 jq
[ "$(id -u)" -eq 0 ] || skip 'making a Debian needs root'
engine=${VMCRAFT_BOOT_ENGINE:-$(engines | head -1)}
[ -n "$engine" ] || skip 'no engine works here'

cache=${VMCRAFT_TEST_CACHE:-/var/tmp/guests-for-tests.vmcraft}
archive=$cache/debian-bookworm-bootable.tar
if [ ! -e "$archive" ]; then
  mkdir -p "$cache"
  mmdebstrap --quiet --mode=root --variant=apt --format=tar \
    --include=systemd-sysv,linux-image-cloud-amd64,udev,openssh-server,dbus bookworm "$archive.$$" || skip 'no Debian can be made here'
  mv "$archive.$$" "$archive"
fi

mkdir tree && tar -C tree -xf "$archive" || exit 1
echo '/dev/vda1 / ext4 errors=remount-ro 0 1' >tree/etc/fstab
echo before >tree/etc/hostname
cp tree/boot/vmlinuz-* kernel
cp tree/boot/initrd.img-* initrd
old_key=$(sha256sum <tree/etc/ssh/ssh_host_ed25519_key.pub)
truncate -s 1200M part.raw && mke2fs -q -F -t ext4 -d tree part.raw && truncate -s 1202M disk.raw || exit 1
echo 'label: gpt
start=2048, type=L' | sfdisk -q disk.raw || exit 1
dd if=part.raw of=disk.raw bs=1M seek=1 conv=notrunc,sparse status=none
rm -rf part.raw tree
ssh-keygen -q -t ed25519 -N '' -f key
printf '#!/bin/sh\nhostname >/var/lib/mark-of-the-first-boot\n' >first.sh

tool=("$VMCRAFT")
"${tool[@]}" sysprep --engine "$engine" --format raw -a disk.raw || exit 1
check 'sysprep: no host keys' '' "$("$VMCRAFT" --engine "$engine" --ro --format=raw -a disk.raw -i glob-expand '/etc/ssh/ssh_host_*')"
"${tool[@]}" customize --engine "$engine" --format raw -a disk.raw --hostname changed-guest --root-password password:let-me-in \
  --user-add ann:sudo --password ann:random --ssh-inject ann:file:key.pub --firstboot first.sh \
  --firstboot-command 'echo second >/var/lib/second-mark' --service-disable systemd-pstore --service-mask apt-daily.timer \
  --locale C.UTF-8 --write '/etc/motd:customized motd' || exit 1

qemu-system-x86_64 -accel tcg -m 1024 -smp 2 -nodefaults -display none -no-reboot -kernel kernel -initrd initrd \
  -append 'root=/dev/vda1 console=ttyS0 quiet' -drive file=disk.raw,format=raw,if=virtio \
  -serial unix:console,server=on,wait=off >qemu.log 2>&1 &
machine=$!
# shellcheck disable=SC2016 # the guest's shell expands it
timeout -k 5 900 python3 "$HERE/../boot/console.py" console console.log 'wait changed-guest login: 600' 'send root' \
  'wait Password: 60' 'send let-me-in' 'wait customized motd 120' \
  'send for i in $(seq 300); do [ -e /var/lib/second-mark ] && break; sleep 1; done; echo ma""rk $(cat /var/lib/mark-of-the-first-boot)' \
  'wait mark changed-guest 400' \
  'send id ann; systemctl is-enabled apt-daily.timer; systemctl -q is-active ssh && echo ssh ru""ns; poweroff' \
  'wait 27(sudo) 60' 'wait masked 60' 'wait ssh runs 60'
spoke=$?
for _ in $(seq 120); do kill -0 $machine 2>/dev/null || break; sleep 1; done
kill $machine 2>/dev/null
check 'the console said what it should' 0 $spoke
[ $spoke -eq 0 ] || tail -5 qemu.log

after=("$VMCRAFT" --engine "$engine" --ro --format=raw -a disk.raw -i)
check 'the mark of the script' changed-guest "$("${after[@]}" cat /var/lib/mark-of-the-first-boot | head -1)"
check 'the script ran once' 0 "$("${after[@]}" ls /usr/lib/vmcraft/firstboot/scripts | wc -l)"
check_match 'a machine id of its own' '????????????????????????????????' "$("${after[@]}" cat /etc/machine-id | head -1)"
new_key=$("${after[@]}" cat /etc/ssh/ssh_host_ed25519_key.pub | sha256sum)
[ "$new_key" != "$old_key" ] || check 'other host keys' 'not the old ones' "$new_key"
check 'the key of ann' "$(cat key.pub)" "$("${after[@]}" cat /home/ann/.ssh/authorized_keys | head -1)"
finish
