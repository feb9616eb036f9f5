"""Far ends that mean harm: polite up to a moment, and then whatever a broken or wicked one does."""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from studiocheck.wire.http_answers import HttpAnswers
from studiocheck.wire.rtmp_chunks import Kind, Message, Packer
from studiocheck.wire.rtmp_messages import ping
from studiocheck.wire.rtmp_server import RtmpServer

ACTS = ("reset", "close", "half close", "garbage", "flood", "read slowly", "drip", "say nothing")
PATIENT_ACTS = ("drip", "say nothing", "half close", "read slowly")
"""Those that a client has to wait out."""
_HTTP_WORDS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\n" + b"X-Pad: aaaaaaaaaaaa\r\n" * 50,
    b"HTTP/1.1 200 OK\r\n\r\n" + b"a body without an end" * 20,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + b"x" * 100,
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 503 no\r\n\r\n",
    b"HTTP/9.9",
    b"\r\n\r\n\r\n",
)
_RTMP_WORDS = (
    Packer().pack(ping(7), 2),
    b"\x03" + bytes(4000),
    Packer().pack(Message(Kind.ACKNOWLEDGEMENT, 0, 0, b"\xff\xff\xff\xff"), 2),
    Packer().pack(Message(Kind.ACKNOWLEDGEMENT, 0, 0, b"a"), 2),
    Packer().pack(Message(Kind.USER_CONTROL, 0, 0, b""), 2),
    Packer().pack(Message(Kind.COMMAND, 0, 0, b"\x03" * 500), 3),
    Packer().pack(Message(Kind.WINDOW_ACKNOWLEDGEMENT_SIZE, 0, 0, b"\0\0\0\1"), 2),
    Packer().pack(Message(Kind.DATA, 0, 0, bytes(100_000)), 4),
)


@dataclass
class HostileEnd:
    """One way to behave: how long politely, and how then. `served` runs it."""

    speaks: str
    """``tcp``, ``http`` or ``rtmp``."""
    act: str
    chance: random.Random
    polite_bytes: int = 0
    stage: str = ""
    """For RTMP: polite until it has come to this stage too."""
    waits_s: float = 0.0
    tls: ssl.SSLContext | None = None
    _ending: threading.Event = field(default_factory=threading.Event)
    _socks: list[socket.socket] = field(default_factory=list)

    def handle(self, sock: socket.socket) -> None:
        """Treat one connection."""
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as open_ones:
            open_ones.enter_context(sock)
            sock.settimeout(20)
            time.sleep(self.waits_s)
            if self.tls is not None and sock.recv(1, socket.MSG_PEEK):
                sock = open_ones.enter_context(self.tls.wrap_socket(sock, server_side=True))
            self._be_polite(sock)
            self._acts()[self.act](sock)

    def _be_polite(self, sock: socket.socket) -> None:
        http, rtmp, taken = HttpAnswers(), RtmpServer(), 0
        while taken < self.polite_bytes or self.stage not in {"", rtmp.stage}:
            data = sock.recv(65536)
            if not data:
                raise ConnectionError
            taken += len(data)
            if self.speaks != "tcp":
                sock.sendall((http if self.speaks == "http" else rtmp).feed(data))

    def _acts(self) -> dict[str, Callable[[socket.socket], None]]:
        return {
            "reset": lambda sock: sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            ),
            "close": lambda _: None,
            "half close": self._half_close,
            "garbage": lambda sock: sock.sendall(self._words()),
            "flood": self._flood,
            "read slowly": self._read_slowly,
            "drip": self._drip,
            "say nothing": lambda _: self._wait(40),
        }

    def _half_close(self, sock: socket.socket) -> None:
        sock.shutdown(socket.SHUT_WR)
        self._wait(40)

    def _flood(self, sock: socket.socket) -> None:
        words = self._words()
        words *= 1 + 65536 // len(words)
        while not self._ending.is_set():
            sock.sendall(words)

    def _read_slowly(self, sock: socket.socket) -> None:
        while not self._wait(self.chance.choice([0.002, 0.05, 0.6])) and sock.recv(1000):
            pass

    def _drip(self, sock: socket.socket) -> None:
        for byte in self._words() * 50:
            sock.sendall(bytes([byte]))
            if self._wait(0.03):
                return

    def _wait(self, seconds: float) -> bool:
        return self._ending.wait(seconds)

    def _words(self) -> bytes:
        known = {"http": _HTTP_WORDS, "rtmp": _RTMP_WORDS}.get(self.speaks, ())
        noise = self.chance.randbytes(self.chance.choice([1, 7, 5000]))
        return self.chance.choice([*known, noise])

    @contextmanager
    def served(self) -> Iterator[int]:
        """Listen on a port of this computer, a thread for every connection."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=100)
        listening.settimeout(0.05)
        threads: list[threading.Thread] = []

        def serve() -> None:
            while not self._ending.is_set():
                with contextlib.suppress(TimeoutError):
                    sock, _ = listening.accept()
                    self._socks.append(sock)
                    threads.append(threading.Thread(target=self.handle, args=(sock,)))
                    threads[-1].start()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield listening.getsockname()[1]
        finally:
            self._ending.set()
            serving.join()
            listening.close()
            for sock in self._socks:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
