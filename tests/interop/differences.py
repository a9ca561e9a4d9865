#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""differences.py THEIRS OURS: compares what two players printed (play.py).

A result is compared as it is; of an error, the reason of the system at its end where both have one. Each rule of RULES
explains one difference that stays, and is counted. Exit code 1 where something is left unexplained.
"""
import collections
import json
import os
import re
import sys

REASONS = {os.strerror(number) for number in range(1, 134)}


def reason(text):
    """The system's reason at the end of an error; none where it ends in other words."""
    last = text.rstrip().rstrip(".").split(": ")[-1]
    return last if last in REASONS else None


def same_error(theirs, ours):
    a, b = reason(theirs), reason(ours)
    return a is None or b is None or a == b


# Of the machine and the moment: the number of the device, and times that the sequence did not set itself.
PASSING = re.compile(r"^(st_)?(dev|[amc]time(_sec|_nsec)?)$")


def lasting(value):
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if not PASSING.match(k)}
    if isinstance(value, list):
        return [lasting(v) for v in value]
    return value


# (why, which actions, whether it explains this pair of (kind, value))
RULES = []


def rule(why, actions):
    def add(function):
        RULES.append((why, re.compile(f"^(?:{actions})$"), function))
        return function
    return add


def explained(name, args, theirs, ours):
    for why, actions, test in RULES:
        if actions.match(name) and test(args, theirs, ours):
            return why
    return None


@rule("df shows the appliance's file systems too", "df")
def _(args, theirs, ours):
    wanted = [line.replace("/sysroot", "/").split() for line in theirs[1].splitlines() if "/sysroot" in line]
    return wanted == [line.split() for line in ours[1].splitlines()[1:]]


@rule("without names, or with none that is there, the directory is not looked at", "l(statns|stat|xattr)list|readlinklist")
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and not any(
        value for entry in theirs[1] for value in (entry.values() if isinstance(entry, dict) else entry)
        if value not in (-1, "", 0))


@rule("a partition that is not there is a finding of sgdisk, and no error", "part_set_gpt_(guid|type)")
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours == ["error", ours[1]] and ours[1].endswith("No such file or directory")


@rule("both names are wrong, and the other one is told", "ln.*|mv|rename|cp.*|copy_.*|equal|dd")
def _(args, theirs, ours):
    return theirs[0] == ours[0] == "error"


@rule("words with letters that are not ASCII are counted", "wc_w")
def _(args, theirs, ours):
    return theirs[0] == ours[0] == "ok" and theirs[1] < ours[1]


@rule("a directory has no strings, and is none to ask for them", "strings(_e)?")
def _(args, theirs, ours):
    return theirs == ["ok", []] and ours[0] == "error" and ours[1].endswith("Is a directory")


@rule("less than no files are none", "fill_dir")
def _(args, theirs, ours):
    return args[1] < 0 and theirs[0] == "ok"


def compare(theirs, ours):
    counts = collections.Counter()
    sequences = set()
    open_seeds = set()
    for line_a, line_b in zip(theirs, ours, strict=True):
        seed, number, name, args, *a = json.loads(line_a)
        other_seed, other_number, other_name, other_args, *b = json.loads(line_b)
        assert (seed, number, name, args) == (other_seed, other_number, other_name, other_args)
        sequences.add(seed)
        a[1], b[1] = lasting(a[1]), lasting(b[1])
        if a == b or (a[0] == b[0] == "error" and same_error(a[1], b[1])):
            counts["alike"] += 1
            continue
        why = explained(name, args, a, b)
        counts[why or "unexplained"] += 1
        if why is None and seed not in open_seeds:
            open_seeds.add(seed)
            print(f"seed {seed}, action {number}: {name} {args}\n  theirs: {str(a)[:600]}\n  ours:   {str(b)[:600]}")
    print(f"{len(sequences)} sequences, {len(open_seeds)} with a difference that is not explained")
    for why, count in counts.most_common():
        print(f"{count:8} {why}")
    return not open_seeds


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as first, open(sys.argv[2], encoding="utf-8") as second:
        sys.exit(0 if compare(first, second) else 1)
