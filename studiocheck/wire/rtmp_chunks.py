"""RTMP's chunk stream: messages in, bytes out, and back. Both ends of a connection speak it.

A peer is never trusted: whatever it sends, memory stays bounded and the worst is `RtmpError`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from studiocheck.wire.rtmp_basic_header import basic_header, read_basic_header

SMALLEST_CHUNK, LARGEST_CHUNK = 1, 0xFFFFFF
FIRST_CHUNK_BYTES = 128
"""What both ends begin with."""
LONGEST_MESSAGE = 4 << 20
"""The longest message that is taken, bytes: a key frame of 100 Mbit/s."""
_MOST_WAITING = 2 * LONGEST_MESSAGE
_MOST_STREAMS = 64
_EXTENDED = 0xFFFFFF
_WRAP = 1 << 32
_HEADER_BYTES = (11, 7, 3, 0)


class Kind(IntEnum):
    """What a message is."""

    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_ACKNOWLEDGEMENT_SIZE = 5
    SET_PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA = 18
    COMMAND = 20


class RtmpError(ValueError):
    """The peer does not speak RTMP, or asks for more than anybody needs."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Parameters
    ----------
    kind : int
        A `Kind`; others are carried too.
    stream : int
        The message stream; 0 for control and for commands of the connection.
    timestamp_ms : int
        ms; wraps after 49 days.
    payload : bytes
        Its content.
    """

    kind: int
    stream: int
    timestamp_ms: int
    payload: bytes


class Packer:
    """Cuts messages into chunks, each with a full header first.

    Parameters
    ----------
    chunk_bytes : int
        Length of a chunk. A `Kind.SET_CHUNK_SIZE` message that is packed changes it from then on.

    Notes
    -----
    **Source** Adobe's Real Time Messaging Protocol 1.0 (21 December 2012), 5.3.

    Examples
    --------
    >>> Packer().pack(Message(Kind.ACKNOWLEDGEMENT, 0, 0, bytes(4)), 2).hex()
    '02000000000004030000000000000000'
    """

    def __init__(self, chunk_bytes: int = FIRST_CHUNK_BYTES) -> None:
        self.chunk_bytes = chunk_bytes

    def pack(self, message: Message, chunk_stream: int) -> bytes:
        """Return the chunks of a message on a chunk stream (2…65599)."""
        time_ms, payload = message.timestamp_ms % _WRAP, message.payload
        extended = struct.pack(">I", time_ms) if time_ms >= _EXTENDED else b""
        parts = [
            basic_header(0, chunk_stream),
            min(time_ms, _EXTENDED).to_bytes(3, "big"),
            len(payload).to_bytes(3, "big"),
            struct.pack("<BI", message.kind, message.stream),
            extended,
            payload[: self.chunk_bytes],
        ]
        again = basic_header(3, chunk_stream) + extended
        for start in range(self.chunk_bytes, len(payload), self.chunk_bytes):
            parts += (again, payload[start : start + self.chunk_bytes])
        if message.kind == Kind.SET_CHUNK_SIZE:
            self.chunk_bytes = _chunk_size(payload)
        return b"".join(parts)

    def length(self, timestamp_ms: int, payload_bytes: int) -> int:
        """Return how many bytes `pack` makes of a message on one of the first 62 chunk streams.

        Examples
        --------
        >>> Packer().length(0, 300) == len(Packer().pack(Message(Kind.DATA, 1, 0, bytes(300)), 4))
        True
        """
        extended = 4 * (timestamp_ms % _WRAP >= _EXTENDED)
        again = max(0, payload_bytes - 1) // self.chunk_bytes
        return 1 + _HEADER_BYTES[0] + extended + payload_bytes + again * (1 + extended)


@dataclass(slots=True)
class _ChunkStream:
    """What the last headers of one chunk stream said, and the message that is under way."""

    kind: int = 0
    stream: int = 0
    length: int = 0
    time_ms: int = 0
    delta_ms: int = 0
    extended: bool = False
    under_way: bool = False
    received: bytearray = field(default_factory=bytearray)

    def take_header(self, form: int, stamp: int, fields: bytes) -> None:
        """Begin a message with a header that says what is new."""
        if form < 2:
            self.length, self.kind = int.from_bytes(fields[3:6], "big"), fields[6]
        if form == 0:
            self.stream = int.from_bytes(fields[7:11], "little")
            self.time_ms = 0
        self.delta_ms = stamp
        self.begin()

    def begin(self) -> None:
        """Begin a message like the one before."""
        if self.length > LONGEST_MESSAGE:
            message = f"a message of {self.length} bytes"
            raise RtmpError(message)
        self.time_ms = (self.time_ms + self.delta_ms) % _WRAP
        self.received.clear()
        self.under_way = True

    def end(self) -> None:
        """Forget what came of the message."""
        self.received = bytearray()
        self.under_way = False


class Unpacker:
    """Puts messages together from the bytes of one direction of a connection.

    Chunk sizes and aborts are obeyed, and passed on like every other message.

    Notes
    -----
    **Source** Adobe's Real Time Messaging Protocol 1.0 (21 December 2012), 5.3 and 5.4.

    Examples
    --------
    >>> sent = Packer().pack(Message(Kind.DATA, 1, 40, b"x" * 300), 4)
    >>> reader = Unpacker()
    >>> reader.feed(sent[:200]), len(reader.feed(sent[200:])[0].payload)
    ([], 300)
    """

    def __init__(self) -> None:
        self._chunk_bytes = FIRST_CHUNK_BYTES
        self._streams: dict[int, _ChunkStream] = {}
        self._head = bytearray()
        self._current: _ChunkStream | None = None
        self._chunk_left = 0
        self._broken = False

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that these bytes complete.

        Raises
        ------
        RtmpError
            If they make no sense or ask for too much; from then on always.
        """
        if self._broken:
            message = "what came before was not RTMP"
            raise RtmpError(message)
        found: list[Message] = []
        try:
            self._read(bytes(self._head) + data, found)
            self._refuse_too_much()
        except RtmpError:
            self._broken = True
            self._streams.clear()
            raise
        return found

    def _read(self, data: bytes, found: list[Message]) -> None:
        self._head.clear()
        at = 0
        while True:
            if self._current is None:
                size = self._header(data, at)
                if size == 0:
                    self._head += data[at:]
                    return
                at += size
            stream = self._current
            assert stream is not None  # noqa: S101 - the header has set it
            taken = data[at : at + self._chunk_left]
            at += len(taken)
            self._chunk_left -= len(taken)
            stream.received += taken
            if self._chunk_left:
                return
            self._current = None
            if len(stream.received) == stream.length:
                found.append(self._complete(stream))

    def _refuse_too_much(self) -> None:
        if sum(len(stream.received) for stream in self._streams.values()) > _MOST_WAITING:
            message = "too many messages are under way at once"
            raise RtmpError(message)

    def _header(self, data: bytes, at: int) -> int:
        """Read the header of a chunk, return its length; 0 when it is not all there."""
        basic = read_basic_header(data, at)
        if basic is None:
            return 0
        form, chunk_stream, size = basic
        stream = self._stream(chunk_stream, form)
        end = at + size + _HEADER_BYTES[form]
        if len(data) < end:
            return 0
        fields = data[at + size : end]
        stamp = int.from_bytes(fields[:3], "big")
        extended = stamp == _EXTENDED if form < 3 else stream.extended
        if extended:
            if len(data) < end + 4:
                return 0
            stamp = int.from_bytes(data[end : end + 4], "big")
            end += 4
        if form < 3:
            stream.extended = extended
            stream.take_header(form, stamp, fields)
        elif not stream.under_way:
            stream.begin()
        self._current = stream
        self._chunk_left = min(self._chunk_bytes, stream.length - len(stream.received))
        return end - at

    def _stream(self, chunk_stream: int, form: int) -> _ChunkStream:
        stream = self._streams.get(chunk_stream)
        if stream is None:
            if form != 0 or len(self._streams) >= _MOST_STREAMS:
                message = "a chunk continues what never began"
                raise RtmpError(message)
            stream = self._streams[chunk_stream] = _ChunkStream()
        return stream

    def _complete(self, stream: _ChunkStream) -> Message:
        payload = bytes(stream.received)
        stream.end()
        if stream.kind == Kind.SET_CHUNK_SIZE:
            self._chunk_bytes = _chunk_size(payload)
        elif stream.kind == Kind.ABORT and len(payload) >= 4:
            aborted = self._streams.get(int.from_bytes(payload[:4], "big"))
            if aborted is not None:
                aborted.end()
        return Message(stream.kind, stream.stream, stream.time_ms, payload)


def _chunk_size(payload: bytes) -> int:
    size = int.from_bytes(payload[:4], "big")
    if len(payload) < 4 or not SMALLEST_CHUNK <= size < 1 << 31:
        message = "no such chunk size"
        raise RtmpError(message)
    return min(size, LARGEST_CHUNK)  # no message is longer
