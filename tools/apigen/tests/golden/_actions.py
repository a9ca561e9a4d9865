# SPDX-License-Identifier: LGPL-3.0-or-later
"""The actions as methods. Generated from their declarations."""
import os
from typing import Any, Dict, Iterable, List, Optional, Tuple, TypedDict, Union

from . import _convert
from ._convert import BOOL, BUFFER, INT, INT64, LIST, OPTSTRING, STRING, Action, Struct

Text = Union[str, bytes, "os.PathLike[str]"]
Buffer = Union[str, bytes, bytearray, memoryview]


class Pair(TypedDict):
    """Two values."""

    left: str
    right: int


_pair_fields = [("left", "string"), ("right", "int64")]


_do_thing = Action("do_thing", [("path", STRING), ("count", INT), ("input", STRING)], [("deep", BOOL), ("names", LIST)], Struct("pair", True, _pair_fields), symbol="do_thing_argv")


class Actions:
    """What a session can do; GuestFS adds its life."""

    def _handle(self) -> int:
        raise NotImplementedError

    def do_thing(self, path: Text, count: int, input: Text, deep: Optional[bool] = None, names: Optional[Iterable[Text]] = None) -> List[Pair]:
        """do a thing

        Does it count times.
        """
        return _do_thing(self, path, count, input, deep, names)  # type: ignore[no-any-return]
