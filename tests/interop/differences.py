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


# Of the machine and the moment: the number of the device, times that the sequence did not set itself, and
# what ext4 chooses by a random seed of the file system: the group of a directory's inode, the order of names.
PASSING = re.compile(r"^(st_)?(dev|ino|[amc]time(_sec|_nsec)?)$")


def lasting(value):
    if isinstance(value, dict):
        return {k: lasting(v) for k, v in value.items() if not PASSING.match(k)}
    if isinstance(value, list):
        entries = [lasting(v) for v in value]
        named = all(isinstance(e, dict) and "ftyp" in e for e in entries)
        return sorted(entries, key=lambda e: e["name"]) if named else entries
    return value


# (why, which actions, whether it explains this pair of (kind, value), whether it leaves another disk)
RULES = []


def rule(why, actions, leaves=False):
    """leaves: after it the two disks differ where the action was, and so may what later actions find there."""
    def add(function):
        RULES.append((why, re.compile(f"^(?:{actions})$"), function, leaves))
        return function
    return add


def explained(name, args, theirs, ours):
    for why, actions, test, leaves in RULES:
        if actions.match(name) and test(args, theirs, ours):
            return why, leaves
    return None, False


@rule("df shows the appliance's file systems too", "df")
def _(args, theirs, ours):
    wanted = [line.replace("/sysroot", "/").split() for line in theirs[1].splitlines() if "/sysroot" in line]
    found = [line.split() for line in ours[1].splitlines()[1:]]
    # In KiB: two programs that write the same file do not reserve the same blocks.
    return len(wanted) == len(found) and all(
        a == b or (a.isdigit() and b.isdigit() and abs(int(a) - int(b)) < 64)
        for one, other in zip(wanted, found) for a, b in zip(one, other, strict=True))


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


@rule("no files need no directory", "fill_dir")
def _(args, theirs, ours):
    return args[1] <= 0 and theirs[0] == "ok"


@rule("a disk that is a file system itself has a table of type loop for parted", "part_(list|del|get_.*|set_(bootable|mbr_id|name))")
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and "has no partition table" in ours[1]


@rule("as above", "content")
def _(args, theirs, ours):
    whole = theirs[1][0] if isinstance(theirs[1], list) else None
    return bool(whole) and len(whole) == 1 and whole[0]["part_start"] == 0 and ours[1] == ["error", *theirs[1][1:]]


@rule("sgdisk writes a GPT where there was none", "part_set_gpt_(guid|type)", leaves=True)
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error"


@rule("sgdisk shows an MBR as the GPT that it would make of it", "part_get_gpt_(guid|type|attributes)")
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and ours[1].endswith("is not a GPT")


@rule("a GPT has no extended and logical partitions; parted takes the word for a name", "part_add", leaves=True)
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and ours[1].endswith("is not an MBR")


@rule("a new partition of a GPT has no name; parted's is the word for its kind, or p1", "part_get_name")
def _(args, theirs, ours):
    return theirs[1] in ("primary", "logical", "extended", "p1") and ours == ["ok", ""]


@rule("a name that is too long for a GPT is refused, and not cut", "part_set_name", leaves=True)
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and "is longer than" in ours[1]


@rule("a link that begins with a slash is looked up in the appliance", "base64_out|du")
def _(args, theirs, ours):
    return theirs[0] == "error" and theirs[1].endswith("No such file or directory")


@rule("a loop of links is told as one", "find|case_sensitive_path|exists|is_.*")
def _(args, theirs, ours):
    return "Too many levels" in f"{theirs[1]} {ours[1]}"


@rule("a link to a directory is one", "mkdir_p")
def _(args, theirs, ours):
    return theirs[0] == "error" and theirs[1].endswith("a path element was not a directory") and ours[0] == "ok"


@rule("a new partition's GUID is random", "part_get_gpt_guid")
def _(args, theirs, ours):
    return theirs[0] == ours[0] == "ok" and len(theirs[1]) == len(ours[1]) == 36


@rule("the node of a new partition is not there at once", "blockdev_.*|vfs_.*|part_to_.*|is_.*|mkfs|mkswap|set_label|zero.*", leaves=True)
def _(args, theirs, ours):
    return ours[0] == "ok" and theirs[0] == "error" and re.search(r"/dev/sdb\d: No such file", theirs[1]) is not None


@rule("a directory is an empty file for hexdump", "hexdump")
def _(args, theirs, ours):
    return theirs == ["ok", ""] and ours[0] == "error" and ours[1].endswith("Is a directory")


@rule("text ends at its first NUL; what is left is a line without letters", "(head|tail)(_n)?|read_lines|[efg]?grepi?")
def _(args, theirs, ours):
    return theirs == ["ok", []] and ours == ["ok", [""]]


@rule("the length goes beyond the value, and what is in memory behind it is stored", "l?setxattr", leaves=True)
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and "not within the value" in ours[1]


