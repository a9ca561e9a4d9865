#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# The C interface from outside: its symbols, and a program compiled against our header and against libguestfs' own.
. "$(dirname "$0")/../shell/support.bash"
: "${GUESTFS_DIR:?names the folder of libguestfs.so.0}" "${GUESTFS_INCLUDE:?names those of guestfs.h, with -I}"
CAPI=$HERE/../capi
export LD_LIBRARY_PATH=$GUESTFS_DIR

exported() { nm -D --defined-only "$1" | awk '{print $3}' | sort -u; }
exported "$GUESTFS_DIR/libguestfs.so.0" >ours
check 'symbols of 1.48 that are missing' '' "$(LC_ALL=C comm -23 "$CAPI/symbols.txt" ours)"
check 'symbols without guestfs_ in front' '' "$(grep -v '^guestfs_' ours)"
check 'name' libguestfs.so.0 "$(objdump -p "$GUESTFS_DIR/libguestfs.so.0" | awk '/SONAME/ {print $2}')"

# Debian's header and library, from its packages; nothing is installed.
peer=
if command -v apt-get >/dev/null && (apt-get download libguestfs-dev libguestfs0 >/dev/null 2>&1); then
  for package in ./*.deb; do dpkg -x "$package" peer; done
  peer=peer/usr
  exported "$(echo peer/usr/lib/*/libguestfs.so.0)" | grep -v internal_ >theirs
  check 'the list is that of the library' '' "$(diff theirs "$CAPI/symbols.txt")"
else
  echo "not compared with libguestfs' own header and symbols: its packages cannot be had here"
fi

build() { "${CC:-cc}" -Wall -Wextra -Werror -DGUESTFS_NO_WARN_DEPRECATED "$@" -L"$GUESTFS_DIR" -l:libguestfs.so.0; }
# shellcheck disable=SC2086
build $GUESTFS_INCLUDE "$CAPI/program.c" -o ours.bin || check 'compiles with our header' yes no
check 'with our header' "$(cat "$CAPI/program.txt")" "$(./ours.bin disk.img 2>&1)"
if [ -n "$peer" ]; then
  build -I$peer/include "$CAPI/program.c" -o theirs.bin || check "compiles with libguestfs' header" yes no
  check "with libguestfs' header" "$(cat "$CAPI/program.txt")" "$(./theirs.bin disk.img 2>&1)"
  # Each structure is as large in both.
  count=0
  for include in "$GUESTFS_INCLUDE" -I$peer/include; do
    { echo '#include <guestfs.h>'; echo '#include <stdio.h>'; echo 'int main(void) {'
      sed -n 's/^guestfs_compare_\(.*\)/printf("\1 %zu\\n", sizeof(struct guestfs_\1));/p' "$CAPI/symbols.txt"
      echo 'return 0; }'; } >sizes.c
    # shellcheck disable=SC2086
    count=$((count + 1))
    build $include sizes.c -o sizes && ./sizes >"sizes.$count"
  done
  check 'sizes of the structures' '' "$(diff sizes.1 sizes.2)"
fi
check_run 'guestfs-env' 0 "${GUESTFS_DIR}"$'\n' env -u LD_LIBRARY_PATH "$VMCRAFT" guestfs-env sh -c 'echo $LD_LIBRARY_PATH'
check_run 'guestfs-env without a program' 1 '' "$VMCRAFT" guestfs-env
finish
