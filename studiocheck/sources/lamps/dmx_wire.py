"""What a universe asks of a protocol, and looks: the values of all its channels."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Protocol

from studiocheck.sources.lamps.hearing import Ears, Heard


class Wire(Protocol):
    """A way to send DMX frames; picklable, nothing open."""

    @property
    def follows(self) -> bool:
        """Whether another source's look is laid under ours."""
        ...

    @property
    def where(self) -> str:
        """Where the frames go, for messages."""
        ...

    def open(self) -> socket.socket:
        """Return a connected socket; raises `OSError`."""
        ...

    def ears(self, sender: socket.socket) -> Ears:
        """Start listening to the other sources; raises `SourceError`."""
        ...

    def claim(self, others: Sequence[Heard]) -> int:
        """Return the priority to send with; raises `SourceError` when we must not send."""
        ...

    def still_ours(self, others: Sequence[Heard], priority: int) -> None:
        """Raise `SourceError` when somebody else has come who goes first."""
        ...

    def frame(self, levels: bytes, number: int, priority: int) -> bytes:
        """Return the packet of a look."""
        ...

    def farewell(self, levels: bytes, number: int, priority: int) -> bytes | None:
        """Return the packet that ends the stream, ``None`` where there is no such thing."""
        ...


def highest(looks: Sequence[bytes]) -> bytes:
    """Merge looks as receivers do: of every channel the highest value.

    Examples
    --------
    >>> list(highest([bytes([1, 9]), bytes([5, 2, 3])]))
    [5, 9, 3]
    """
    length = max(map(len, looks), default=0)
    return bytes(map(max, zip(bytes(length), *(look.ljust(length, b"\0") for look in looks),
                              strict=True)))  # fmt: skip


def laid_over(base: bytes, levels: Mapping[int, int]) -> bytes:
    """Return a look with some channels changed, the first being channel 1.

    Examples
    --------
    >>> list(laid_over(bytes([9, 9]), {1: 0, 3: 7}))
    [0, 9, 7]
    """
    look = bytearray(base.ljust(max(levels, default=0), b"\0"))
    for channel, value in levels.items():
        look[channel - 1] = value
    return bytes(look)
