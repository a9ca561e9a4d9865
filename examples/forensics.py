#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""forensics.py IMAGE SINCE: facts, files modified at or after SINCE (ISO 8601), and the last lines of the logs.

The image is opened read-only; its hash before and after is compared.
"""
import hashlib
import json
import sys

from vmcraft import Error, GuestFS


def digest(path):
    with open(path, "rb") as image:
        return hashlib.file_digest(image, "sha256").hexdigest()


def main(image, since):
    before = digest(image)
    with GuestFS(image, python_return_dict=True) as g:
        g.mount_root()
        print(json.dumps(g.inspect_os_info(), indent=1))
        for path in g.find_modified_since(since):
            print("modified:", path, g.checksum("sha256", path) if g.is_file(path) else "-")
        for log in g.glob_expand("/var/log/*log"):
            try:
                print(f"{log}:", *g.tail_n(3, log), sep="\n  ")
            except Error as failure:
                print(f"{log}: {failure}", file=sys.stderr)
    if digest(image) != before:
        sys.exit(f"{image} has changed")
    print("sha256:", before)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
