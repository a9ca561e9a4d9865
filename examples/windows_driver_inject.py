#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""windows_driver_inject.py IMAGE DRIVERS [INF]: gives a Windows guest the drivers of a folder, such as virtio-win.

It says first what would be done, then does it.
"""
import sys

from vmcraft import GuestFS


def main(image, drivers, inf=None):
    with GuestFS(image, readonly=False) as g:
        g.mount_root()
        plan = g.inject_driver(drivers, inf=inf, dry_run=True)
        print(f"{plan['files_copied']} files, {plan['keys_written']} values of the registry, for:")
        print(plan["hardware_ids"])
        result = g.inject_driver(drivers, inf=inf)
        print("services:", *result["service"].split())
        print("installed:", result["inf"].replace("\n", ", "))
        print("files:", *result["files"].splitlines(), sep="\n  ")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
