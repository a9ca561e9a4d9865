#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# The command line: each option, its page, and the exit codes.
. "$(dirname "$0")/support.bash"

check_match '--version' 'vmcraft [0-9]*.[0-9]*' "$("$VMCRAFT" --version)"
check '-V' "$("$VMCRAFT" --version)" "$("$VMCRAFT" -V)"
check_match '--help' 'vmcraft: *--add*--run*Examples:*' "$("$VMCRAFT" --help)"
check_match '-h' '*add-drive *' "$("$VMCRAFT" -h)"
check_match '-h COMMAND' 'NAME*mount-options - *' "$("$VMCRAFT" -h mount-options)"
check_match '--cmd-help=COMMAND' 'NAME*glob - *' "$("$VMCRAFT" --cmd-help=glob)"
check_match '-N help' '*bootrootlv*' "$("$VMCRAFT" -N help)"
check_match 'api' '{*"actions"*}' "$("$VMCRAFT" api --json)"
check_match 'api --coverage' 'action *mount *yes*actions of libguestfs: *' "$("$VMCRAFT" api --coverage)"
check_match 'api --coverage: what cannot work' '*config *ENOTSUP *no hypervisor*' "$("$VMCRAFT" api --coverage)"
check_run 'api --nonsense' 1 '' "$VMCRAFT" api --nonsense
check_match 'doctor' 'engine host: *' "$("$VMCRAFT" doctor)"
check_match '--short-options' '*-a*-x*' "$("$VMCRAFT" --short-options)"

# Each long option is in --help and on the page, and the page names no other.
page=$HERE/../../docs/shell.md
for option in $("$VMCRAFT" --long-options); do
  "$VMCRAFT" --help | grep -q -- "$option\\b" || check "$option in --help" yes no
  grep -q -- "\`.*$option\\b.*\`" "$page" || check "$option in docs/shell.md" yes no
done
for option in $(sed -n 's/^| `\(.*\)` |.*/\1/p' "$page" | grep -o -- '--[a-z-]*' | sort -u); do
  "$VMCRAFT" --long-options | grep -qx -- "$option" || check "docs/shell.md: $option exists" yes no
done

for wrong in --nonsense -Q '--engine kvm' '--blocksize=100' '--key x' --live '-d guest' -a \
  '--remote=1 -a x' '-m' '-N nothing' '-a gopher://x/y' '-f /nonexistent' '--snapshot x' '-N disk --snapshot x' \
  '-a x --snapshot y --snapshot z'; do
  # shellcheck disable=SC2086
  "$VMCRAFT" $wrong </dev/null >/dev/null 2>"$WORK/stderr"
  check "$wrong: exit code" 1 $?
  check_match "$wrong: says why" 'vmcraft: *' "$(cat "$WORK/stderr")"
done

for fine in --selinux --csh --echo-keys --keys-from-stdin --network -n -v --no-dest-paths -D \
  --progress-bars --no-progress-bars --pipe-error '--key all:key:x' '-c qemu:///' '--format=raw' \
  '--format' '--blocksize' '--blocksize=4096' --ro --rw -r -w '--engine host' '--engine uml'; do
  # shellcheck disable=SC2086
  check_run "$fine" 0 $'hi\n' "$VMCRAFT" $fine echo hi
done
check_match '-x' '*trace: get_pgroup*' "$("$VMCRAFT" -x get-pgroup 2>&1)"
check 'commands of the command line' $'a\nb c' "$("$VMCRAFT" echo a : echo b c)"
check '-- and a dash' 'b' "$("$VMCRAFT" -- -nonsense : echo b 2>/dev/null)"
check '--run, repeated' $'1\n2 3' "$("$VMCRAFT" --run 'echo 1' --run 'echo "2 3"')"
check '--json' $'"a"\nnull' "$("$VMCRAFT" --json echo a : set-verbose false)"
check '--json error' '{"error": "lss: unknown command; did you mean ls, ls0, lvs?"}' \
  "$("$VMCRAFT" --json lss 2>&1)"
check '-N disk' 1073741824 "$("$VMCRAFT" -N disk disk-virtual-size test1.img)"
check '-N FILE=disk:SIZE' 1048576 "$("$VMCRAFT" -N my.img=disk:1M disk-virtual-size my.img)"
check 'alloc, sparse' $'4194304\n8388608' \
  "$("$VMCRAFT" alloc a.img 4M : sparse b.img 8M : disk-virtual-size a.img : disk-virtual-size b.img)"
echo 'key' | check_run '--keys-from-stdin' 0 $'key\n' "$VMCRAFT" --keys-from-stdin echo-key

mkdir -p .config/libguestfs
echo 'read_only = nonsense;' >.config/libguestfs/libguestfs-tools.conf
check_run 'configuration that is wrong' 1 '' "$VMCRAFT" echo hi
echo 'read_only = true; # yes' >.config/libguestfs/libguestfs-tools.conf
truncate -s 1M d.raw
check_match 'read_only of the configuration' '*readonly:true*' "$("$VMCRAFT" -x -a d.raw echo 2>&1)"
[[ $("$VMCRAFT" -x -w -a d.raw echo 2>&1) != *readonly:true* ]] || check '--rw over configuration' 1 0
finish
