#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# differential.sh [FIRST_SEED [COUNT]]: plays the same random sequences of actions on libguestfs and on VMCraft
# (play.py), and lists every difference that differences.py does not explain. VMCRAFT names the program.
set -u
: "${VMCRAFT:?names the vmcraft to test}"
VMCRAFT=$(realpath "$VMCRAFT")
HERE=$(cd "$(dirname "$0")" && pwd)
first=${1:-1} count=${2:-20}
/usr/bin/python3 -c 'import guestfs' 2>/dev/null || { echo "skipped: python3-guestfs is not installed"; exit 77; }
WORK=$(mktemp -d "${TMPDIR:-/var/tmp}/differential.XXXXXX")
[ -n "${KEEP:-}" ] || trap 'rm -rf "$WORK"' EXIT
export HOME=$WORK LC_ALL=C.UTF-8
LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg \
  timeout -k 5 7200 /usr/bin/python3 "$HERE/play.py" "$first" "$count" >"$WORK/theirs" &
for engine in host uml; do
  VMCRAFT_ENGINE=$engine timeout -k 5 1800 "$VMCRAFT" guestfs-env /usr/bin/python3 "$HERE/play.py" "$first" "$count" \
    >"$WORK/ours.$engine" || exit 1
done
wait $! || exit 1
[ -z "${KEEP:-}" ] || echo "kept in $WORK"
status=0
for engine in host uml; do
  echo "engine $engine:"
  python3 "$HERE/differences.py" "$WORK/theirs" "$WORK/ours.$engine" || status=1
done
exit $status