@rule("no length is no error, nothing is to be reserved", "fallocate64")
def _(args, theirs, ours):
    return args[1] == 0 and ours[0] == "ok" and theirs[0] == "error"


@rule("bits that no mode has are refused", "mkdir_mode|chmod", leaves=True)
def _(args, theirs, ours):
    return 0o20000 in args and theirs[0] == "ok" and ours[0] == "error"


@rule("a file is not copied to itself", "copy_.*|cp.*|dd|mv", leaves=True)
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and "is the file that is copied" in ours[1]


@rule("a type without a checker is not clean", "fsck")
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and "is not installed here" in ours[1]


@rule("pvremove says that there is nothing to remove", "pvremove")
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and "No PV found" in ours[1]


@rule("mkfs makes swap too", "mkfs", leaves=True)
def _(args, theirs, ours):
    return args[0] == "swap" and theirs[0] == "error" and ours[0] == "ok"


@rule("e2fsck finds an old superblock's copy below what was written over it", "resize2fs", leaves=True)
def _(args, theirs, ours):
    return theirs[0] == "ok" and ours[0] == "error" and "Bad magic number" in ours[1]


@rule("the second disk is as the last sequence of disks left it", "vfs_type")
def _(args, theirs, ours):
    return theirs[0] == ours[0] == "ok" and Sequence.current.seed % 5 != 4


# What two that fail, or succeed, alike may still leave behind: (why, which actions, which argument, test).
LEFTOVERS = [
    ("ln with f takes the old name away before it fails", "ln_s?f", 1, lambda kind: kind == "error"),
    ("copy_size empties the target before it reads", "copy_.*", 1, lambda kind: kind == "error"),
    ("dd makes the file before it reads", "dd", 1, lambda kind: kind == "error"),
    ("mkfs wipes before it looks for the program", "mkfs", 1, lambda kind: kind == "error"),
    ("fill_pattern leaves the rest of a longer file", "fill_pattern", 2, lambda kind: kind == "ok"),
]


def plain_path(path):
    """Without . and .., up to the first wildcard."""
    return os.path.normpath("/" + re.split(r"[*?\[{]", path)[0].lstrip("/"))


class Sequence:
    """Where the two disks differ by now for a reason that is known."""

    current = None

    def __init__(self, seed):
        self.seed = seed
        self.touched = set()

    def leave(self, args):
        self.touched.update(plain_path(a) for a in args if isinstance(a, str) and a.startswith("/"))

    def is_near(self, path):
        path = plain_path(path)
        return any(path.startswith(t) or t.startswith(path) for t in self.touched)

    def note_leftovers(self, name, args, kind):
        for _, actions, index, test in LEFTOVERS:
            if re.fullmatch(actions, name) and test(kind):
                self.leave([args[index]])

    def follows(self, name, args, theirs, ours):
        if not self.touched:
            return False
        if name == "content" and isinstance(theirs[1], dict):
            return all(self.is_near(path) for path in {*theirs[1], *ours[1]} if theirs[1].get(path) != ours[1].get(path))
        if name in ("content", "list_filesystems", "list_partitions", "pvs"):
            return self.seed % 5 == 4
        if name == "glob_expand":
            return True
        return name == "df" or any(isinstance(a, str) and self.is_near(a) for a in args)


def judge(sequence, name, args, theirs, ours):
    """Why the two may differ; "alike" where they do not, None where nothing explains it."""
    if theirs == ours or (theirs[0] == ours[0] == "error" and same_error(theirs[1], ours[1])):
        sequence.note_leftovers(name, args, theirs[0])
        return "alike"
    why, leaves = explained(name, args, theirs, ours)
    if leaves:
        sequence.leave(args)
    if why is None and sequence.follows(name, args, theirs, ours):
        sequence.leave(args)
        return "follows from an earlier one of the sequence"
    return why


def compare(theirs, ours):
    counts = collections.Counter()
    seeds = set()
    open_seeds = set()
    for line_a, line_b in zip(theirs, ours, strict=True):
        seed, number, name, args, *a = json.loads(line_a)
        assert [seed, number, name, args] == json.loads(line_b)[:4]
        b = json.loads(line_b)[4:]
        if seed not in seeds:
            seeds.add(seed)
            Sequence.current = Sequence(seed)
        a[1], b[1] = lasting(a[1]), lasting(b[1])
        why = judge(Sequence.current, name, args, a, b)
        counts[why or "unexplained"] += 1
        if why is None and seed not in open_seeds:
            open_seeds.add(seed)
            print(f"seed {seed}, action {number}: {name} {args}\n  theirs: {str(a)[:600]}\n  ours:   {str(b)[:600]}")
    print(f"{len(seeds)} sequences, {len(open_seeds)} with a difference that is not explained")
    for why, count in counts.most_common():
        print(f"{count:8} {why}")
    return not open_seeds


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as first, open(sys.argv[2], encoding="utf-8") as second:
        sys.exit(0 if compare(first, second) else 1)
