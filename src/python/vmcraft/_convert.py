# SPDX-License-Identifier: LGPL-3.0-or-later
"""Values on their way to C and back. The generated table of actions is written in these terms."""
import ctypes
import operator
import os
from typing import Any

from ._library import library

_libc = ctypes.CDLL(None)
_libc.free.restype = None
_libc.free.argtypes = [ctypes.c_void_p]
free = _libc.free


def _bytes(value: Any, name: str) -> bytes:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if not isinstance(value, bytes):
        raise TypeError(f"{name}: a str is needed, not {type(value).__name__}")
    if b"\0" in value:
        raise ValueError(f"{name}: has a NUL character in it")
    return value


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _integer(bits: int) -> Any:
    limit = 1 << (bits - 1)

    def convert(value: Any, name: str) -> int:
        number = operator.index(value)
        if not -limit <= number < limit:
            raise OverflowError(f"{name}: {number} does not fit into {bits} bits")
        return number

    return convert


def _list(value: Any, name: str) -> Any:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name}: a list of str is needed, not {type(value).__name__}")
    items = [_bytes(item, name) for item in value]
    return (ctypes.c_char_p * (len(items) + 1))(*items)


class Kind:
    """How one kind of argument looks in C."""

    def __init__(self, ctype: Any, convert: Any):
        self.ctype = ctype
        self.convert = convert


STRING = Kind(ctypes.c_char_p, _bytes)
OPTSTRING = Kind(ctypes.c_char_p, lambda value, name: None if value is None else _bytes(value, name))
INT = Kind(ctypes.c_int, _integer(32))
INT64 = Kind(ctypes.c_int64, _integer(64))
BOOL = Kind(ctypes.c_int, lambda value, name: int(bool(value)))
LIST = Kind(ctypes.POINTER(ctypes.c_char_p), _list)
BUFFER = Kind(None, None)  # two arguments in C


class Struct:
    """A result that is a structure, or with is_list a list of them."""

    def __init__(self, name: str, is_list: bool, fields: "list[tuple[str, str]]"):
        self.fields = fields
        record = type(name, (ctypes.Structure,), {"_fields_": [f for pair in fields for f in _field(*pair)]})
        self.record: Any = record
        if is_list:
            record = type(name + "_list", (ctypes.Structure,),
                          {"_fields_": [("len", ctypes.c_uint32), ("val", ctypes.POINTER(self.record))]})
        self.is_list = is_list
        self.ctype = ctypes.POINTER(record)
        self.free_name = f"guestfs_free_{name}{'_list' if is_list else ''}"

    def take(self, pointer: Any) -> Any:
        release = getattr(library(), self.free_name)
        release.argtypes = [ctypes.c_void_p]
        release.restype = None
        try:
            value = pointer.contents
            if not self.is_list:
                return self._dict(value)
            return [self._dict(value.val[i]) for i in range(value.len)]
        finally:
            release(ctypes.cast(pointer, ctypes.c_void_p))

    def _dict(self, record: Any) -> "dict[str, Any]":
        return {name: _FIELD_VALUES.get(kind, getattr)(record, name) for name, kind in self.fields}


_FIELDS: "dict[str, Any]" = {
    "char": ctypes.c_char, "string": ctypes.c_char_p, "device": ctypes.c_char_p, "uuid": ctypes.c_char * 32,
    "uint32": ctypes.c_uint32, "int32": ctypes.c_int32, "uint64": ctypes.c_uint64, "int64": ctypes.c_int64,
    "bytes": ctypes.c_uint64, "optpercent": ctypes.c_float}


def _field(name: str, kind: str) -> "list[tuple[str, Any]]":
    if kind == "buffer":
        return [(name + "_len", ctypes.c_uint32), (name, ctypes.c_void_p)]
    return [(name, _FIELDS[kind])]


def _text_field(record: Any, name: str) -> str:
    return _text(getattr(record, name) or b"")


def _buffer_field(record: Any, name: str) -> bytes:
    return ctypes.string_at(getattr(record, name), getattr(record, name + "_len"))


