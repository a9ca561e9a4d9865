#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Makes Windows dynamic disks that no Windows made, and fills their volumes.

make_ldm.py [OPTION]... DISK DISK DISK: writes the same disk group on three files of at least 48 MiB.
  --gpt             GPT instead of MBR
  --fill NAME=FILE  writes a file over a volume, through a mapping of its own
  --read NAME=FILE  reads a volume back so, and changes nothing; fails where mirror or parity is wrong
  --stale DISK      this disk (0, 1, 2) missed the last change of the database
  --state PLEX=WORD the state of a plex: Volume4-02=DETACHED
  --group NAME      name of the disk group
Prints for each volume its name, kind and size in bytes.

Layout after the Linux kernel's block/partitions/ldm.c and what ldmtool reads.
"""
import argparse
import struct
import uuid

SECTOR = 512
MIB = 2048  # sectors
CONFIG_SECTORS = 2048
DATABASE_AT = 17  # of the configuration, in sectors
CHUNK = 128
VBLK = 128
GROUP_ID = uuid.UUID("5a8e7c34-2b1d-4f60-8f53-1f0e6a9b7c21")
HOST_ID = uuid.UUID("1b77da20-c717-11d0-a5be-00a0c91db73c")
METADATA_TYPE = uuid.UUID("5808c8aa-7e8f-42e0-85d2-e1e90434cfb3")
DATA_TYPE = uuid.UUID("af9b60a0-1431-4f62-bc68-3311714a69ad")


def number(value):
    body = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")
    return bytes([len(body)]) + body


def text(value):
    return bytes([len(value)]) + value.encode()


class Disk:
    def __init__(self, index, path, gpt):
        self.index = index
        self.name = f"Disk{index + 1}"
        self.guid = uuid.uuid5(GROUP_ID, self.name)
        self.file = open(path, "r+b")
        self.sectors = self.file.seek(0, 2) // SECTOR
        self.gpt = gpt
        self.id = 0x10 + index
        if gpt:
            self.config_start = 34
            self.data_start = 2 * MIB
            self.data_end = self.sectors - 34
        else:
            self.config_start = self.sectors - CONFIG_SECTORS
            self.data_start = 63
            self.data_end = self.config_start
        self.used = 1985  # within the data, as Windows aligns the first partition to a MiB

    def write(self, sector, data):
        self.file.seek(sector * SECTOR)
        self.file.write(data)

    def take(self, sectors):
        start = self.used
        self.used += sectors
        assert self.data_start + self.used <= self.data_end, "disks are too small"
        return start


class Part:
    def __init__(self, name, disk, sectors, volume_offset, index):
        self.name, self.disk, self.sectors = name, disk, sectors
        self.start = disk.take(sectors)
        self.volume_offset, self.index = volume_offset, index

    def write(self, sector, data):
        self.disk.write(self.disk.data_start + self.start + sector, data)

    def read(self, sector, sectors):
        self.disk.file.seek((self.disk.data_start + self.start + sector) * SECTOR)
        return self.disk.file.read(sectors * SECTOR)


class Volume:
    """kind, and plexes: lists of parts."""

    def __init__(self, name, kind, plexes, hint=""):
        self.name, self.kind, self.plexes, self.hint = name, kind, plexes, hint
        first = plexes[0]
        if kind == "striped":
            self.sectors = first[0].sectors * len(first)
        elif kind == "raid5":
            self.sectors = first[0].sectors * (len(first) - 1)
        else:
            self.sectors = sum(part.sectors for part in first)

    def fill(self, data):
        """Sector by sector, on purpose without any table of a device-mapper."""
        data = data.ljust(self.sectors * SECTOR, b"\0")
        if self.kind in ("simple", "spanned", "mirrored"):
            for plex in self.plexes:
                at = 0
                for part in plex:
                    part.write(0, data[at * SECTOR:(at + part.sectors) * SECTOR])
                    at += part.sectors
            return
        parts = self.plexes[0]
        size = CHUNK * SECTOR
        chunks = [data[at:at + size] for at in range(0, len(data), size)]
        if self.kind == "striped":
            for i, chunk in enumerate(chunks):
                parts[i % len(parts)].write(i // len(parts) * CHUNK, chunk)
            return
        width = len(parts)
        for row in range(len(chunks) // (width - 1)):
            members = chunks[row * (width - 1):(row + 1) * (width - 1)]
            parity = 0
            for chunk in members:
                parity ^= int.from_bytes(chunk, "big")
            last = width - 1 - row % width
            parts[last].write(row * CHUNK, parity.to_bytes(size, "big"))
            for i, chunk in enumerate(members):
                parts[(last + 1 + i) % width].write(row * CHUNK, chunk)

    def read(self):
        if self.kind in ("simple", "spanned", "mirrored"):
            plexes = [b"".join(part.read(0, part.sectors) for part in plex) for plex in self.plexes]
            assert all(plex == plexes[0] for plex in plexes), f"{self.name}: sides of the mirror differ"
            return plexes[0]
        data = b""
        parts = self.plexes[0]
        for row in range(parts[0].sectors // CHUNK):
            members = [part.read(row * CHUNK, CHUNK) for part in parts]
            if self.kind == "raid5":
                parity = 0
                for chunk in members:
                    parity ^= int.from_bytes(chunk, "big")
                assert parity == 0, f"{self.name}: parity of row {row} is wrong"
                first = len(parts) - row % len(parts)
                members = [members[(first + i) % len(parts)] for i in range(len(parts) - 1)]
            data += b"".join(members)
        return data


def make_volumes(disks):
    counters = {}

    def part(disk, mib, offset=0, index=None):
        counters[disk.index] = counters.get(disk.index, 0) + 1
        name = f"{disk.name}-{counters[disk.index]:02d}"
        return Part(name, disk, mib * MIB, offset, index)

    a, b, c = disks
    return [
        Volume("Volume1", "simple", [[part(a, 6)]], "C:"),
        Volume("Volume2", "spanned", [[part(a, 3), part(b, 4, 3 * MIB), part(c, 2, 7 * MIB)]], "D:"),
        Volume("Volume3", "striped", [[part(d, 4, 0, i) for i, d in enumerate((b, a, c))]]),
        Volume("Volume4", "mirrored", [[part(a, 8)], [part(b, 8)]], "E:"),
        Volume("Raid1", "raid5", [[part(d, 5, 0, i) for i, d in enumerate((c, a, b))]], "F:"),
    ]


class Database:
    def __init__(self, options, disks, volumes):
        self.records = []
        self.counts = [0, 0, 0, 0]  # volumes, components, partitions, disks
        self.states = dict(word.split("=") for word in options.state)
        self.record(0x35, 0, number(1) + text(options.group) + text(str(GROUP_ID)) + bytes(12))
        for disk in disks:
            self.counts[3] += 1
            head = number(disk.id) + text(disk.name)
            if disk.index == 1:  # the newer form, with the GUID in binary
                self.record(0x44, 0, head + disk.guid.bytes + bytes(29))
            else:
                self.record(0x34, 0, head + text(str(disk.guid)) + text("") + bytes(12))
        for i, volume in enumerate(volumes):
            self.volume(0x100 * (i + 1), volume)

    def record(self, kind, flags, body):
        self.records.append(struct.pack(">HBBI", 0, flags, kind, len(body)) + body)

    def volume(self, number_id, volume):
        self.counts[0] += 1
        raid5 = volume.kind == "raid5"
        body = number(number_id) + text(volume.name) + text("raid5" if raid5 else "gen") + text("")
        body += b"ACTIVE".ljust(14, b"\0") + bytes([4 if raid5 else 3, 0, 1, 0, 0, 0, 0])
        body += number(len(volume.plexes)) + bytes(16) + number(volume.sectors) + bytes(4) + b"\7"
        body += uuid.uuid5(GROUP_ID, volume.name).bytes
        flags = 0
        if volume.hint:
            flags, body = 2, body + text(volume.hint)
        self.record(0x51, flags, body)
        for i, plex in enumerate(volume.plexes):
            self.plex(number_id, number_id + 0x10 * (i + 1), f"{volume.name}-{i + 1:02d}", volume, plex)

    def plex(self, parent, plex_id, name, volume, plex):
        self.counts[1] += 1
        striped = volume.kind in ("striped", "raid5")
        layout = {"striped": 1, "raid5": 3}.get(volume.kind, 2)
        body = number(plex_id) + text(name) + text(self.states.get(name, "ACTIVE")) + bytes([layout, 0, 0, 0, 0])
        body += number(len(plex)) + bytes(16) + number(parent) + b"\0"
        if striped:
            body += number(CHUNK) + number(len(plex))
        self.record(0x32, 0x10 if striped else 0, body)
        for i, part in enumerate(plex):
            self.counts[2] += 1
            body = number(plex_id + i + 1) + text(part.name) + bytes(12)
            body += struct.pack(">QQ", part.start, part.volume_offset)
            body += number(part.sectors) + number(plex_id) + number(part.disk.id)
            if part.index is not None:
                body += number(part.index)
            self.record(0x33, 8 if part.index is not None else 0, body)

    def image(self, group, sequence):
        room = VBLK - 16
        blocks = []
        for group_number, record in enumerate(self.records, 1):
            pieces = [record[at:at + room] for at in range(0, len(record), room)]
            # Fragments need not be in order.
            for i, piece in reversed(list(enumerate(pieces))):
                head = struct.pack(">4sIIHH", b"VBLK", 4 + len(blocks), group_number, i, len(pieces))
                blocks.append((head + piece).ljust(VBLK, b"\0"))
        # An empty record is one too, and the kernel's own reader wants each sector full of them.
        while len(blocks) % 4 != 0:
            blocks.append(struct.pack(">4sIIHH", b"VBLK", 4 + len(blocks), 0, 0, 0).ljust(VBLK, b"\0"))
        counts = struct.pack(">7I", *self.counts, 0, 0, 0)
        head = struct.pack(">4sIIIHHH31s64sQQ", b"VMDB", 4 + len(blocks), VBLK, 512, 1, 4, 10,
                           group.encode(), str(GROUP_ID).encode(), sequence, sequence)
        head += counts + counts + struct.pack(">Q", 0x01C9_0000_0000_0000)
        return head.ljust(512, b"\0") + b"".join(blocks)


def private_head(options, disk):
    head = struct.pack(">8sIHHQQQQ64s64s64s32s", b"PRIVHEAD", 0, 2, 12, 0x01C9_0000_0000_0000, 8,
                       CONFIG_SECTORS - 8, CONFIG_SECTORS - 8, str(disk.guid).encode(),
                       str(HOST_ID).encode(), str(GROUP_ID).encode(), options.group.encode())
    head += bytes(11) + struct.pack(">QQQQQQIIQQ", disk.data_start, disk.data_end - disk.data_start,
                                    disk.config_start, CONFIG_SECTORS, 2, CONFIG_SECTORS - 2, 1, 1,
                                    1481, 224)
    return head.ljust(512, b"\0")


def contents():
    toc = b"TOCBLOCK" + struct.pack(">IIQ", 1, 0, 1) + bytes(12)
    toc += struct.pack(">8sHQQQ", b"config", 8, DATABASE_AT, 1481, 0x60001)
    toc += struct.pack(">8sHQQQ", b"log", 8, DATABASE_AT + 1481, 224, 0x60001)
    return toc.ljust(512, b"\0")


def write_mbr(disk):
    entry = struct.pack("<B3sB3sII", 0, b"\x01\x01\0", 0x42, b"\xfe\xff\xff", 63, disk.sectors - 63)
    disk.write(0, bytes(440) + struct.pack("<IH", 0x1D1D0000 + disk.index, 0) + entry + bytes(48) + b"\x55\xaa")


def write_gpt(disk):
    import zlib
    entries = b""
    for kind, first, last, name in ((METADATA_TYPE, disk.config_start, disk.config_start + CONFIG_SECTORS - 1, "LDM metadata partition"),
                                    (DATA_TYPE, disk.data_start, disk.data_end - 1, "LDM data partition")):
        own = uuid.uuid5(disk.guid, name)
        entries += struct.pack("<16s16sQQQ72s", kind.bytes_le, own.bytes_le, first, last, 0, name.encode("utf-16-le"))
    entries = entries.ljust(128 * 128, b"\0")
    for here, other, table in ((1, disk.sectors - 1, 2), (disk.sectors - 1, 1, disk.sectors - 33)):
        def header(crc):
            return struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, crc, 0, here, other, 34,
                               disk.sectors - 34, disk.guid.bytes_le, table, 128, 128, zlib.crc32(entries))
        disk.write(here, header(zlib.crc32(header(0))).ljust(512, b"\0"))
        disk.write(table, entries)
    entry = struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, disk.sectors - 1)
    disk.write(0, bytes(446) + entry + bytes(48) + b"\x55\xaa")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gpt", action="store_true")
    parser.add_argument("--fill", action="append", default=[])
    parser.add_argument("--read", action="append", default=[])
    parser.add_argument("--stale", type=int)
    parser.add_argument("--state", action="append", default=[])
    parser.add_argument("--group", default="Guest-Dg0")
    parser.add_argument("disk", nargs=3)
    options = parser.parse_args()
    disks = [Disk(i, path, options.gpt) for i, path in enumerate(options.disk)]
    volumes = make_volumes(disks)
    if options.read:
        wanted = dict(word.split("=", 1) for word in options.read)
        for volume in volumes:
            if volume.name in wanted:
                with open(wanted[volume.name], "wb") as target:
                    target.write(volume.read())
        return
    write(options, disks, volumes)


def write(options, disks, volumes):
    database = Database(options, disks, volumes)
    for disk in disks:
        (write_gpt if options.gpt else write_mbr)(disk)
        head = private_head(options, disk)
        if not options.gpt:
            disk.write(6, head)
        for at in (1856, 2047):
            disk.write(disk.config_start + at, head)
        for at in (1, 2, 2045, 2046):
            disk.write(disk.config_start + at, contents())
        sequence = 40 if options.stale == disk.index else 50
        disk.write(disk.config_start + DATABASE_AT, database.image(options.group, sequence))
    fillings = dict(word.split("=", 1) for word in options.fill)
    for volume in volumes:
        if volume.name in fillings:
            with open(fillings[volume.name], "rb") as source:
                volume.fill(source.read())
        print(volume.name, volume.kind, volume.sectors * SECTOR)


main()
