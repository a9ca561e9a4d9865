#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""backup_config.py backup IMAGE ARCHIVE.tar.gz | restore ARCHIVE.tar.gz IMAGE: carries /etc from one guest to another."""
import sys

from vmcraft import GuestFS


def main(task, source, target):
    image = source if task == "backup" else target
    with GuestFS(image, readonly=task == "backup") as g:
        g.mount_root(readonly=task == "backup")
        if task == "backup":
            g.tar_out("/etc", target, compress="gzip", numericowner=True)
        else:
            g.tar_in(source, "/etc", compress="gzip")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("backup", "restore"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