_FIELD_VALUES = {"char": _text_field, "string": _text_field, "device": _text_field, "uuid": _text_field,
                 "buffer": _buffer_field}


def _take_list(pointer: Any) -> "list[str]":
    result = []
    while pointer[len(result)]:
        result.append(_text(ctypes.string_at(pointer[len(result)])))
    for i in range(len(result)):
        free(pointer[i])
    free(ctypes.cast(pointer, ctypes.c_void_p))
    return result


def _take_text(pointer: int) -> str:
    try:
        return _text(ctypes.string_at(pointer))
    finally:
        free(pointer)


_NUMBERS = {"void": ctypes.c_int, "int": ctypes.c_int, "bool": ctypes.c_int, "int64": ctypes.c_int64}
_POINTERS = {"string": ctypes.c_void_p, "const_string": ctypes.c_char_p, "const_optstring": ctypes.c_char_p,
             "list": ctypes.POINTER(ctypes.c_void_p), "hashtable": ctypes.POINTER(ctypes.c_void_p),
             "buffer": ctypes.c_void_p}


class Action:
    """One function of the C library."""

    def __init__(self, name: str, args: "list[tuple[str, Kind]]", options: "list[tuple[str, Kind]]", ret: Any,
                 symbol: str = ""):
        self.args = args
        self.options = options
        self.ret = ret
        self.symbol = "guestfs_" + (symbol or name)
        self.function: Any = None
        self.record: Any = None

    def _bind(self) -> None:
        function = getattr(library(), self.symbol)
        types: "list[Any]" = [ctypes.c_void_p]
        for _, kind in self.args:
            types += [ctypes.c_char_p, ctypes.c_size_t] if kind is BUFFER else [kind.ctype]
        if self.ret == "buffer":
            types.append(ctypes.POINTER(ctypes.c_size_t))
        if self.options:
            fields = [("bitmask", ctypes.c_uint64)] + [(name, kind.ctype) for name, kind in self.options]
            self.record = type(self.symbol, (ctypes.Structure,), {"_fields_": fields})
            types.append(ctypes.POINTER(self.record))
        function.argtypes = types
        if isinstance(self.ret, Struct):
            function.restype = self.ret.ctype
        else:
            function.restype = _NUMBERS.get(self.ret) or _POINTERS[self.ret]
        self.function = function

    def _options(self, given: "tuple[Any, ...]") -> Any:
        record = self.record()
        for bit, ((name, kind), value) in enumerate(zip(self.options, given)):
            if value is not None:
                setattr(record, name, kind.convert(value, name))
                record.bitmask |= 1 << bit
        return record

    def __call__(self, g: Any, *values: Any) -> Any:
        if self.function is None:
            self._bind()
        words: "list[Any]" = [g._handle()]
        for (name, kind), value in zip(self.args, values):
            if kind is BUFFER:
                data = value.encode() if isinstance(value, str) else bytes(value)
                words += [data, len(data)]
            else:
                words.append(kind.convert(value, name))
        size = ctypes.c_size_t()
        if self.ret == "buffer":
            words.append(ctypes.byref(size))
        if self.options:
            words.append(ctypes.byref(self._options(values[len(self.args):])))
        return self._take(g, self.function(*words), size.value)

    def _take(self, g: Any, result: Any, size: int) -> Any:
        if self.ret in _NUMBERS:
            if result == -1:
                raise g._failure()
            return {"void": None, "bool": bool(result)}.get(self.ret, result)
        if self.ret == "const_optstring":
            return None if result is None else _text(result)
        if not result:
            raise g._failure()
        return self._take_pointer(g, result, size)

    def _take_pointer(self, g: Any, result: Any, size: int) -> Any:
        if isinstance(self.ret, Struct):
            return self.ret.take(result)
        if self.ret == "const_string":
            return _text(result)
        if self.ret == "string":
            return _take_text(result)
        if self.ret == "buffer":
            try:
                return ctypes.string_at(result, size)
            finally:
                free(result)
        items = _take_list(result)
        if self.ret == "list":
            return items
        pairs = list(zip(items[::2], items[1::2]))
        return dict(pairs) if g._return_dict else pairs
