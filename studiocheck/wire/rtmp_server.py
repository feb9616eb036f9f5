"""The far end of a stream without a socket: takes any application and key, discards the media.

Nothing that a client sends is kept but what it calls its application; a key is not even looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from studiocheck.wire.amf0 import Value
from studiocheck.wire.rtmp_chunks import Kind, Message, Packer, RtmpError, Unpacker
from studiocheck.wire.rtmp_handshake import ServerHandshake
from studiocheck.wire.rtmp_messages import (
    COMMAND_LINE,
    CONTROL_LINE,
    Command,
    acknowledge_every,
    acknowledgement,
    number_of,
    pong,
    read_command,
    set_chunk_size,
    set_peer_bandwidth,
    stream_begins,
)

OURS = "studiocheck"
"""The field of the answer to ``connect`` by which a publisher knows that nothing goes on air."""
TARGET = "target/1"
"""What it says."""
Stage = Literal["handshake", "connect", "publish", "live", "closed"]
"""What the client has to do next; ``live`` while it publishes."""

_WINDOW_BYTES = 2_500_000
_SMALLEST_WINDOW_BYTES = 1024
_CHUNK_BYTES = 4096
_LONGEST_COMMAND = 65536
_COMMAND_AMF3, _AGGREGATE = 17, 22
_MEDIA = (Kind.AUDIO, Kind.VIDEO, _AGGREGATE)
_STREAM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a server treats its publishers; for tests and drills not always well.

    Parameters
    ----------
    ours : bool
        Whether it says that it is a target of studiocheck.
    knows_app, takes_key : bool
        Whether it lets a client connect, and then publish.
    hangs_up : bool
        Whether it lets a client publish and drops it at the first picture or sound, as some do
        with a key that has expired.
    acknowledges : bool
        Whether it says how much has arrived.
    """

    ours: bool = True
    knows_app: bool = True
    takes_key: bool = True
    hangs_up: bool = False
    acknowledges: bool = True


class RtmpServer:
    """Takes the bytes of one connection in order and says what to answer. Never raises.

    Parameters
    ----------
    manners : Manners
        How it treats the client.

    Notes
    -----
    **Source** Adobe's Real Time Messaging Protocol 1.0 (21 December 2012), 5.4, 7.1, 7.2.

    Examples
    --------
    >>> server = RtmpServer()
    >>> server.feed(b"GET / HTTP/1.1"), server.closed
    (b'', True)
    """

    def __init__(self, manners: Manners | None = None) -> None:
        self.app = ""
        self.stage: Stage = "handshake"
        self.media_bytes = 0
        self._manners = manners or Manners()
        self._handshake = ServerHandshake()
        self._unpacker, self._packer = Unpacker(), Packer()
        self._window_bytes = _WINDOW_BYTES
        self._received = self._acknowledged = 0

    @property
    def closed(self) -> bool:
        """Whether the server hangs up once its answers are sent."""
        return self.stage == "closed"

    def feed(self, data: bytes) -> bytes:
        """Return what to answer to these bytes; mostly nothing."""
        replies: list[bytes] = []
        try:
            if self.stage == "handshake":
                replies.append(self._handshake.feed(data))
                if not self._handshake.done:
                    return replies[0]
                self.stage, data = "connect", self._handshake.rest
            if not self.closed:
                self._received += len(data)
                for message in self._unpacker.feed(data):
                    replies += map(self._packed, self._answers(message))
                replies += map(self._packed, self._acknowledgements())
        except RtmpError:
            self.stage = "closed"
        return b"".join(replies)

    def _packed(self, message: Message) -> bytes:
        line = COMMAND_LINE if message.kind == Kind.COMMAND else CONTROL_LINE
        return self._packer.pack(message, line)

    def _answers(self, message: Message) -> list[Message]:
        if self.closed:
            return []
        if message.kind == Kind.COMMAND:
            return self._obey(message)
        if message.kind == _COMMAND_AMF3:  # a byte 0, then AMF0 after all
            return self._obey(replace(message, payload=message.payload[1:]))
        if message.kind == Kind.WINDOW_ACKNOWLEDGEMENT_SIZE:
            self._window_bytes = max(number_of(message), _SMALLEST_WINDOW_BYTES)
        elif message.kind in _MEDIA and self.stage == "live":
            self.media_bytes += len(message.payload)
            if self._manners.hangs_up:
                self.stage = "closed"
        answer = pong(message)
        return [] if answer is None else [answer]

    def _acknowledgements(self) -> list[Message]:
        """Say how much has arrived, each time that the client's window is full."""
        due = self._received - self._acknowledged >= self._window_bytes
        if not due or self.closed or not self._manners.acknowledges:
            return []
        self._acknowledged = self._received
        return [acknowledgement(self._received)]

    def _obey(self, message: Message) -> list[Message]:
        if len(message.payload) > _LONGEST_COMMAND:
            text = "a command is longer than any that there is"
            raise RtmpError(text)
        command = read_command(message)
        known: Mapping[str, Callable[[Command], list[Message]]] = {
            "connect": self._connect,
            "createStream": self._create,
            "publish": self._publish,
            "play": self._play,
            "FCUnpublish": self._unpublish,
            "closeStream": self._unpublish,
            "deleteStream": self._unpublish,
        }
        if command.name in known:
            return known[command.name](command)
        # others wait for a result and do not mind what it says
        return [self._result(command, None)] if command.transaction > 0 else []

    def _connect(self, command: Command) -> list[Message]:
        self._require("connect")
        self.app = command.text("app")
        greeting = [
            acknowledge_every(_WINDOW_BYTES),
            set_peer_bandwidth(_WINDOW_BYTES),
            set_chunk_size(_CHUNK_BYTES),
        ]
        if not self._manners.knows_app:
            self.stage = "closed"
            no = _information("error", "NetConnection.Connect.Rejected", "no such application")
            answer = Command("_error", command.transaction, (None, no)).message()
            return [*greeting, answer]
        self.stage = "publish"
        about: dict[str, Value] = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0}
        yes = _information("status", "NetConnection.Connect.Success", "connected")
        yes |= {"objectEncoding": 0.0} | ({OURS: TARGET} if self._manners.ours else {})
        return [*greeting, self._result(command, about, yes)]

    def _create(self, command: Command) -> list[Message]:
        self._require("publish", "live")
        return [self._result(command, None, _STREAM)]

    def _publish(self, command: Command) -> list[Message]:
        self._require("publish", "live")
        if not self._manners.takes_key:
            self.stage = "closed"
            return [_status(command, "error", "NetStream.Publish.BadName", "unknown stream key")]
        self.stage = "live"
        said = "publishing; nothing goes on air"
        yes = _status(command, "status", "NetStream.Publish.Start", said)
        return [stream_begins(command.stream), yes]

    def _play(self, command: Command) -> list[Message]:
        self.stage = "closed"
        return [_status(command, "error", "NetStream.Play.StreamNotFound", "nothing is kept here")]

    def _unpublish(self, _: Command) -> list[Message]:
        if self.stage == "live":
            self.stage = "publish"
        return []

    def _require(self, *stages: Stage) -> None:
        if self.stage not in stages:
            text = "a command comes at the wrong time"
            raise RtmpError(text)

    @staticmethod
    def _result(command: Command, *values: Value) -> Message:
        return Command("_result", command.transaction, values).message()


def _information(level: str, code: str, description: str) -> dict[str, Value]:
    return {"level": level, "code": code, "description": description}


def _status(command: Command, level: str, code: str, description: str) -> Message:
    said = _information(level, code, description)
    return Command("onStatus", 0, (None, said), command.stream).message()
