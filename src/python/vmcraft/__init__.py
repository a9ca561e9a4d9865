# SPDX-License-Identifier: LGPL-3.0-or-later
"""Virtual-machine disk images without an appliance.

    from vmcraft import GuestFS

    with GuestFS("disk.qcow2") as g:
        g.mount_root()
        print(g.cat("/etc/hostname"))

Names and meanings are libguestfs' own where libguestfs has the call, and a program written for it runs with
``import vmcraft as guestfs``. Text is str; names that are not UTF-8 come and go with surrogate escapes. Buffers
are bytes, structures are dicts, and hash tables are lists of pairs, or dicts with python_return_dict=True.
"""
import ctypes
import os
import sys
from typing import Any, Callable, Optional, Union

from ._actions import Actions
from ._convert import free
from ._library import library

__all__ = ["ClosedHandle", "Error", "GuestFS", "NativeGuestFS", "create_guestfs", "event_to_string"]

EVENT_CLOSE = 0x1
EVENT_SUBPROCESS_QUIT = 0x2
EVENT_LAUNCH_DONE = 0x4
EVENT_PROGRESS = 0x8
EVENT_APPLIANCE = 0x10
EVENT_LIBRARY = 0x20
EVENT_TRACE = 0x40
EVENT_ENTER = 0x80
EVENT_LIBVIRT_AUTH = 0x100
EVENT_WARNING = 0x200
EVENT_ALL = 0x3FF

_NO_ENVIRONMENT = 1
_NO_CLOSE_ON_EXIT = 2

EventCallback = Callable[[int, int, str, "list[int]"], Any]
_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int, ctypes.c_int,
                             ctypes.POINTER(ctypes.c_char), ctypes.c_size_t, ctypes.POINTER(ctypes.c_uint64),
                             ctypes.c_size_t)


class Error(RuntimeError):
    """A call failed. errno is 0 where no number of the system's fits."""

    def __init__(self, message: str, errno: int = 0):
        super().__init__(message)
        self.errno = errno


class ClosedHandle(ValueError):
    """The handle was closed before."""


def event_to_string(events: int) -> str:
    """The names of the events in a mask, with commas between them."""
    pointer = library().guestfs_event_to_string(events)
    try:
        return ctypes.string_at(pointer).decode()
    finally:
        free(pointer)


class GuestFS(Actions):
    """One session over a set of disk images.

    With a path, adds it as the only drive and launches. Without one, add_drive, launch and the rest are up to
    the caller. As a context manager it is shut down at the end, which fails where something could not be
    written, and closed.
    """

    def __init__(self, path: Union[str, bytes, "os.PathLike[str]", None] = None, readonly: bool = True, *,
                 python_return_dict: bool = False, environment: bool = True, close_on_exit: bool = True):
        self._g: Optional[int] = None
        self._callbacks: "dict[int, Any]" = {}
        self._return_dict = python_return_dict
        flags = (0 if environment else _NO_ENVIRONMENT) | (0 if close_on_exit else _NO_CLOSE_ON_EXIT)
        self._g = library().guestfs_create_flags(flags)
        if not self._g:
            raise Error("guestfs_create_flags: no handle could be made; the reason is on standard error")
        library().guestfs_set_error_handler(self._g, None, None)
        if path is None:
            return
        try:
            self.add_drive(os.fspath(path), readonly=readonly)
            self.launch()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "GuestFS":
        self._handle()
        return self

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        if self._g is None:
            return
        try:
            if kind is None:
                self.shutdown()
        finally:
            self.close()

    def __del__(self) -> None:
        if getattr(self, "_g", None) is not None and not sys.is_finalizing():
            self.close()

    def close(self) -> None:
        """Ends the session. Calling it again does nothing; what is called after it raises ClosedHandle."""
        g, self._g = self._g, None
        if g is not None:
            library().guestfs_close(g)
            self._callbacks.clear()

    def set_event_callback(self, callback: EventCallback, event_bitmask: int) -> int:
        """Calls callback(event, number, text, numbers) for the events of the mask; returns the number.

        What the callback raises is printed and does not end the call during which it ran.
        """
        def forward(g, opaque, event, number, flags, text, size, values, count):  # type: ignore[no-untyped-def]
            try:
                callback(event, number, ctypes.string_at(text, size).decode("utf-8", "surrogateescape"),
                         [values[i] for i in range(count)])
            except BaseException:
                sys.excepthook(*sys.exc_info())

        kept = _CALLBACK(forward)
        number = library().guestfs_set_event_callback(self._handle(), kept, event_bitmask, 0, None)
        if number == -1:
            raise self._failure()
        self._callbacks[number] = kept
        return int(number)

    def delete_event_callback(self, event_handle: int) -> None:
        """Ends what set_event_callback began."""
        library().guestfs_delete_event_callback(self._handle(), event_handle)
        self._callbacks.pop(event_handle, None)

    def _handle(self) -> int:
        if self._g is None:
            raise ClosedHandle("GuestFS: method called on closed handle")
        return self._g

    def _failure(self) -> Error:
        text = library().guestfs_last_error(self._g)
        return Error(text.decode("utf-8", "surrogateescape") if text else "unknown error",
                     library().guestfs_last_errno(self._g))


NativeGuestFS = GuestFS


def create_guestfs(backend: str = "auto", **options: Any) -> GuestFS:
    """A handle without drives on the engine 'host', 'uml' or 'auto'; options are those of GuestFS."""
    g = GuestFS(**options)
    g.set_backend(backend)
    return g
