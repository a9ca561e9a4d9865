#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""play.py FIRST_SEED COUNT: plays random sequences of actions on two empty disks and prints what each gave.

A sequence is known by its seed. The module guestfs is libguestfs' own (python3-guestfs); which library it stands on is
the caller's choice. One line of JSON for each action: [seed, number, name, arguments, "ok" or "error", result].
At the end of a sequence all that is on its disk is listed. See differential.sh, which compares two players.
"""
import json
import os
import random
import sys
import tempfile

import guestfs

NAMES = ["a", "b", "c", "dir", "dir/x", "dir/y", "dir/sub", "dir/sub/z", "missing/x", "link", "dir/link", "a b", "ü", "-n",
         "dir/../a", "dir/", "/a", "*", "link/x"]
TEXTS = ["", "x", "one\ntwo\nthree\n", "no newline at the end", "a\0b", "\n\n\n", "ab" * 3000, "tab\tand \\ and ü\n",
         "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"]
PATTERNS = ["one", "^t", "[0-9]+", "(", "", "ab", "."]


class Pick:
    """Draws arguments by kind."""

    def __init__(self, seed, scratch):
        self.random = random.Random(seed)
        self.scratch = scratch

    def one(self, values):
        return values[self.random.randrange(len(values))]

    def path(self):
        return "/" + self.one(NAMES)

    def draw(self, kind):
        draws = {
            "path": self.path, "text": lambda: self.one(TEXTS), "pattern": lambda: self.one(PATTERNS),
            "line": lambda: self.one(TEXTS).replace("\0", "").split("\n")[0],
            "paths": lambda: [self.one(NAMES) for _ in range(self.random.randrange(4))],
            "mode": lambda: self.one([0o644, 0o755, 0, 0o4755, 0o7777, 0o20000, -1]),
            "id": lambda: self.one([0, 1, 1000, 65534, -1]),
            "count": lambda: self.one([0, 1, 2, 5, 100, -1]),
            "offset": lambda: self.one([0, 1, 3, 4096, 100000, -1]),
            "size": lambda: self.one([0, 1, 10, 4096, 70000, -1]),
            "natural": lambda: self.one([0, 1, 10, 4096, 70000]),
            "byte": lambda: self.one([0, 97, 255, 256, -1]),
            "bool": lambda: self.one([True, False]),
            "time": lambda: self.one([0, 1, 1000000000, -1, -2, -3]),
            "xattr": lambda: self.one(["user.one", "user.two", "trusted.t", "bad", "security.s"]),
            "sum": lambda: self.one(["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "crc", "nonsense"]),
            "mask": lambda: self.one([0, 0o22, 0o77, 0o777, 0o1000, -1]),
            "glob": lambda: self.one(["/*", "/dir/*", "/d*/s*/*", "/nothing*", "/[ab]", "/a b", "/{a,b}"]),
            "device": lambda: self.one(["/dev/sdb", "/dev/sdb1", "/dev/sdb2", "/dev/sdd", "/dev/sda1x"]),
            "disk": lambda: self.one(["/dev/sdb", "/dev/sdb", "/dev/sdb", "/dev/sdq"]),
            "table": lambda: self.one(["gpt", "mbr", "gpt", "nonsense"]),
            "sector": lambda: self.one([64, 2048, 4096, 8191, 20000, -64, -1]),
            "number": lambda: self.one([1, 2, 3, 5, 0]),
            "type": lambda: self.one(["primary", "p", "logical", "extended", "bad"]),
            "name": lambda: self.one(["one", "", "two words", "x" * 40]),
            "guid": lambda: self.one(["01234567-89AB-CDEF-0123-456789ABCDEF", "0FC63DAF-8483-4772-8E79-3D69D8477DE4"]),
            "label": lambda: self.one(["data", "", "longer than sixteen letters", "a b"]),
            "fs": lambda: self.one(["ext2", "ext3", "ext4", "vfat", "swap", "xfs", "nonsense"]),
        }
        return draws[kind]()


FILES = """mkdir path; mkdir path; mkdir_p path; mkdir_mode path mode; touch path; touch path; write path text; write path text
write path text; write_append path text; cat path; read_file path; read_lines path; rm path; rm_f path; rm_rf path; rmdir path
mv path path; rename path path; cp path path; cp_a path path; cp_r path path; ln path path; ln_f path path; ln_s path path
ln_s path path; ln_sf path path; readlink path; chmod mode path; chown id id path; lchown id id path; exists path; is_file path
is_dir path; is_symlink path; is_blockdev path; is_chardev path; is_fifo path; is_socket path; is_zero path; ls path; find path
glob_expand glob; head path; tail path; head_n count path; tail_n count path; wc_l path; wc_w path; wc_c path; strings path
grep pattern path; egrep pattern path; fgrep pattern path; grepi pattern path; truncate path; truncate_size path size
fill byte size path; fill_pattern line size path; fallocate64 path natural; pread path count offset; pwrite path text offset
checksum sum path; setxattr xattr line count path; lsetxattr xattr line count path; getxattr path xattr; lgetxattr path xattr
getxattrs path; lgetxattrs path; removexattr xattr path; lremovexattr xattr path
umask mask; get_umask; realpath path; case_sensitive_path path; equal path path; filesize path; hexdump path
lstatns path; statns path; stat path; lstat path; readdir path; lstatnslist path paths; lstatlist path paths
readlinklist path paths; lxattrlist path paths; dd path path; copy_size path path size; copy_file_to_file path path
utimens path time count time count; fill_dir path count; file path; base64_out path; strings_e line path; du path
sync; drop_caches count; mountpoints; mounts; is_lv path; vfs_type device; exists path; df; touch path; mkdtemp path""".replace("\n", ";")

DISKS = """part_init disk table; part_init disk table; part_add disk type sector sector; part_add disk type sector sector
part_add disk type sector sector; part_disk disk table; part_list disk; part_list disk; part_get_parttype disk; part_del disk number
part_set_bootable disk number bool; part_get_bootable disk number; part_set_name disk number name; part_get_name disk number
part_set_mbr_id disk number byte; part_get_mbr_id disk number; part_set_gpt_type disk number guid; part_get_gpt_type disk number
part_set_gpt_guid disk number guid; part_get_gpt_guid disk number; part_get_mbr_part_type disk number; part_to_dev device
part_to_partnum device; list_partitions; list_devices; blockdev_getsize64 device; blockdev_getsz device; blockdev_getss device
blockdev_getro device; blockdev_setro device; blockdev_setrw device; mkfs fs device; mkfs fs device; vfs_type device
set_label device label; vfs_label device; zero device; zero_device device; is_zero_device device; wipefs device; mkswap device
is_whole_device device; device_index device; canonical_device_name device; e2fsck device; fsck fs device; pvcreate device; pvs
list_filesystems; nr_devices; get_e2label device; set_e2label device label; resize2fs device; pvremove device""".replace("\n", ";")


def table(text):
    return [tuple(entry.split()) for entry in text.split(";") if entry.strip()]


def plain(value):
    """A result as JSON has it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, bool):
        return int(value)
    return value


