"""A real TCP port on this computer that takes uploads as slowly, and breaks as badly, as told.

What is real: the connection, its back-pressure, resets and silence. What is modelled: the rate
(token bucket, what is over waits as in a modem's queue), jitter (what is read arrives in lumps),
the slow start of a long way (the rate doubles every round trip from ten segments, RFC 6928), and
loss: the rate of one connection is bounded by Mathis et al., ACM CCR 27(3) 1997, eq. 3,
MSS/RTT · 1.22/√p. Nothing is lost on loopback, so the kernel counts no retransmissions.
"""

from __future__ import annotations

import contextlib
import math
import random
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from studiocheck.simulator.http_answers import HttpAnswers, speaks_http
from studiocheck.simulator.scene import Scene, UplinkModel

MSS_BYTES = 1448
_ACCESS_MS = 10.0
"""Round trip of an access line alone; what `delay_ms` (one way) comes on top of."""
_FIRST_SEGMENTS = 10
_TICK_S = 0.004
_CATCH_UP_S = 0.3
_BUFFER_BYTES = 16384
_LUMP_S = 0.02


def round_trip_s(uplink: UplinkModel) -> float:
    """Return the round trip of a simulated uplink, s."""
    return (_ACCESS_MS + 2 * uplink.delay_ms) / 1000


def connection_mbit_s(uplink: UplinkModel, age_s: float = math.inf) -> float:
    """Return what one connection of a given age gets through an uplink, Mbit/s.

    Examples
    --------
    >>> connection_mbit_s(UplinkModel(rate_mbit_s=20))
    20.0
    >>> round(connection_mbit_s(UplinkModel(rate_mbit_s=20, loss=0.01, delay_ms=15)), 2)
    3.53
    """
    segments_mbit_s = MSS_BYTES * 8e-6 / round_trip_s(uplink)
    rate = uplink.rate_mbit_s
    if uplink.loss:
        rate = min(rate, segments_mbit_s * math.sqrt(1.5 / uplink.loss))
    doublings = min(30.0, age_s / round_trip_s(uplink))
    return min(rate, segments_mbit_s * _FIRST_SEGMENTS * 2**doublings)


@dataclass(slots=True)
class ShapedPort:
    """The far end of one simulated uplink.

    The clock of the scene's faults starts with every connection that finds the port idle.

    Parameters
    ----------
    scene : Scene
        Where the uplink and its faults stand.
    role : str
        Which of its uplinks.
    """

    scene: Scene
    role: str
    _server: socket.socket | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, port: int = 0) -> tuple[str, int]:
        """Open the port on 127.0.0.1 (0: any free one) and return host and port.

        A refused uplink gets a port that is taken and never listened to.
        """
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with contextlib.suppress(OSError):
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # the far kernel's buffer counts as delivered: keep it a few segments small, and the
            # segments as small as on a real line (loopback's own are 64 kB)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, MSS_BYTES + 12)
        try:
            server.bind(("127.0.0.1", port))
            if not self.scene.at(0.0).uplinks[self.role].refused:
                server.listen(16)
                self._run(self._accept, server)
        except BaseException:
            server.close()
            raise
        self._server = server
        address: tuple[str, int] = server.getsockname()
        return address

    def stop(self) -> None:
        """Close the port and drop its connections."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(2.0)
        if self._server is not None:
            self._server.close()

    def _run(self, call: object, *arguments: object) -> None:
        thread = threading.Thread(target=call, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, server: socket.socket) -> None:
        server.settimeout(0.1)
        link = _Link(self.scene, self.role)
        while not self._stopping.is_set():
            try:
                sock, _ = server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._run(self._serve, sock, link)

    def _serve(self, sock: socket.socket, link: _Link) -> None:
        with sock, link:
            with contextlib.suppress(OSError):
                _Served(sock, link).run(self._stopping)


class _Link:
    """The line that all connections share: its clock, its tokens, its jitter."""

    def __init__(self, scene: Scene, role: str) -> None:
        self._scene, self._role = scene, role
        self._lock = threading.Lock()
        self._users = 0
        self._began = self._last = 0.0
        self._tokens = 0.0
        self._random = random.Random(f"{scene.seed} {role} uplink")
        self._lump_until = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if self._users == 0:
                self._began = self._last = time.monotonic()
                self._tokens = self._lump_until = 0.0
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1

    def now(self) -> tuple[float, UplinkModel]:
        """Return the time since the line got busy, s, and the uplink as it is now."""
        age_s = time.monotonic() - self._began
        return age_s, self._scene.at(age_s).uplinks[self._role]

    def grant(self, wanted: float, uplink: UplinkModel) -> int:
        """Take at most so many bytes from the line's bucket."""
        with self._lock:
            now = time.monotonic()
            rate = uplink.rate_mbit_s * 1e6 / 8
            # a delayed thread may catch up, so that the mean rate is exact on a busy computer
            self._tokens = min(self._tokens + rate * (now - self._last), rate * _CATCH_UP_S)
            self._last = now
            if uplink.jitter_ms and now >= self._lump_until + _LUMP_S:
                held_s = self._random.expovariate(1000 / uplink.jitter_ms)
                self._lump_until = now + min(held_s, _CATCH_UP_S / 2)
            if now < self._lump_until:
                return 0
            granted = int(min(self._tokens, wanted))
            self._tokens -= granted
            return granted


class _Served:
    """One connection of the port."""

    def __init__(self, sock: socket.socket, link: _Link) -> None:
        self._sock, self._link = sock, link
        self._answers: HttpAnswers | None = None
        self._began = self._last = time.monotonic()
        self._own = 0.0
        self._head = b""

    def run(self, stopping: threading.Event) -> None:
        self._sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        while not stopping.is_set():
            age_s, uplink = self._link.now()
            if uplink.cut:
                # a reset, as from a modem that has lost its line
                self._sock.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                return
            if uplink.blackhole or not self._take(uplink):
                if stopping.wait(_TICK_S):
                    return
                continue
            if self._answers is not None and self._answers.closed:
                return
            del age_s

    def _take(self, uplink: UplinkModel) -> bool:
        """Read what the line lets through now; false when it is time to wait."""
        raise NotImplementedError
