"""A computer as the far end of measurements: takes uploads and streams, counts them, keeps nothing.

One thread serves all connections. A peer is never trusted: their number, their silence and what
each may occupy of memory are limited, and nothing that one sends ends the others.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Self

from studiocheck.sources.network.connection import drop
from studiocheck.sources.network.listening import listen
from studiocheck.wire.http_answers import HttpAnswers
from studiocheck.wire.rtmp_server import RtmpServer
from studiocheck.wire.upload_answers import Answers, Manner, UploadAnswers

PORT, RTMP_PORT = 7878, 1935
CONNECTIONS, STREAMS = 64, 16
"""The most that are served at a time; a stream may occupy megabytes until a message is whole."""
IDLE_S = 30.0
_MAKES_ROOM_S = 2.0
_SLICE_S = 0.2
_READ_BYTES: Mapping[Manner, int] = {"tcp": 262144, "http": 262144, "rtmp": 65536}
"""At a time; a stream is read word for word, and the others wait meanwhile."""
_MOST_UNSENT_BYTES = 262144
_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One connection, as it stands or as it ended.

    Parameters
    ----------
    peer : str
        The address that it came from.
    manner : str
        ``tcp``, ``http`` or ``rtmp``.
    received_bytes : int
        Everything that came, headers and all.
    seconds : float
        From the connection to the last byte, s.
    app : str
        Which application a stream was sent to; never its key.
    """

    peer: str
    manner: Manner
    received_bytes: int
    seconds: float
    app: str = ""

    @property
    def mbit_s(self) -> float:
        """The mean rate, Mbit/s."""
        return self.received_bytes * 8e-6 / max(self.seconds, 1e-3)


