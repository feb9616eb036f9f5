"""Streaming ACN (ANSI E1.31): data packets, and the wire that they go out on.

sACN has what borrowing needs: a source of higher priority takes a universe over, and when it says
that its stream ends, receivers are back at the console at once. While we hold a universe we send
the console's own look, live, with our lamps laid over it: no other fixture changes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from socket import socket
from uuid import UUID

from studiocheck.sources.lamps import problems
from studiocheck.sources.lamps.artnet import connected
from studiocheck.sources.lamps.hearing import Ears, Heard, listening_socket

OWN_PRIORITY = 50
"""On a universe that is ours alone: below the usual 100, so that a console that wakes up wins."""
HIGHEST_PRIORITY = 200
SOURCE_NAME = "studiocheck"
_ROOT = struct.Struct(">HH12sHI16s")
_FRAMING = struct.Struct(">HI64sBHBBH")
_DMP = struct.Struct(">HBBHHHB")
_HEAD_BYTES = _ROOT.size + _FRAMING.size + _DMP.size
_IDENTIFIER = b"ASC-E1.17\0\0\0"
_VECTOR_ROOT, _VECTOR_FRAMING, _VECTOR_DMP = 4, 2, 2
_PREVIEW, _TERMINATED = 0x80, 0x40
_FLAGS = 0x7000


@dataclass(frozen=True, slots=True)
class DataPacket:
    """The content of one E1.31 data packet of start code 0."""

    cid: UUID
    source_name: str
    universe: int
    priority: int
    sequence: int
    levels: bytes
    terminated: bool = False
    preview: bool = False


def e131_data(packet: DataPacket) -> bytes:
    """Return a data packet as it goes on the wire.

    **Source**: ANSI E1.31-2018, clauses 4 to 7 and table 4-1.

    Examples
    --------
    >>> wire = e131_data(DataPacket(UUID(int=0), "x", 1, 100, 0, bytes(512)))
    >>> len(wire), wire[16:18].hex(), wire[38:40].hex(), wire[115:117].hex()
    (638, '726e', '7258', '720b')
    """
    count = 1 + len(packet.levels)
    size = _HEAD_BYTES - 1 + count
    options = _TERMINATED * packet.terminated | _PREVIEW * packet.preview
    name = packet.source_name.encode()[:63].decode(errors="ignore").encode()
    dmp_at = _ROOT.size + _FRAMING.size
    return (
        _ROOT.pack(16, 0, _IDENTIFIER, _FLAGS | (size - 16), _VECTOR_ROOT, packet.cid.bytes)
        + _FRAMING.pack(
            _FLAGS | (size - _ROOT.size), _VECTOR_FRAMING, name, packet.priority,
            0, packet.sequence, options, packet.universe,
        )
        + _DMP.pack(_FLAGS | (size - dmp_at), _VECTOR_DMP, 0xA1, 0, 1, count, 0)
        + packet.levels
    )  # fmt: skip


def read_e131(data: bytes) -> DataPacket | None:
    """Return what a data packet of start code 0 says; ``None`` for anything else."""
    if len(data) < _HEAD_BYTES:
        return None
    preamble, postamble, identifier, _, root, cid = _ROOT.unpack_from(data)
    _, framing, name, priority, _, sequence, options, universe = _FRAMING.unpack_from(
        data, _ROOT.size
    )
    _, dmp, kind, first, step, count, start_code = _DMP.unpack_from(
        data, _ROOT.size + _FRAMING.size
    )
    levels = data[_HEAD_BYTES : _HEAD_BYTES - 1 + count]
    if (
        (preamble, postamble, identifier) != (16, 0, _IDENTIFIER)
        or (root, framing, dmp) != (_VECTOR_ROOT, _VECTOR_FRAMING, _VECTOR_DMP)
        or (kind, first, step, start_code) != (0xA1, 0, 1, 0)
        or not 1 <= count <= 513
        or len(levels) != count - 1
        or priority > HIGHEST_PRIORITY
    ):
        return None
    return DataPacket(
        UUID(bytes=cid), name.partition(b"\0")[0].decode(errors="replace"), universe, priority,
        sequence, levels, bool(options & _TERMINATED), bool(options & _PREVIEW),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SacnWire:
    """One universe, sent to its multicast group, or to one host."""

    universe: int
    cid: UUID
    ours: bool
    port: int
    host: str | None = None
    interface: str | None = None
    follows = True

    def __str__(self) -> str:
        return f"sACN {self.universe}"

    @property
    def where(self) -> str:
        """The multicast group, or the host."""
        return f"{self.host or self.group}:{self.port}"

    @property
    def group(self) -> str:
        """The multicast group of the universe (E1.31-2018, 9.3.1)."""
        return f"239.255.{self.universe >> 8}.{self.universe & 0xFF}"

    def open(self) -> socket:
        """Return a socket that is tied to the group or the host."""
        return connected(self.host or self.group, self.port, self.interface)

    def ears(self, _sender: socket) -> Ears:
        """Listen to everybody else who sends to the universe's group; raises `SourceError`."""
        own = self.interface or "0.0.0.0"  # noqa: S104 - the system's choice
        sock = listening_socket(str(self), self.group, self.port, join_on=own)

        def read(data: bytes, _source: tuple[str, int]) -> Heard | None:
            packet = read_e131(data)
            if packet is None or packet.universe != self.universe or packet.cid == self.cid:
                return None
            if packet.preview:
                return None
            name = packet.source_name or _source[0]
            return Heard(str(packet.cid), name, packet.levels, packet.priority, packet.terminated)

        return Ears([sock] if sock is not None else [], read)

    def claim(self, others: Sequence[Heard]) -> int:
        """Return the lowest priority that takes the universe; raises `SourceError` if none may.

        One above the console's: whoever has a better reason still comes first.
        """
        if others:
            if others[0].priority >= HIGHEST_PRIORITY:
                raise problems.taken(str(self), others[0].name)
            return others[0].priority + 1
        if not self.ours:
            raise problems.not_ours(str(self))
        return OWN_PRIORITY

    def still_ours(self, others: Sequence[Heard], priority: int) -> None:
        """Raise `DeviceBusy` when somebody has come who is not below us."""
        if others and others[0].priority >= priority:
            raise problems.taken(str(self), others[0].name)

    def frame(self, levels: bytes, number: int, priority: int) -> bytes:
        """Return the packet of a look; ``number`` counts the frames."""
        return self._packet(levels, number, priority, terminated=False)

    def farewell(self, levels: bytes, number: int, priority: int) -> bytes | None:
        """Return a packet that says that the stream ends."""
        return self._packet(levels, number, priority, terminated=True)

    def _packet(self, levels: bytes, number: int, priority: int, *, terminated: bool) -> bytes:
        return e131_data(
            DataPacket(
                self.cid, SOURCE_NAME, self.universe, priority, number % 256, levels, terminated
            )
        )
