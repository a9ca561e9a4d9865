# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python face on a guest made here: each kind of argument and result, errors, events, closing."""
import gc
import pathlib
import tempfile
import threading
import unittest

import vmcraft as guestfs
from vmcraft import GuestFS


class Guest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.image = pathlib.Path(cls.folder.name) / "disk.img"
        g = GuestFS()
        g.disk_create(cls.image, "raw", 64 << 20)
        g.add_drive(cls.image, format="raw", readonly=False)
        g.launch()
        g.part_disk("/dev/sda", "mbr")
        g.mkfs("ext4", "/dev/sda1", label="data", blocksize=4096)
        g.mount("/dev/sda1", "/")
        g.write("/text", "héllo\n")
        g.write("/bytes", b"a\0b")
        g.touch("/not\udcff-utf-8")
        g.lsetxattr("user.name", "value", 5, "/text")
        g.shutdown()
        g.close()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.g = GuestFS(self.image)
        self.g.mount_ro("/dev/sda1", "/")

    def tearDown(self):
        self.g.close()

    def test_text_and_bytes(self):
        self.assertEqual(self.g.cat("/text"), "héllo\n")
        self.assertEqual(self.g.read_file("/bytes"), b"a\0b")
        self.assertIn("not\udcff-utf-8", self.g.ls("/"))
        self.assertTrue(self.g.is_file("/not\udcff-utf-8"))
        self.assertEqual(self.g.vfs_label(b"/dev/sda1"), "data")

    def test_numbers_and_booleans(self):
        self.assertEqual(self.g.blockdev_getsize64("/dev/sda"), 64 << 20)
        self.assertIs(self.g.exists("/text"), True)
        self.assertIs(self.g.exists("/none"), False)
        self.assertEqual(self.g.pread("/text", 3, 1), "héllo\n".encode()[1:4])

    def test_structures(self):
        self.assertEqual(self.g.statns("/bytes")["st_size"], 3)
        entry = [e for e in self.g.readdir("/") if e["name"] == "text"][0]
        self.assertEqual(entry["ftyp"], "r")
        self.assertEqual(self.g.lgetxattrs("/text"), [{"attrname": "user.name", "attrval": b"value"}])

    def test_tables(self):
        self.assertEqual(self.g.list_filesystems(), [("/dev/sda1", "ext4")])
        with GuestFS(python_return_dict=True) as g:
            g.add_drive_ro(self.image)
            g.launch()
            self.assertEqual(g.list_filesystems(), {"/dev/sda1": "ext4"})

    def test_options(self):
        self.assertEqual(self.g.grep("h.llo", "/text", fixed=True), [])
        self.assertEqual(self.g.grep("H.*llo", "/text", insensitive=True), ["héllo"])
        self.assertEqual(self.g.grep_opts("llo", "/text"), ["héllo"])

    def test_errors(self):
        with self.assertRaises(guestfs.Error) as caught:
            self.g.cat("/none")
        self.assertEqual(caught.exception.errno, 2)
        self.assertRegex(str(caught.exception), "^cat: /none: ")
        self.assertIsInstance(caught.exception, RuntimeError)
        for wrong, kind in ((lambda: self.g.cat(5), TypeError), (lambda: self.g.cat("a\0b"), ValueError),
                            (lambda: self.g.cat(None), TypeError), (lambda: self.g.cat(), TypeError),
                            (lambda: self.g.umask(1 << 40), OverflowError), (lambda: self.g.umask("1"), TypeError),
                            (lambda: self.g.mkfs("ext4", "/dev/sda1", nonsense=1), TypeError),
                            (lambda: self.g.is_file_list, AttributeError),
                            (lambda: self.g.tar_out("/", "/dev/null", excludes="text"), TypeError)):
            with self.assertRaises(kind):
                wrong()

    def test_closed(self):
        self.g.close()
        self.g.close()
        with self.assertRaises(guestfs.ClosedHandle):
            self.g.ls("/")
        with self.assertRaises(guestfs.Error):
            GuestFS("/nonexistent/image")

    def test_events(self):
        seen = []
        with GuestFS() as g:
            number = g.set_event_callback(lambda *event: seen.append(event), guestfs.EVENT_LAUNCH_DONE)
            g.add_drive_ro(self.image)
            g.launch()
            self.assertEqual(seen, [(guestfs.EVENT_LAUNCH_DONE, number, "", [])])
            g.delete_event_callback(number)
        self.assertEqual(guestfs.event_to_string(guestfs.EVENT_CLOSE | guestfs.EVENT_TRACE), "close,trace")

    def test_a_callback_that_raises(self):
        told = []
        import sys
        old, sys.excepthook = sys.excepthook, lambda kind, value, trace: told.append(str(value))
        try:
            self.g.set_event_callback(lambda *event: 1 / 0, guestfs.EVENT_ENTER)
            self.g.ls("/")
        finally:
            sys.excepthook = old
        self.assertEqual(told, ["division by zero"])

    def test_handles_of_several_threads(self):
        sums = []

        def work():
            with GuestFS(self.image) as g:
                g.mount_ro("/dev/sda1", "/")
                sums.append(g.checksum("md5", "/bytes"))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(sums), 4)
        self.assertEqual(len(set(sums)), 1)

    def test_nothing_is_left_of_many_handles(self):
        for _ in range(20):
            GuestFS().add_drive_ro(self.image)
        gc.collect()
        handles = [link for link in pathlib.Path("/proc/self/fd").iterdir()]
        self.assertLess(len(handles), 64)

    def test_whole_file_and_root(self):
        self.assertEqual(self.g.read("/text"), "héllo\n".encode())
        self.assertIn("ls", dir(self.g))
        self.assertRegex(GuestFS.mkfs.__doc__, "make a file system")

    def test_factory(self):
        g = guestfs.create_guestfs(backend="host")
        self.assertEqual(g.get_backend(), "host")
        self.assertIs(guestfs.NativeGuestFS, GuestFS)


if __name__ == "__main__":
    unittest.main()
