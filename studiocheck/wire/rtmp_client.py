"""The publishing end of an RTMP connection without a socket: what to say, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studiocheck.wire import amf0
from studiocheck.wire.rtmp_chunks import Kind, Message, Packer, RtmpError, Unpacker
from studiocheck.wire.rtmp_handshake import HANDSHAKE_BYTES, ClientHandshake
from studiocheck.wire.rtmp_messages import (
    AUDIO_LINE,
    COMMAND_LINE,
    CONTROL_LINE,
    STREAM_LINE,
    VIDEO_LINE,
    Command,
    acknowledge_every,
    acknowledgement,
    number_of,
    pong,
    read_command,
    set_chunk_size,
)

PROGRAM = "FMLE/3.0 (compatible; studiocheck)"
"""How publishers call themselves: some servers take nobody else."""
_CHUNK_BYTES = 4096
_COMMAND_AMF3 = 17
_MOST_WAITING = 1 << 20
"""A peer that asks and never listens gets no more answers than that."""
_WRAP = 1 << 32
_CONNECT, _RELEASE, _ANNOUNCE, _CREATE, _PUBLISH, _UNANNOUNCE, _DELETE = range(1, 8)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one of our steps.

    Parameters
    ----------
    step : str
        ``connect``, ``create`` or ``publish``.
    accepted : bool
        Whether it said yes.
    command : Command
        Its words.
    """

    step: str
    accepted: bool
    command: Command


class RtmpClient:
    """Says what a publisher says; bytes to send wait in `outgoing`.

    Parameters
    ----------
    app : str
        The application.
    address : str
        The address that the server is told: scheme, host, port and application.

    Notes
    -----
    **Source** Adobe's Real Time Messaging Protocol 1.0 (21 December 2012), 5.4, 7.2.

    Examples
    --------
    >>> client = RtmpClient("live", "rtmp://127.0.0.1/live")
    >>> client.start()
    >>> len(client.outgoing), client.shaken
    (1537, False)
    """

    def __init__(self, app: str, address: str) -> None:
        self.outgoing = bytearray()
        self.acknowledged: int | None = None
        """How many bytes the server says it has, since the connection began; None: it never did."""
        self.queued_bytes = 0
        """All that was ever put into `outgoing`."""
        self._app, self._address = app, address
        self._handshake = ClientHandshake()
        self._packer, self._unpacker = Packer(), Unpacker()
        self._received = self._told = 0
        self._window_bytes: int | None = None
        self._stream = 1

    @property
    def frames_begin(self) -> int:
        """How many bytes after the handshake come before what is queued next."""
        return self.queued_bytes - HANDSHAKE_BYTES

    @property
    def shaken(self) -> bool:
        """Whether the handshake is over."""
        return self._handshake.done

    def start(self) -> None:
        """Begin the handshake."""
        self._queue(self._handshake.start())

    def connect(self, acknowledge_bytes: int) -> None:
        """Ask for the application, and for an acknowledgement every so many bytes."""
        self._say(set_chunk_size(_CHUNK_BYTES), CONTROL_LINE)
        self._say(acknowledge_every(acknowledge_bytes), CONTROL_LINE)
        about: amf0.Value = {
            "app": self._app, "type": "nonprivate", "flashVer": PROGRAM, "tcUrl": self._address,
        }  # fmt: skip
        self._command(Command("connect", _CONNECT, (about,)))

    def create_stream(self, key: str) -> None:
        """Ask for a stream; the key is announced, as servers of the first hour want it."""
        self._command(Command("releaseStream", _RELEASE, (None, key)))
        self._command(Command("FCPublish", _ANNOUNCE, (None, key)))
        self._command(Command("createStream", _CREATE, (None,)))

    def publish(self, key: str) -> None:
        """Go live."""
        self._command(Command("publish", _PUBLISH, (None, key, "live"), self._stream))

    def unpublish(self, key: str) -> None:
        """Take leave."""
        self._command(Command("FCUnpublish", _UNANNOUNCE, (None, key)))
        self._command(Command("deleteStream", _DELETE, (None, self._stream)))

    def send(self, kind: Kind, timestamp_ms: int, body: bytes) -> None:
        """Queue picture, sound or data."""
        line = {Kind.VIDEO: VIDEO_LINE, Kind.AUDIO: AUDIO_LINE}.get(kind, STREAM_LINE)
        self._say(Message(kind, self._stream, timestamp_ms, body), line)

    def length(self, timestamp_ms: int, body_bytes: int) -> int:
        """Return how many bytes `send` makes of a body."""
        return self._packer.length(timestamp_ms, body_bytes)

    def took(self, count: int) -> None:
        """Note that so many bytes of `outgoing` were sent."""
        del self.outgoing[:count]

    def feed(self, data: bytes) -> list[Answer]:
        """Take what the server says.

        Raises
        ------
        RtmpError
            If it does not speak RTMP.
        """
        if not self.shaken:
            self._queue(self._handshake.feed(data))
            data = self._handshake.rest
        self._received += len(data)
        answers = []
        for message in self._unpacker.feed(data):
            answers += self._heard(message)
        due = self._window_bytes and self._received - self._told >= self._window_bytes
        if due and len(self.outgoing) < _MOST_WAITING:
            self._told = self._received
            self._say(acknowledgement(self._received), CONTROL_LINE)
        return answers

    def _heard(self, message: Message) -> list[Answer]:
        if message.kind in {Kind.COMMAND, _COMMAND_AMF3}:
            if message.kind == _COMMAND_AMF3:  # a byte 0, then AMF0 after all
                message = replace(message, payload=message.payload[1:])
            try:
                return self._answer(read_command(message))
            except RtmpError:
                return []  # nothing that we asked is answered like this
        if message.kind == Kind.ACKNOWLEDGEMENT:
            before = self.acknowledged or 0
            self.acknowledged = before + (number_of(message) - before) % _WRAP
        elif message.kind == Kind.WINDOW_ACKNOWLEDGEMENT_SIZE:
            self._window_bytes = number_of(message)
        answer = pong(message)
        if answer is not None and len(self.outgoing) < _MOST_WAITING:
            self._say(answer, CONTROL_LINE)
        return []

    def _answer(self, command: Command) -> list[Answer]:
        accepted = command.name != "_error" and command.text("level") != "error"
        answers_to = command.transaction if command.name in {"_result", "_error"} else 0
        if answers_to == _CONNECT:
            return [Answer("connect", accepted, command)]
        if answers_to == _CREATE:
            stream = command.values[-1] if command.values else None
            if isinstance(stream, float) and 0 <= stream < _WRAP:
                self._stream = int(stream)
            return [Answer("create", accepted, command)]
        begun = command.text("code") == "NetStream.Publish.Start"
        if command.name == "onStatus" and (begun or not accepted):
            return [Answer("publish", accepted, command)]
        return []

    def _command(self, command: Command) -> None:
        self._say(command.message(), STREAM_LINE if command.stream else COMMAND_LINE)

    def _say(self, message: Message, line: int) -> None:
        self._queue(self._packer.pack(message, line))

    def _queue(self, data: bytes) -> None:
        self.outgoing += data
        self.queued_bytes += len(data)
