# SPDX-License-Identifier: LGPL-3.0-or-later
"""Finds the C library that the module stands on."""
import ctypes
import functools
import os
from pathlib import Path

from ._location import LIBRARY

_HANDLE = ctypes.c_void_p


@functools.lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """Loads it with the first call: the file $VMCRAFT_LIBRARY names, or the one that was built or installed
    together with this package."""
    place = os.environ.get("VMCRAFT_LIBRARY") or Path(__file__).parent.absolute() / LIBRARY
    try:
        return _declare(ctypes.CDLL(os.path.normpath(place)))
    except OSError as failure:
        raise ImportError(f"vmcraft: {failure}; VMCRAFT_LIBRARY can name the library") from failure


def _declare(found: ctypes.CDLL) -> ctypes.CDLL:
    """What is no action; the actions declare themselves with their first call."""
    found.guestfs_create_flags.restype = _HANDLE
    found.guestfs_create_flags.argtypes = [ctypes.c_uint]
    found.guestfs_close.restype = None
    found.guestfs_close.argtypes = [_HANDLE]
    found.guestfs_last_error.restype = ctypes.c_char_p
    found.guestfs_last_error.argtypes = [_HANDLE]
    found.guestfs_last_errno.argtypes = [_HANDLE]
    found.guestfs_set_error_handler.restype = None
    found.guestfs_set_error_handler.argtypes = [_HANDLE, ctypes.c_void_p, ctypes.c_void_p]
    found.guestfs_set_event_callback.argtypes = [_HANDLE, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int,
                                                 ctypes.c_void_p]
    found.guestfs_delete_event_callback.restype = None
    found.guestfs_delete_event_callback.argtypes = [_HANDLE, ctypes.c_int]
    found.guestfs_event_to_string.restype = ctypes.c_void_p
    found.guestfs_event_to_string.argtypes = [ctypes.c_uint64]
    return found
