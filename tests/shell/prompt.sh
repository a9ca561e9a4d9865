#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# The prompt as a person meets it: completion of commands, devices and guest paths, history, Ctrl-C.
. "$(dirname "$0")/support.bash"
make_guest
need tmux
[ -n "$(engines)" ] || skip 'no engine works here'
engine=$(engines | head -1)

screen() { tmux -S "$WORK/tmux" "$@"; }
trap 'screen kill-server 2>/dev/null; rm -rf "$WORK"' EXIT

# Waits until the screen shows what it should; prints the screen.
shows() {
  local text
  for _ in $(seq 100); do
    text=$(screen capture-pane -p -S -200)
    # shellcheck disable=SC2254
    case $text in $1) break ;; esac
    sleep 0.1
  done
  printf '%s' "$text"
}
type_in() { screen send-keys "$@"; }

screen -f /dev/null new-session -d -x 100 -y 50 "$VMCRAFT --engine $engine --ro -a disk.raw -m /dev/sda1"
check_match 'greets and prompts' "*Type: 'help'*><fs>*" "$(shows "*><fs>*")"
type_in 'cat /etc/hostn' Tab Enter
check_match 'completes a guest path' '*cat /etc/hostname*shell-guest*' "$(shows '*shell-guest*><fs>*')"
type_in 'list-parti' Tab Enter
check_match 'completes a command' '*list-partitions*/dev/sda1*' "$(shows '*list-partitions*/dev/sda1*')"
type_in 'vfs-type /dev/sd' Tab '1' Enter
check_match 'completes a device' '*vfs-type /dev/sda1*ext4*' "$(shows '*vfs-type*ext4*')"
type_in Up Up Up Enter
check_match 'keeps a history' '*shell-guest*shell-guest*' "$(shows '*shell-guest*shell-guest*')"
type_in 'no-such-command' Enter
check_match 'names what it does not know' '*no-such-command*unknown command*' \
  "$(shows '*unknown command*')"
type_in 'echo-progress 60000' Enter
sleep 0.5
type_in C-c
check_match 'Ctrl-C ends the call, not the shell' '*echo*cancel*><fs>*' "$(shows '*ancel*><fs>*')"
type_in 'cat /dir/a.txt' Enter
check_match 'works on after it' '*cat /dir/a.txt*one*' "$(shows '*cat /dir/a.txt*one*')"
type_in 'quit' Enter
for _ in $(seq 50); do screen has-session 2>/dev/null || break; sleep 0.1; done
check 'quit ends it' '' "$(screen list-sessions 2>/dev/null)"
check 'the history is kept in a file' '1' "$(cat "$WORK"/.[vg]*history* 2>/dev/null | grep -c vfs-type)"
finish
