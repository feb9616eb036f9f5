"""Ingests of the tests' own: they keep what they were told, and behave as badly as asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from studiocheck.wire.rtmp_chunks import Kind, Message, Packer, Unpacker
from studiocheck.wire.rtmp_handshake import HANDSHAKE_BYTES
from studiocheck.wire.rtmp_messages import Command, read_command
from studiocheck.wire.rtmp_server import Manners, RtmpServer
from tests.local_server import server

KEPT_BYTES = 20000


@dataclass
class Ingest:
    """One ingest, and the beginning of every connection to it."""

    port: int = 0
    said: list[bytearray] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live"

    @property
    def commands(self) -> list[Command]:
        """Everything that was asked of it."""
        return [
            read_command(message)
            for said in self.said
            for message in Unpacker().feed(bytes(said[HANDSHAKE_BYTES:]))
            if message.kind == Kind.COMMAND
        ]

    @property
    def publishes(self) -> int:
        """How often something was to be published, counted without trusting any parser."""
        return sum(said.count(b"ublish") for said in self.said)


@contextmanager
def ingest(manners: Manners | None = None, *, echo: bool = False) -> Iterator[Ingest]:
    """An ingest on this computer; ``echo`` refuses every stream and repeats its key aloud."""
    made = Ingest()

    def serve(sock: socket.socket) -> None:
        ours = RtmpServer(manners or Manners())
        said = bytearray()
        made.said.append(said)
        while data := sock.recv(65536):
            said.extend(data[: KEPT_BYTES - len(said)])
            sock.sendall(ours.feed(data))
            if echo and (key := _published(said)):
                words = {"level": "error", "code": "NetStream.Publish.Denied"}
                no = Command("onStatus", 0, (None, words | {"description": f"who is {key}?"}), 1)
                sock.sendall(_packed(no.message()))
                return
            if ours.closed:
                return

    with server(serve) as made.port:
        yield made


def _published(said: bytearray) -> str | None:
    messages = Unpacker().feed(bytes(said[HANDSHAKE_BYTES:]))
    for message in messages:
        if message.kind == Kind.COMMAND and (command := read_command(message)).name == "publish":
            return str(command.values[1])
    return None


def _packed(message: Message) -> bytes:
    return Packer().pack(message, 5)
