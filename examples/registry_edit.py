#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""registry_edit.py IMAGE: tells what Windows an image holds, and lets Remote Desktop in at its next start."""
import sys

from vmcraft import GuestFS

TERMINAL = r"CurrentControlSet\Control\Terminal Server"


def main(image):
    with GuestFS(image, readonly=False) as g:
        g.mount_root()
        version = r"Microsoft\Windows NT\CurrentVersion"
        print("Windows:", g.registry_read("SOFTWARE", version, "ProductName"))
        g.registry_write("SYSTEM", TERMINAL, "fDenyTSConnections", "0", value_type="dword", backup=True)
        for entry in g.registry_list("SYSTEM", TERMINAL):
            print(f"{entry['name']}: {entry['type']} {entry['data']}")
        # The same as a file of regedit.
        print(g.registry_export("SYSTEM", TERMINAL).decode("utf-16"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
