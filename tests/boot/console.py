# SPDX-License-Identifier: LGPL-3.0-or-later
"""Talks to a guest's serial console: console.py SOCKET LOG STEP...

A step is "wait TEXT SECONDS" or "send TEXT", as one argument. Fails, with the end of what the console said, where
a text does not come in time.
"""
import socket
import sys
import time


def connect(path):
    for _ in range(100):
        try:
            console = socket.socket(socket.AF_UNIX)
            console.connect(path)
            return console
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{path}: nobody listens")


def wait(console, log, said, text, seconds):
    """Reads until the text was said; returns what was said behind it."""
    end = time.monotonic() + seconds
    while text not in said:
        console.settimeout(max(0.1, end - time.monotonic()))
        try:
            more = console.recv(65536)
        except socket.timeout:
            more = b""
        if not more or time.monotonic() > end:
            tail = said[-2000:].decode(errors="replace")
            sys.exit(f"the console did not say {text.decode()!r} in {seconds} s; it ended with:\n{tail}")
        log.write(more)
        log.flush()
        said += more
    return said[said.index(text) + len(text):]


def main():
    console = connect(sys.argv[1])
    said = b""
    with open(sys.argv[2], "wb") as log:
        for step in sys.argv[3:]:
            kind, rest = step.split(" ", 1)
            if kind == "send":
                console.sendall(rest.encode() + b"\n")
            else:
                text, seconds = rest.rsplit(" ", 1)
                said = wait(console, log, said, text.encode(), float(seconds))


main()
