#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""customise_cloud_image.py IMAGE HOSTNAME KEY.pub USER [PACKAGE...]: makes a cloud image one's own.

Sets the hostname, gives the user an ssh key, and installs packages with the guest's own apt.
"""
import sys

from vmcraft import GuestFS


def add_key(g, user, key):
    entries = [line.split(":") for line in g.read_lines("/etc/passwd")]
    uid, gid, home = next((int(e[2]), int(e[3]), e[5]) for e in entries if e[0] == user)
    folder = f"{home}/.ssh"
    g.mkdir_p(folder)
    g.write_append(f"{folder}/authorized_keys", key)
    for path, mode in ((folder, 0o700), (f"{folder}/authorized_keys", 0o600)):
        g.chmod(mode, path)
        g.chown(uid, gid, path)


def main(image, hostname, key_file, user, *packages):
    g = GuestFS()
    g.add_drive(image)
    g.set_network(bool(packages))
    g.launch()
    with g:
        g.mount_root(readonly=False)
        g.write("/etc/hostname", hostname + "\n")
        with open(key_file, encoding="utf-8") as key:
            add_key(g, user, key.read())
        if packages:
            print(g.sh("apt-get update && apt-get install -y " + " ".join(packages)))
        print("hostname:", g.cat("/etc/hostname").strip())


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
