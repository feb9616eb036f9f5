"""The messages of RTMP that both ends say to keep a connection going, and the commands on it."""

from __future__ import annotations

from dataclasses import dataclass

from studiocheck.wire import amf0
from studiocheck.wire.rtmp_chunks import Kind, Message, RtmpError

CONTROL_LINE, COMMAND_LINE, AUDIO_LINE, VIDEO_LINE, STREAM_LINE = 2, 3, 4, 6, 8
"""Chunk streams: control, commands of the connection, sound, picture, commands of the stream."""
_STREAM_BEGIN, _PING, _PONG = 0, 6, 7


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or the answer to one.

    Parameters
    ----------
    name : str
        ``connect``, ``_result``, ``onStatus``, …
    transaction : int
        What an answer answers; 0 where none is expected.
    values : tuple
        The command object and all arguments.
    stream : int
        The message stream it is about.
    """

    name: str
    transaction: int
    values: tuple[amf0.Value, ...] = ()
    stream: int = 0

    @property
    def said(self) -> dict[str, amf0.Value]:
        """The information object of an answer: its last mapping; empty where there is none."""
        return next((dict(v) for v in reversed(self.values) if isinstance(v, dict)), {})

    def text(self, name: str) -> str:
        """Return one field of `said` as text; empty where there is none.

        Examples
        --------
        >>> Command("onStatus", 0, (None, {"code": "NetStream.Publish.Start"})).text("code")
        'NetStream.Publish.Start'
        """
        found = self.said.get(name)
        return found if isinstance(found, str) else ""

    def message(self) -> Message:
        """Return it as a message."""
        payload = amf0.encode(self.name, self.transaction, *self.values)
        return Message(Kind.COMMAND, self.stream, 0, payload)


def read_command(message: Message) -> Command:
    """Read a `Kind.COMMAND` message.

    Raises
    ------
    RtmpError
        If it is none.

    Examples
    --------
    >>> read_command(Command("createStream", 4, (None,)).message())
    Command(name='createStream', transaction=4, values=(None,), stream=0)
    """
    try:
        name, transaction, *values = amf0.decode(message.payload)
    except ValueError as error:
        text = "a command that cannot be read"
        raise RtmpError(text) from error
    if not isinstance(name, str) or not isinstance(transaction, float) or transaction % 1:
        text = "a command without name or number"
        raise RtmpError(text)
    return Command(name, int(transaction), tuple(values), message.stream)


def set_chunk_size(size: int) -> Message:
    """Announce longer chunks."""
    return Message(Kind.SET_CHUNK_SIZE, 0, 0, size.to_bytes(4, "big"))


def acknowledgement(received_bytes: int) -> Message:
    """Say how much has arrived since the handshake; counts on from 0 after 4 GiB."""
    return Message(Kind.ACKNOWLEDGEMENT, 0, 0, (received_bytes % (1 << 32)).to_bytes(4, "big"))


def acknowledge_every(size: int) -> Message:
    """Ask for an acknowledgement after so many bytes."""
    return Message(Kind.WINDOW_ACKNOWLEDGEMENT_SIZE, 0, 0, size.to_bytes(4, "big"))


def set_peer_bandwidth(size: int) -> Message:
    """Ask the other end to ask for acknowledgements every so many bytes; a dynamic limit."""
    return Message(Kind.SET_PEER_BANDWIDTH, 0, 0, size.to_bytes(4, "big") + b"\x02")


def stream_begins(stream: int) -> Message:
    """Say that a message stream can be used."""
    return _user_control(_STREAM_BEGIN, stream.to_bytes(4, "big"))


def ping(stamp: int = 0) -> Message:
    """Ask whether the other end is there."""
    return _user_control(_PING, stamp.to_bytes(4, "big"))


def pong(message: Message) -> Message | None:
    """Return the answer to a ping; None for any other message.

    Examples
    --------
    >>> answer = pong(ping(7))
    >>> answer is not None and answer.payload.hex()
    '000700000007'
    """
    is_ping = message.kind == Kind.USER_CONTROL and message.payload[:2] == b"\x00\x06"
    return _user_control(_PONG, message.payload[2:6]) if is_ping else None


def number_of(message: Message) -> int:
    """Return the number that a control message carries; raises `RtmpError` when it has none."""
    if len(message.payload) < 4:
        text = "a control message without its number"
        raise RtmpError(text)
    return int.from_bytes(message.payload[:4], "big")


def _user_control(event: int, data: bytes) -> Message:
    return Message(Kind.USER_CONTROL, 0, 0, event.to_bytes(2, "big") + data)