class TargetServer:
    """Listens as a context: outside of it no port is open and no connection is left.

    Parameters
    ----------
    host : str
        The address to listen on; ``0.0.0.0`` and ``::`` stand for all.
    port : int
        Takes plain uploads and HTTP; 0 for any free one.
    rtmp_port : int, optional
        Takes streams; none are taken without it.
    connections : int
        The most that are served at a time on a port, streams 16 at the most.
    idle_s : float
        How long one may be silent, s.
    """

    def __init__(
        self,
        host: str = "0.0.0.0",  # noqa: S104 - others are meant to reach it
        port: int = PORT,
        rtmp_port: int | None = None,
        *,
        connections: int = CONNECTIONS,
        idle_s: float = IDLE_S,
    ) -> None:
        self._host = host
        self._wanted: Mapping[Manner, int | None] = {"tcp": port, "rtmp": rtmp_port}
        self._most: Mapping[Manner, int] = {
            "tcp": connections, "rtmp": min(connections, STREAMS)
        }  # fmt: skip
        self._idle_s = idle_s
        self._selector = DefaultSelector()
        self._doors: list[_Door] = []
        self._guests: dict[socket.socket, _Guest] = {}
        self.ports: dict[Manner, int] = {}
        """The port that takes plain uploads and HTTP, and the one that takes streams."""

    def __enter__(self) -> Self:
        """Open the ports; raises `SourceError`."""
        try:
            for manner, port in self._wanted.items():
                if port is not None:
                    self._listen(manner, port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close the ports and drop every connection."""
        for sock in (*(door.sock for door in self._doors), *self._guests):
            drop(sock)
        self._doors.clear()
        self._guests.clear()
        self._selector.close()

    def serve(
        self,
        seconds: float | None,
        left: Callable[[Visit], None],
        beat: Callable[[list[Visit]], None] = lambda _: None,
    ) -> None:
        """Serve for some time, or until something is raised.

        Parameters
        ----------
        seconds : float or None
            For how long, s; None for ever.
        left : callable
            Told of every connection that has ended and had sent anything.
        beat : callable
            Told several times a second of those that are there and have sent anything.
        """
        end = float("inf") if seconds is None else time.monotonic() + seconds
        try:
            self._serve_until(end, left, beat)
        finally:
            for guest in list(self._guests.values()):
                self._dismiss(guest, left)

    def _serve_until(
        self, end: float, left: Callable[[Visit], None], beat: Callable[[list[Visit]], None]
    ) -> None:
        due = 0.0
        while (now := time.monotonic()) < end:
            for key, events in self._selector.select(min(_SLICE_S, end - now)):
                if isinstance(key.data, _Door):
                    self._welcome(key.data, left)
                elif key.data.sock in self._guests:  # unless it has just made room for another
                    self._attend(key.data, events, left)
            if (now := time.monotonic()) >= due:
                due = now + _SLICE_S
                for guest in [g for g in self._guests.values() if g.silent_s > self._idle_s]:
                    self._dismiss(guest, left)
                beat([g.visit() for g in self._guests.values() if g.received_bytes])

    def _listen(self, manner: Manner, port: int) -> None:
        sock = listen(self._host, port)
        self._doors.append(_Door(sock, manner))
        self._selector.register(sock, EVENT_READ, self._doors[-1])
        self.ports[manner] = sock.getsockname()[1]

    def _welcome(self, door: _Door, left: Callable[[Visit], None]) -> None:
        try:
            sock, address = door.sock.accept()
        except OSError:  # gone again, or this computer has no descriptor left
            return
        here = [guest for guest in self._guests.values() if guest.door is door]
        if len(here) >= self._most[door.manner]:
            quietest = max(here, key=lambda guest: guest.silent_s)
            if quietest.silent_s < _MAKES_ROOM_S:
                drop(sock)
                return
            self._dismiss(quietest, left)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        guest = _Guest(sock, str(address[0]), door)
        self._guests[sock] = guest
        self._selector.register(sock, guest.waits_for, guest)

    def _attend(self, guest: _Guest, events: int, left: Callable[[Visit], None]) -> None:
        before = guest.waits_for
        if not guest.exchange(events):
            self._dismiss(guest, left)
        elif guest.waits_for != before:
            self._selector.modify(guest.sock, guest.waits_for, guest)

    def _dismiss(self, guest: _Guest, left: Callable[[Visit], None]) -> None:
        self._selector.unregister(guest.sock)
        del self._guests[guest.sock]
        guest.hang_up()
        if guest.received_bytes:
            left(guest.visit())


@dataclass(frozen=True, slots=True)
class _Door:
    """A listening socket, and how those who come by it speak."""

    sock: socket.socket
    manner: Manner


class _Guest:
    """One connection and what is said on it."""

    def __init__(self, sock: socket.socket, peer: str, door: _Door) -> None:
        self.sock, self.door, self.received_bytes = sock, door, 0
        self._peer = peer.removeprefix("::ffff:").partition("%")[0]
        self._rtmp = RtmpServer() if door.manner == "rtmp" else None
        self._sniffing = UploadAnswers(HttpAnswers(self._peer))
        self._answers: Answers = self._rtmp or self._sniffing
        self._unsent = b""
        self._began_s = self._heard_s = time.monotonic()

    @property
    def silent_s(self) -> float:
        """How long nothing has come, s."""
        return time.monotonic() - self._heard_s

    @property
    def waits_for(self) -> int:
        """What to wait for: nothing is read from one that does not take its answers."""
        return EVENT_WRITE if self._unsent else EVENT_READ

    def exchange(self, events: int) -> bool:
        """Read and answer what goes without waiting; false when the conversation is over."""
        try:
            if events & EVENT_READ:
                data = self.sock.recv(_READ_BYTES[self.door.manner])
                if not data:
                    return False
                self._heard_s = time.monotonic()
                self.received_bytes += len(data)
                self._unsent += self._answers.feed(data)
            if self._unsent:
                self._unsent = self._unsent[self.sock.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            return False
        is_over = self._answers.closed and not self._unsent
        return not is_over and len(self._unsent) <= _MOST_UNSENT_BYTES

    def hang_up(self) -> None:
        """End the connection, so that a last answer still arrives."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.sock.close()

    def visit(self) -> Visit:
        """Return how it stands."""
        app = self._rtmp.app if self._rtmp else ""
        return Visit(
            peer=self._peer,
            manner="rtmp" if self._rtmp else self._sniffing.manner,
            received_bytes=self.received_bytes,
            seconds=self._heard_s - self._began_s,
            app="".join(filter(str.isprintable, app.partition("/")[0].partition("?")[0]))[:_SHOWN],
        )
