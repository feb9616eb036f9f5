"""How long new connections to a far end take, before and while a line is loaded.

It needs nothing of the far end but its open port: the handshake waits in the same queue as the
upload. A connection is dropped as soon as it has come about.
"""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from selectors import EVENT_WRITE, DefaultSelector

from studiocheck.core.errors import SourceError
from studiocheck.sources.network.connection import Address, drop
from studiocheck.sources.network.interface import tie

EVERY_S = 0.1
TIME_S = 1.5
"""A connection that took longer did not come about: the second try of a lost handshake, which
comes after a second (RFC 6298, 2.1), still does."""
_IDLE_EVERY_S = 0.02
_IDLE_TRIES = 3
_IDLE_S = 0.4


@dataclass(slots=True)
class Delays:
    """Connections that were tried: when each was begun (s since the first), how long it took."""

    began_s: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)


class _Prober:
    """Opens connections to one address, several on their way at a time."""

    def __init__(self, address: Address, interface: str | None) -> None:
        self._address, self._interface = address, interface
        self._selector = DefaultSelector()
        self._waiting: dict[socket.socket, float] = {}
        self._found: list[tuple[float, float]] = []
        self._began = time.monotonic()

    def close(self) -> Delays:
        """Drop what is still on its way and return what came about, in order of its beginning."""
        for sock in self._waiting:
            drop(sock)
        self._selector.close()
        rows = sorted(self._found)
        return Delays([began for began, _ in rows], [took for _, took in rows])

    @property
    def busy(self) -> bool:
        """Whether any is still on its way."""
        return bool(self._waiting)

    def launch(self) -> None:
        """Begin one more."""
        began = time.monotonic()
        sock: socket.socket | None = None
        try:
            sock = socket.socket(self._address[0], socket.SOCK_STREAM)
            sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
            if self._interface:
                tie(sock, self._interface)
            began = time.monotonic()
            sock.connect_ex(self._address[1])
            self._selector.register(sock, EVENT_WRITE)
        except (OSError, SourceError):
            self._note(began, math.nan)
            if sock is not None:
                drop(sock)
        else:
            self._waiting[sock] = began

    def collect(self, seconds: float) -> None:
        """Wait for at most so long, and note what came about or is overdue."""
        if not self._waiting:  # Windows cannot wait for nothing
            time.sleep(max(0.0, seconds))
            return
        ready = {key.fileobj for key, _ in self._selector.select(max(0.0, seconds))}
        now = time.monotonic()
        for sock, began in list(self._waiting.items()):
            if sock in ready:
                refused = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._note(began, math.nan if refused else 1000 * (now - began))
            elif now - began > TIME_S:
                self._note(began, math.nan)
            else:
                continue
            self._selector.unregister(sock)
            del self._waiting[sock]
            drop(sock)

    def _note(self, began: float, took_ms: float) -> None:
        self._found.append((began - self._began, took_ms))


def idle_ms(address: Address, interface: str | None) -> list[float]:
    """Return how long three connections to an idle far end took, ms; NaN for one that failed.

    Takes two round trips, 0.4 s at most.
    """
    prober = _Prober(address, interface)
    end = time.monotonic() + _IDLE_S
    try:
        for _ in range(_IDLE_TRIES):
            prober.launch()
            prober.collect(_IDLE_EVERY_S)
        while prober.busy and (left := end - time.monotonic()) > 0:
            prober.collect(left)
    finally:
        found = prober.close()
    return found.took_ms


@contextmanager
def probing(address: Address, interface: str | None) -> Iterator[Delays]:
    """Open a connection every 100 ms in a thread of its own; its rows are there at the end."""
    found = Delays()
    ending = threading.Event()

    def run() -> None:
        prober = _Prober(address, interface)
        due = time.monotonic()
        try:
            while not ending.is_set():
                if time.monotonic() >= due:
                    prober.launch()
                    due = max(due + EVERY_S, time.monotonic())
                # wake up now and then to hear that it is over
                prober.collect(min(EVERY_S, due - time.monotonic()))
        finally:
            rows = prober.close()
            found.began_s, found.took_ms = rows.began_s, rows.took_ms

    thread = threading.Thread(target=run, daemon=True, name="probing")
    thread.start()
    try:
        yield found
    finally:
        ending.set()
        thread.join(1.0)
