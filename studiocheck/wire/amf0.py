"""AMF0, the value format of RTMP commands: values in, bytes out, and back.

Decoding takes what any peer may send: nesting is limited, nothing is reserved on a peer's word,
and whatever is wrong is an `AmfError`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum

Value = float | bool | str | None | Mapping[str, "Value"] | Sequence["Value"]
"""What AMF0 can say. Objects, typed objects and ECMA arrays decode to `dict`, dates to `float`."""

DEEPEST = 16
"""How deeply values may be nested."""


class _Type(IntEnum):
    NUMBER = 0
    BOOLEAN = 1
    STRING = 2
    OBJECT = 3
    NULL = 5
    UNDEFINED = 6
    ECMA_ARRAY = 8
    END = 9
    STRICT_ARRAY = 10
    DATE = 11
    LONG_STRING = 12
    UNSUPPORTED = 13
    XML = 15
    TYPED_OBJECT = 16


_LONGEST_SHORT = 0xFFFF


class AmfError(ValueError):
    """These bytes are not AMF0, or more deeply nested than anybody needs."""


def encode(*values: Value) -> bytes:
    r"""Encode values one after the other.

    Parameters
    ----------
    *values : float, bool, str, None, mapping or sequence
        Integers are sent as numbers.

    Returns
    -------
    bytes
        The values, each with its type marker.

    Notes
    -----
    **Source** Action Message Format AMF 0, Adobe, December 2007.

    Examples
    --------
    >>> encode("connect", 1)
    b'\x02\x00\x07connect\x00?\xf0\x00\x00\x00\x00\x00\x00'
    """
    return b"".join(map(_encoded, values))


def decode(data: bytes) -> list[Value]:
    """Decode all values of a command.

    Parameters
    ----------
    data : bytes
        As a peer sent them.

    Returns
    -------
    list
        The values.

    Raises
    ------
    AmfError
        If the bytes end early, name an unknown type, or nest too deeply.

    Notes
    -----
    **Source** Action Message Format AMF 0, Adobe, December 2007.

    Examples
    --------
    >>> decode(encode("onStatus", 0, None, {"code": "NetStream.Publish.Start"}))
    ['onStatus', 0.0, None, {'code': 'NetStream.Publish.Start'}]
    """
    reader = _Reader(data)
    values = []
    while reader.left:
        values.append(reader.value(0))
    return values


def _encoded(value: Value) -> bytes:
    match value:
        case None:
            found = bytes([_Type.NULL])
        case bool():
            found = bytes([_Type.BOOLEAN, value])
        case int() | float():
            found = struct.pack(">Bd", _Type.NUMBER, value)
        case str():
            found = _string(value.encode("utf-8", "replace"))
        case Mapping():
            fields = b"".join(_name(name) + _encoded(item) for name, item in value.items())
            found = bytes([_Type.OBJECT]) + fields + bytes([0, 0, _Type.END])
        case _:
            found = struct.pack(">BI", _Type.STRICT_ARRAY, len(value)) + encode(*value)
    return found


def _string(text: bytes) -> bytes:
    if len(text) > _LONGEST_SHORT:
        return struct.pack(">BI", _Type.LONG_STRING, len(text)) + text
    return struct.pack(">BH", _Type.STRING, len(text)) + text


def _name(name: str) -> bytes:
    text = name.encode("utf-8", "replace")
    if len(text) > _LONGEST_SHORT:
        message = "the name of a property is too long for AMF0"
        raise AmfError(message)
    return struct.pack(">H", len(text)) + text


class _Reader:
    """Reads values from bytes, in order."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def value(self, depth: int) -> Value:
        if depth > DEEPEST:
            message = "nested too deeply"
            raise AmfError(message)
        found: Value = None
        match self._number(1):
            case _Type.NUMBER:
                found = self._double()
            case _Type.BOOLEAN:
                found = self._number(1) != 0
            case _Type.STRING:
                found = self._text(2)
            case _Type.LONG_STRING | _Type.XML:
                found = self._text(4)
            case _Type.OBJECT:
                found = self._fields(depth)
            case _Type.ECMA_ARRAY:
                self._take(4)  # a count that many get wrong
                found = self._fields(depth)
            case _Type.TYPED_OBJECT:
                self._text(2)
                found = self._fields(depth)
            case _Type.STRICT_ARRAY:
                found = self._items(depth)
            case _Type.DATE:
                found = self._double()
                self._take(2)  # a time zone that is always 0
            case _Type.NULL | _Type.UNDEFINED | _Type.UNSUPPORTED:
                pass
            case marker:
                message = f"a value of type {marker} is not known"
                raise AmfError(message)
        return found

    def _fields(self, depth: int) -> dict[str, Value]:
        fields: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self.left and self._data[self._at] == _Type.END:
                self._at += 1
                return fields
            fields[name] = self.value(depth + 1)

    def _items(self, depth: int) -> list[Value]:
        count = self._number(4)
        if count > self.left:  # each takes a byte at least
            message = "an array is longer than its message"
            raise AmfError(message)
        return [self.value(depth + 1) for _ in range(count)]

    def _double(self) -> float:
        found: float = struct.unpack(">d", self._take(8))[0]
        return found

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _text(self, size: int) -> str:
        return self._take(self._number(size)).decode("utf-8", "replace")

    def _take(self, size: int) -> bytes:
        if size > self.left:
            message = "a value ends early"
            raise AmfError(message)
        taken = self._data[self._at : self._at + size]
        self._at += size
        return bytes(taken)