class Player:
    def __init__(self, folder):
        self.folder = folder
        self.g = guestfs.GuestFS(python_return_dict=True)
        for name, mib in (("a.img", 64), ("b.img", 32)):
            path = os.path.join(folder, name)
            self.g.disk_create(path, "raw", mib << 20)
            self.g.add_drive_opts(path, format="raw", readonly=0)
        self.g.launch()

    def run(self, name, args):
        if name == "base64_out":
            args = args + [os.path.join(self.folder, "out")]
        try:
            value = getattr(self.g, name)(*args)
            if name == "base64_out":
                value = open(os.path.join(self.folder, "out")).read()
            return "ok", plain(value)
        except UnicodeDecodeError:  # by the module, which has the result in hand
            return "ok", "bytes that are no text"
        except RuntimeError as failure:
            return "error", plain(str(failure))

    def begin_files(self):
        """An empty file system on the first disk."""
        self.g.umount_all()
        self.g.mkfs("ext4", "/dev/sda")
        self.g.mount("/dev/sda", "/")
        self.g.umask(0o22)

    def begin_disks(self):
        """An empty table of partitions on the second disk."""
        self.g.umount_all()
        self.g.blockdev_setrw("/dev/sdb")
        self.g.zero("/dev/sdb")
        self.g.part_init("/dev/sdb", "mbr")

    def table(self):
        """What is on the second disk."""
        results = (self.run("part_list", ["/dev/sdb"]), self.run("part_get_parttype", ["/dev/sdb"]),
                   self.run("list_filesystems", []))
        return [value if kind == "ok" else kind for kind, value in results]

    def content(self):
        """All files with what is in them."""
        result = {}
        for name in sorted(self.g.find("/")):
            path = "/" + name.lstrip("/")
            st = self.g.lstatns(path)
            entry = [oct(st["st_mode"]), st["st_uid"], st["st_gid"], st["st_nlink"], st["st_rdev"]]
            kind = st["st_mode"] & 0o170000
            if kind == 0o100000:
                entry += [st["st_size"], self.g.checksum("sha256", path)]
            if kind == 0o120000:
                entry.append(plain(self.g.readlink(path)))
            entry.append(sorted((x["attrname"], plain(x["attrval"])) for x in self.g.lgetxattrs(path)))
            result[plain(name.lstrip("/"))] = entry
        return result


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        player = Player(folder)
        for seed in range(first, first + count):
            pick = Pick(seed, folder)
            disks = seed % 5 == 4
            actions = table(DISKS if disks else FILES)
            if disks:
                player.begin_disks()
            else:
                player.begin_files()
            for number in range(20):
                name, *kinds = pick.one(actions)
                args = [pick.draw(kind) for kind in kinds]
                print(json.dumps([seed, number, name, plain(args), *player.run(name, args)], sort_keys=True))
            content = player.table() if disks else player.content()
            print(json.dumps([seed, 20, "content", [], "ok", content], sort_keys=True), flush=True)
        player.g.shutdown()
        player.g.close()


main()
