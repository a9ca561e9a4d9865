#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""basic_usage.py IMAGE: tells what system an image holds and reads a file, without changing anything."""
import sys

from vmcraft import GuestFS

with GuestFS(sys.argv[1], readonly=True, python_return_dict=True) as g:
    g.mount_root()
    info = g.inspect_os_info()
    print(f"{info['product_name']} ({info['arch']}), windows: {g.is_windows()}, linux: {g.is_linux()}")
    for point, device in g.inspect_get_mountpoints(g.inspect_get_roots()[0]).items():
        print(f"mounted {device} on {point}")
    print("/etc/hostname:", g.read("/etc/hostname").decode().strip())
    print(f"launched in {g.get_performance_metrics()['total_launch']} s")
