#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# backup_config.sh backup IMAGE ARCHIVE.tar.gz: packs /etc of the guest on IMAGE, changing nothing.
# backup_config.sh restore ARCHIVE.tar.gz IMAGE: unpacks it into /etc of the guest on IMAGE.
#
# Owners, modes, times, ACLs and extended attributes are kept. Files that only the target has stay.
# VMCRAFT names the vmcraft to run.
set -euo pipefail

vmcraft=${VMCRAFT:-vmcraft}
usage() {
  echo "usage: backup_config.sh backup IMAGE ARCHIVE.tar.gz" >&2
  echo "       backup_config.sh restore ARCHIVE.tar.gz IMAGE" >&2
  exit 2
}

[ $# -eq 3 ] || usage
case $1 in
  backup) "$vmcraft" --ro -a "$2" -i tar-out /etc "$3" compress:gzip acls:true xattrs:true ;;
  restore) "$vmcraft" --rw -a "$3" -i tar-in "$2" /etc compress:gzip acls:true xattrs:true ;;
  *) usage ;;
esac
