#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# forensics.sh IMAGE SINCE FOLDER: collects evidence from an image without changing it.
#
# Writes to FOLDER: facts of the system, the files modified at or after SINCE (ISO 8601, such as
# 2024-05-31), the logs, and checksums of all of /etc. The image's own hash is taken before and after.
# VMCRAFT names the vmcraft to run; ENGINE=uml keeps an image that is not trusted away from your kernel.
set -euo pipefail

if [ $# -ne 3 ]; then
  echo "usage: forensics.sh IMAGE SINCE FOLDER" >&2
  exit 2
fi
image=$1 since=$2 folder=$3
vmcraft=("${VMCRAFT:-vmcraft}" --ro --engine "${ENGINE:-auto}" -a "$image")
mkdir -p "$folder"

before=$(sha256sum <"$image")

"${vmcraft[@]}" --json --run inspect-os-info >"$folder/system.json"
# One start for the rest: mount what the guest's fstab names, then collect.
"${vmcraft[@]}" -i \
  find-modified-since "$since" : \
  tar-out /var/log "$folder/logs.tar" : \
  checksums-out sha256 /etc "$folder/etc.sha256" >"$folder/modified.txt"

after=$(sha256sum <"$image")
printf 'before %s\nafter  %s\n' "${before%% *}" "${after%% *}" | tee "$folder/evidence.sha256"
if [ "$before" != "$after" ]; then
  echo "forensics.sh: $image has changed" >&2
  exit 1
fi
printf '%s modified since %s\n' "$(wc -l <"$folder/modified.txt")" "$since"
