"""A real TCP port on this computer that takes uploads as slowly, and breaks as badly, as told.

Where the scene says that there is an ingest, it takes streams (RTMP) on the same port.

What is real: the connection, its back-pressure, resets and silence. What is modelled: the rate
(token bucket), jitter (what arrives comes in lumps), the slow start of a long way (the rate
doubles every round trip from ten segments, RFC 6928), and loss: one connection is bounded by
MSS/RTT · √(3/2p) (M. Mathis et al., ACM CCR 27(3) 1997, eq. 3). Nothing is lost on loopback
itself, so the kernel counts no retransmissions.
"""

from __future__ import annotations

import contextlib
import math
import random
import select
import socket
import struct
import sys
import threading
import time

from studiocheck.simulator.models import UplinkModel
from studiocheck.simulator.scene import Scene
from studiocheck.wire.http_answers import HttpAnswers
from studiocheck.wire.rtmp_server import Manners, RtmpServer
from studiocheck.wire.upload_answers import Answers, Silence, UploadAnswers

MSS_BYTES = 1448
_FIRST_SEGMENTS = 10
_TICK_S = 0.004
_LUMP_S = 0.02
_CATCH_UP_S = 0.3
_BUFFER_BYTES, _BUFFER_S = 4096, 0.01
_LONG_S = 60.0
"""After so long any connection is up to speed."""
_LINGER = "hh" if sys.platform == "win32" else "ii"


def round_trip_s(uplink: UplinkModel) -> float:
    """Return the round trip of a simulated uplink, s: twice its one-way delay, 1 ms at least."""
    return max(0.001, 2 * uplink.delay_ms / 1000)


def connection_mbit_s(uplink: UplinkModel, age_s: float = math.inf) -> float:
    """Return what one connection of a given age gets through an uplink, Mbit/s.

    Examples
    --------
    >>> connection_mbit_s(UplinkModel(rate_mbit_s=20.0))
    20.0
    >>> round(connection_mbit_s(UplinkModel(rate_mbit_s=20, loss=0.01, delay_ms=15)), 2)
    4.73
    """
    segment_mbit_s = MSS_BYTES * 8e-6 / round_trip_s(uplink)
    rate = uplink.free_mbit_s
    if uplink.loss:
        rate = min(rate, segment_mbit_s * math.sqrt(1.5 / uplink.loss))
    doublings = min(30.0, age_s / round_trip_s(uplink))
    return min(rate, segment_mbit_s * _FIRST_SEGMENTS * 2**doublings)


