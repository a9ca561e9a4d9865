#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# Every feature of the script language, without a disk.
. "$(dirname "$0")/support.bash"

script() {
  "$VMCRAFT" 2>"$WORK/stderr"
}

check 'words and comments' $'a b\n# c' "$(script <<'END'
# a comment

echo a   b
  # another
echo "#" c
END
)"
check 'quotes' $'a b|c "d"|e\tf|AB' "$(script <<'END' | tr '\n' '|' | sed 's/|$//'
echo "a b"
echo 'c "d"'
echo "e\tf"
echo "\101\x42"
END
)"
check 'dash: the script goes on' 'after' "$(script <<'END'
-nonsense
- echo-error "told so" 5
echo after
END
)"
check 'no dash: the script ends' 'before' "$(printf 'echo before\nnonsense\necho after\n' | script)"
check 'pipe' 'HELLO' "$(printf 'echo hello | tr a-z A-Z\n' | script)"
check 'pipe keeps order' $'1\n2\n3' "$(printf 'echo 1\necho 2 | cat\necho 3\n' | script)"
check 'local command' $'x\nlocal\ny' "$(printf 'echo x\n!echo local\necho y\n' | script)"
check 'script of a local command' $'1\n2' "$(printf '<! printf "echo 1\\necho 2\\n"\n' | script)"
check 'here-document' $'line 1\n  "line" 2' "$(script <<'END'
echo-files -<<EOF -
line 1
  "line" 2
EOF
END
)"
check 'tilde' "$HOME $HOME/x ~" "$(printf 'echo ~ ~/x "~"\n' | script)"
check 'underscores' '0' "$(printf 'get_pgroup\n' | script | sed 's/false/0/')"
check 'quit ends the script' 'a' "$(printf 'echo a\nQUIT\necho b\n' | script)"
check 'last line without newline' 'a' "$(printf 'echo a' | script)"
check 'lists' $'a\nb c\nd'\''e' "$(printf "echo-stringlist \"a 'b c' d\\\\\\\\'e\"\n" | script)"
check 'sizes' $'1024\n1000\n31\n8\n1048576' \
  "$(printf 'echo-int64 1K\necho-int64 1KB\necho-int64 0x1f\necho-int64 010\necho-int64 M\n' | script)"
check 'booleans' $'true\nfalse' "$(printf 'echo-bool YES\necho-bool off\n' | script)"
check 'absent string' '(null)' "$(printf 'echo-optstring null\n' | script)"
check 'options' $'text: a b\nflag: true\nlarge: 2048' \
  "$(printf 'echo-options "text:a b" flag:1 large:2K\n' | script)"
check 'octal' '0755' "$(printf 'echo-octal 0755\n' | script)"
check 'not' 'ok' "$(printf 'not echo-error x 5\necho ok\nnot echo x\n' | script | tail -1 | sed 's/^x$/ok/')"
check 'setenv' 'value' "$(printf 'setenv V value\n!echo $V\nunsetenv V\n!echo -n $V\n' | script)"
check 'lcd' '/' "$(printf 'lcd /\n!pwd\n' | script)"
check_match 'time' 'hi
elapsed time: 0.?? seconds' "$(printf 'time echo hi\n' | script)"

for line in 'echo "a' "echo 'a" 'echo "a"b' 'echo "\q"' 'echo "\x00"' 'nonsense' 'echo-int 1Q' \
  'echo-int 4G' 'echo-bool maybe' 'echo-string' 'echo-string a b' 'echo-options wrong:1' \
  'echo-options flag:1 flag:0' 'echo-files -<<END -' 'not echo' 'delete-event none' '!false'; do
  printf '%s\necho reached\n' "$line" >bad
  got=$("$VMCRAFT" -f bad 2>"$WORK/stderr")
  check "refused: $line: exit code" 1 $?
  check_match "refused: $line: says why" 'vmcraft: *' "$(cat "$WORK/stderr")"
  [[ $got != *reached* ]] || check "refused: $line: script ends" '' "$got"
done

check 'near names' 'vmcraft: lss: unknown command; did you mean ls, ls0, lvs?' "$("$VMCRAFT" lss 2>&1)"
long=$(head -c 200000 /dev/zero | tr '\0' x)
check 'pipe errors are ignored' 0 "$(printf 'echo %s | true\n' "$long" | script >/dev/null; echo $?)"
check '--pipe-error' 1 \
  "$(printf 'echo %s | true\n' "$long" | "$VMCRAFT" --pipe-error 2>/dev/null; echo $?)"
check 'status of the pipe' 0 "$(printf 'echo x | sh -c "cat; false"\n' | "$VMCRAFT" --pipe-error \
  >/dev/null; echo $?)"

cat >events <<'END'
event hear trace "echo heard $EVENT"
list-events
event gone enter "echo no"
delete-event gone
trace true
get-pgroup
END
check_match 'events' '"hear" (?*): trace: echo heard $EVENT*heard trace*' \
  "$(SHELL=/bin/sh "$VMCRAFT" -f events 2>/dev/null)"
finish
