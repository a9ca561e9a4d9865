# SPDX-License-Identifier: LGPL-3.0-or-later
"""old_raid0.py MD DISK...: makes a striped array with a superblock of version 0.90 by the kernel's own
calls, as mdadm did before it refused to."""
import fcntl
import os
import struct
import sys

SET_ARRAY_INFO, ADD_NEW_DISK, RUN_ARRAY = 0x40480923, 0x40140921, 0x400c0930

disks = sys.argv[2:]
array = os.open(sys.argv[1], os.O_RDWR)
info = [0, 90, 0, 0, 0, 0, len(disks), len(disks), 0, 0, 0, 1, len(disks), len(disks), 0, 0, 0, 65536]
fcntl.ioctl(array, SET_ARRAY_INFO, struct.pack("18i", *info))
for number, disk in enumerate(disks):
    device = os.stat(disk).st_rdev
    entry = [number, os.major(device), os.minor(device), number, 6]
    fcntl.ioctl(array, ADD_NEW_DISK, struct.pack("5i", *entry))
fcntl.ioctl(array, RUN_ARRAY, 0)
