#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# The same scripts under guestfish and under vmcraft: standard output and exit codes must be the same.
. "$(dirname "$0")/../shell/support.bash"
need guestfish
ls /boot/vmlinuz-* >/dev/null 2>&1 || skip 'guestfish needs a readable kernel in /boot'
make_guest
export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg
export SHELL=/bin/sh EDITOR='sed -i s/one/edited/' PAGER=cat

# both NAME ARGUMENT...: the script of standard input under both
both() {
  local name=$1 program code=0
  shift
  cat >script
  for program in guestfish "$VMCRAFT"; do
    cp disk.raw work.raw
    "$program" "$@" <script >"out.$(basename "$program")" 2>"err.$(basename "$program")"
    code=$?
    echo "exit code $code" >>"out.$(basename "$program")"
  done
  if diff -u --label guestfish out.guestfish --label vmcraft out.vmcraft >difference; then return; fi
  echo "FAILED: $name"
  cat difference
  sed 's/^/  guestfish: /' err.guestfish
  sed 's/^/  vmcraft: /' err.vmcraft
  failures=$((failures + 1))
}

both 'without a disk' <<'END'
# comment
   # another
echo a   b   c
echo "a \"b\" \t\101\x42\\" 'c "d" \n' # no comment
echo foo"bar" x|y ~ ~root ~nosuchuser/x "~"
echo one | tr a-z A-Z
echo "a b" 'c|d' |cat -A
!echo local
<! printf 'echo 1\necho "2  3"\n'
-nonsense
- echo after dash
-set-verbose maybe
-max-disks extra
-get_path extra:1
set-identifier handle_1
get-identifier
get_identifier
set-backend-settings "a 'b c'  d\'e 'f\'g' h'i'j  '' k\\l "
get-backend-settings
set-memsize 0x400
get-memsize
set-memsize 01000
get-memsize
set-autosync OFF
get-autosync
set-autosync y
get-autosync
lcd /
!pwd
setenv VARIABLE "a value"
!echo $VARIABLE
unsetenv VARIABLE
!echo "[$VARIABLE]"
event hear enter "echo event $EVENT $1"
list-events
get-network
delete-event hear
list-events
disk-create /dev/null/x raw
echo not reached
END
both 'unterminated quote' <<<'echo "a'
both 'no blank after a quote' <<<'echo "a"b'
both 'unknown escape' <<<'echo "\q"'
both 'unknown command' <<<'nonsense'
both 'failing local command' <<<'!false'
both 'quit' <<<$'echo a\nquit\necho b'
both 'commands of the command line' echo a b : echo 'c d' : -- -nonsense : echo e </dev/null
both 'command line, failure' echo a : nonsense : echo b </dev/null
both 'status of a pipe' --pipe-error <<<'echo a | sh -c "cat; false"'
both '--version is no failure' -r get-autosync </dev/null

both 'a guest' -a work.raw <<'END'
run
list-devices
list-partitions
list-filesystems
mount /dev/sda1 /
ls /
cat /etc/hostname
-cat /nonexistent
read-lines /etc/os-release
glob cat /dir/*.txt
glob echo /dir/*.txt /etc/host*
glob ls /dir*
glob-expand /dir/*
upload -<<_end_ /dir/new
line 1
  "line" 2
_end_
cat /dir/new
download /dir/new -
upload -<<_second_ /dir/second
text
_second_
cat /dir/second | sed 's/t/T/g'
write /dir/w "a\tb\n"
hexdump /dir/w
write-append /dir/w 'literal \n'
cat /dir/w
filesize /dir/w
is-file /dir/w
is-dir /dir/w
is-dir /dir/link followsymlinks:true
-is-dir /dir/w followsymlinks:true followsymlinks:true
-is-dir /dir/w unknown:true
mkdir-mode /dir/m 0700
lstat /dir/m | grep -E '^(mode|nlink|uid|gid|size): '
lstatlist /dir "a.txt 'c d'" | grep -E 'mode|size|[][{}]'
readdir /dir | grep -cE 'ftyp'
touch /dir/big
truncate-size /dir/big 3M
stat /dir/big | grep size
truncate-size /dir/big 1KB
filesize /dir/big
umask 0022
umask 027
get-umask
case-sensitive-path /DIR/A.TXT
mountpoints
mounts
blockdev-getsize64 /dev/sda
blockdev-getro /dev/sda
edit /dir/a.txt
cat /dir/a.txt
more /dir/b.txt
copy-out /etc/hostname .
!cat hostname
copy-in hostname /dir
cat /dir/hostname
checksum md5 /dir/b.txt
grep o /dir/b.txt
head-n 1 /etc/os-release
strings /etc/hostname
file /dir/link
vfs-type /dev/sda1
df-h | grep -c sda1
statvfs / | grep -E 'bsize|namemax'
fill 0x61 5 /dir/filled
cat /dir/filled
fill-pattern abc 7 /dir/filled
cat /dir/filled
mkdtemp /dir/tmpXXXXXX | wc -c
ln-s a.txt /dir/another
readlink /dir/another
tar-out /dir - | tar tf - | grep -c txt
rm-rf /dir/m
exists /dir/m
umount /
-ls /
echo end of the script
END
check_match 'a guest: the script ran to its end' '*end of the script*' "$(cat out.vmcraft)"
both '-i and read-only' --ro -a work.raw -i <<'END'
inspect-get-roots
inspect-get-type /dev/sda1
inspect-get-distro /dev/sda1
inspect-get-hostname /dev/sda1
mountpoints
cat /etc/hostname
-write /x y
END
both '-m with all parts' --format=raw -a work.raw -m /dev/sda1:/:ro,noatime:ext4 \
  cat /etc/hostname </dev/null
both 'commands on a guest' --ro -a work.raw run : mount-ro /dev/sda1 / : glob cat '/dir/*.txt' : \
  -- -cat /none : cat /etc/hostname </dev/null
finish