class ShapedPort:
    """The far end of one simulated uplink; takes raw bytes and HTTP POSTs.

    The clock of the scene's faults starts with a connection that finds the port idle.

    Parameters
    ----------
    scene : Scene
        Where the uplink and its faults stand.
    role : str
        Which of its uplinks.
    """

    def __init__(self, scene: Scene, role: str) -> None:
        self._scene, self._role = scene, role
        self._server: socket.socket | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, port: int = 0) -> tuple[str, int]:
        """Open the port on 127.0.0.1 (0: any free one) and return host and port.

        A refused uplink gets a port that is taken and never listened to. Raises `OSError` when
        the port is taken by somebody else.
        """
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":  # there it would share a port that is in use
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            uplink = self._scene.at(0.0).uplinks[self._role]
            # the far kernel's buffer counts as delivered: keep it as small as lets a busy computer
            # look late, and the segments as small as on a real line (loopback's own are 64 kB)
            mbit_s = connection_mbit_s(uplink, _LONG_S)
            most = max(_BUFFER_BYTES, round(mbit_s * 1e6 / 8 * _BUFFER_S))
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, most)
            with contextlib.suppress(OSError, AttributeError):
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, MSS_BYTES + 12)
            server.bind(("127.0.0.1", port))
            if not uplink.refused:
                server.listen(16)
        except BaseException:
            server.close()
            raise
        self._server = server
        if not uplink.refused:
            thread = threading.Thread(target=self._accept, args=(server,), daemon=True)
            self._threads.append(thread)
            thread.start()
        host, number = server.getsockname()
        return host, number

    def stop(self) -> None:
        """Close the port and drop its connections."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(2.0)
        if self._server is not None:
            self._server.close()

    def _accept(self, server: socket.socket) -> None:
        server.settimeout(0.1)
        line = _Line(self._scene, self._role)
        while not self._stopping.is_set():
            try:
                sock, _ = server.accept()
            except TimeoutError:
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                continue
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(sock, line), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, line: _Line) -> None:
        with sock, line, contextlib.suppress(OSError):
            _Served(sock, line).run(self._stopping)


class _Line:
    """The line that all connections share: its clock, its tokens, its jitter."""

    def __init__(self, scene: Scene, role: str) -> None:
        self._scene, self._role = scene, role
        self._random = random.Random(f"{scene.seed} {role}")
        self._lock = threading.Lock()
        self._users = 0
        self._began_s = 0.0
        self._bucket = _Bucket()
        self._held_until_s = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if self._users == 0:
                self._began_s = self._held_until_s = time.monotonic()
                self._bucket = _Bucket()
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1

    def uplink(self) -> UplinkModel:
        """Return the uplink as it is now."""
        return self._scene.at(time.monotonic() - self._began_s).uplinks[self._role]

    def grant(self, wanted: int, uplink: UplinkModel) -> int:
        """Let at most so many bytes pass, return how many."""
        with self._lock:
            now = time.monotonic()
            self._bucket.fill(uplink.free_mbit_s)
            if now < self._held_until_s:
                return 0
            if uplink.jitter_ms and now >= self._held_until_s + _LUMP_S:
                # however late the thread came, something passes before the next pause
                held_s = self._random.expovariate(1000 / uplink.jitter_ms)
                self._held_until_s = now + min(held_s, _CATCH_UP_S / 2)
            return self._bucket.take(wanted)

    def give_back(self, count: int) -> None:
        """Return what was granted and not used."""
        with self._lock:
            self._bucket.tokens += count


class _Bucket:
    """Bytes that may pass. A delayed thread may catch up, so that the mean rate stays exact."""

    def __init__(self) -> None:
        self.tokens = 0.0
        self._filled_s = time.monotonic()

    def fill(self, rate_mbit_s: float) -> None:
        """Add what has accrued at a rate since the last time."""
        now = time.monotonic()
        per_second = rate_mbit_s * 1e6 / 8
        self.tokens += per_second * (now - self._filled_s)
        self.tokens = min(self.tokens, max(per_second * _CATCH_UP_S, MSS_BYTES))
        self._filled_s = now

    def take(self, wanted: int) -> int:
        """Take at most so many bytes, return how many."""
        taken = max(0, min(int(self.tokens), wanted))
        self.tokens -= taken
        return taken


class _Served:
    """One connection: reads as fast as line and protocol let it."""

    def __init__(self, sock: socket.socket, line: _Line) -> None:
        self._sock, self._line = sock, line
        self._began_s = time.monotonic()
        self._bucket = _Bucket()
        self._hungry = False
        self._answers = UploadAnswers(HttpAnswers(), _ingest(line.uplink()))

    def run(self, stopping: threading.Event) -> None:
        """Serve until the connection ends; raises `OSError` when it breaks."""
        self._sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        while not stopping.is_set():
            uplink = self._line.uplink()
            if uplink.cut:
                linger = struct.pack(_LINGER, 1, 0)  # closing now resets, as a lost line does
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return
            if not uplink.blackhole and not self._pass(uplink):
                return
            self._await_next(stopping)

    def _await_next(self, stopping: threading.Event) -> None:
        """Wait for a tick; less where more may pass than had arrived: a late thread catches up."""
        if self._hungry:
            select.select([self._sock], [], [], _TICK_S)
        else:
            stopping.wait(_TICK_S)

    def _pass(self, uplink: UplinkModel) -> bool:
        """Let through what is due; false when the sender has ended."""
        self._bucket.fill(connection_mbit_s(uplink, time.monotonic() - self._began_s))
        due = self._line.grant(int(self._bucket.tokens), uplink)
        self._bucket.take(due)
        self._hungry = False
        try:
            while due > 0:
                data = self._sock.recv(min(due, 65536))
                due -= len(data)
                if not data or not self._answer(data):
                    return False
        except BlockingIOError:
            self._hungry = True
        finally:
            self._line.give_back(due)
            self._bucket.tokens += due
        return True

    def _answer(self, data: bytes) -> bool:
        """Answer in kind; false when the conversation is over."""
        reply = self._answers.feed(data)
        if reply:
            self._sock.sendall(reply)
        return not self._answers.closed


def _ingest(uplink: UplinkModel) -> Answers | None:
    """Return who answers a stream; None where that is an upload like any other."""
    if not uplink.ingest:
        return None
    if uplink.silent or uplink.no_ingest:
        return Silence(closed=uplink.no_ingest)
    return RtmpServer(
        Manners(
            ours=not uplink.foreign,
            knows_app=not uplink.bad_app,
            takes_key=not uplink.bad_key,
            hangs_up=uplink.hangs_up,
        )
    )
