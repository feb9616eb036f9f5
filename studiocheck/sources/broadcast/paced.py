"""Sends frames when they are due, as an encoder does, and writes down when they arrive.

It never waits for the network: what the connection does not take stays in the queue, and the age of
the oldest frame there is what tells a line that is too slow. What is said on the connection is a
`Feed`.
"""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Flowing, Report
from studiocheck.core.network import Flow, ProgressSource
from studiocheck.sources.network.exchange import arrivals, exchange, keep_unsent_small
from studiocheck.sources.network.tcp_info import TcpInfo, read_tcp_info

TICK_S = 0.01
ROW_S = 0.05
STALLED_S = 5.0
"""So long without a byte delivered while some are owed, and the stream is dead."""
_DRAIN_S = 1.0
_LATE_S = 0.02
_OFTEN_S = 0.25
_UNSENT_BYTES = 16384
_TLS_RECORD_BYTES = 16384
_TLS_OVERHEAD = {"TLSv1.3": 22, "TLSv1.2": 29}
"""Header, tag and what else stands in one record (AES-GCM)."""

Stopped = Literal["time", "stalled", "cut"]


class Feed(Protocol):
    """What is said on a connection. Knows nothing of sockets and clocks."""

    @property
    def ended(self) -> bool:
        """Whether the far end has ended it."""
        ...

    @property
    def acknowledged(self) -> int | None:
        """How many bytes of frames the far end says it has; None when it never says."""
        ...

    def add(self, frame: int) -> int:
        """Queue a frame, return how many bytes it is on the connection."""
        ...

    def outgoing(self) -> memoryview:
        """Return what to send next."""
        ...

    def took(self, count: int) -> None:
        """Note that so many bytes of it were sent."""
        ...

    def heard(self, data: bytes) -> None:
        """Take what the far end says, nothing when it hangs up; raises `SourceError`."""
        ...


@dataclass(slots=True)
class PacedCourse:
    """What came of it; columns as in `BroadcastEvidence`, on two grids of time.

    ``fine`` has a row per tick, ``rows`` says which of them the evidence keeps.
    """

    stopped: Stopped = "time"
    fine_s: list[float] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    by_kernel: list[int] = field(default_factory=list)
    by_peer: list[int] = field(default_factory=list)
    due: list[int] = field(default_factory=list)
    info: list[TcpInfo | None] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    frame_due_s: list[float] = field(default_factory=list)
    frame_end_bytes: list[int] = field(default_factory=list)

    @property
    def progress(self) -> ProgressSource:
        """How delivered bytes are known; acknowledgements count only where they come often."""
        if any(count >= 0 for count in self.by_kernel):
            return "kernel"
        known = np.unique(np.maximum(0, np.array(self.by_peer, np.int64)))
        often = self.due[-1] / max(self.fine_s[-1], 1.0) * _OFTEN_S
        return "peer" if len(known) > 2 and np.median(np.diff(known)) <= often else "socket"

    def delivered(self) -> NDArray[np.int64]:
        """Return the bytes of frames that the far end has at every tick."""
        column = {"kernel": self.by_kernel, "peer": self.by_peer, "socket": self.taken}
        counted = np.array(column[self.progress], np.int64)
        running: NDArray[np.int64] = np.maximum.accumulate(np.maximum(0, counted))
        return running

    def flow(self) -> Flow:
        """Return what arrived in the last second and how late the stream is, for who watches."""
        column = self.by_kernel if self.by_kernel[-1] >= 0 else self.by_peer
        column = column if column[-1] > 0 else self.taken
        now_s, arrived = self.fine_s[-1], column[-1]
        since = bisect_left(self.fine_s, now_s - 1.0)
        seconds = max(now_s - self.fine_s[since], ROW_S)
        oldest = bisect_right(self.frame_end_bytes, arrived)
        late = oldest < len(self.frame_due_s)
        return Flow(
            (arrived - max(0, column[since])) * 8e-6 / seconds,
            max(0.0, now_s - self.frame_due_s[oldest]) if late else 0.0,
        )


def send_paced(
    sock: socket.socket,
    feed: Feed,
    fps: float,
    seconds: float,
    report: Report,
    *,
    ask_kernel: bool = True,
) -> PacedCourse:
    """Send frame after frame for a time.

    Parameters
    ----------
    sock : socket
        Connected, not blocking, plain or TLS.
    feed : Feed
        Makes the frames.
    fps : float
        Frames per second.
    seconds : float
        How long; what is still on its way then gets one more second to arrive.
    report : callable
        Progress and sign of life.
    ask_kernel : bool
        Whether to use the kernel's own account of what was delivered where there is one.

    Raises
    ------
    SourceError
        Whatever `Feed.heard` raises.
    """
    return _Pacing(sock, feed, fps, seconds, report, ask_kernel=ask_kernel).run()


class _Pacing:
    """One run of `send_paced`: the socket, the clock and the course so far."""

    def __init__(
        self,
        sock: socket.socket,
        feed: Feed,
        fps: float,
        seconds: float,
        report: Report,
        *,
        ask_kernel: bool,
    ) -> None:
        self._sock, self._feed, self._fps = sock, feed, fps
        self._seconds, self._report = seconds, report
        self._course = PacedCourse()
        self._due = self._taken = self._on_wire = 0
        self._record_overhead = _prepare(sock)
        self._base = read_tcp_info(sock) if ask_kernel else None
        self._moved_s = 0.0
        self._moved_at = (0, 0)
        self._broken = False

    def run(self) -> PacedCourse:
        began = time.monotonic()
        course = self._course
        with DefaultSelector() as selector:
            selector.register(self._sock, EVENT_READ)
            while True:
                now = time.monotonic() - began
                self._add_due(now)
                self._exchange_until(selector, 0.0)  # before anything else takes its time
                self._tick(time.monotonic() - began)
                self._report(Flowing(min(1.0, now / self._seconds), course.flow()))
                stopped = self._stopped(now)
                if stopped is not None:
                    course.stopped = stopped
                    return course
                self._exchange_until(selector, began + now + TICK_S)

    def _add_due(self, now: float) -> None:
        course = self._course
        while (due := len(course.frame_due_s) / self._fps) <= now and due < self._seconds:
            self._due += self._feed.add(len(course.frame_due_s))
            # a frame that this computer was too busy to offer in time did not wait for the network
            course.frame_due_s.append(max(due, now - _LATE_S))
            course.frame_end_bytes.append(self._due)

    def _exchange_until(self, selector: DefaultSelector, end: float) -> None:
        """Read and send until a time; once that is past, only what goes at once."""
        while not self._broken:
            left = max(0.0, end - time.monotonic())
            owes = bool(self._feed.outgoing())
            selector.modify(self._sock, EVENT_READ | (EVENT_WRITE if owes else 0))
            ready = selector.select(left)
            if not ready:
                return
            self._broken = not self._exchange(ready[0][1])
            if not left and not ready[0][1] & EVENT_WRITE:
                return

    def _exchange(self, events: int) -> bool:
        """Read and send what goes without waiting; false when the connection is gone."""
        try:
            return exchange(events, self._hear, self._say)
        except OSError:
            return False

    def _say(self) -> None:
        if out := self._feed.outgoing():
            count = self._sock.send(out[:_TLS_RECORD_BYTES])
            self._taken += count
            self._on_wire += count + self._record_overhead
            self._feed.took(count)

    def _hear(self) -> bool:
        for data in arrivals(self._sock):
            self._feed.heard(data)
            if not data:
                return False
        return not self._feed.ended

    def _tick(self, now: float) -> None:
        course = self._course
        info = read_tcp_info(self._sock) if self._base else None
        info = info.since(self._base) if info and self._base else None
        kernel = peer = -1
        if info is not None:
            kernel = min(self._taken, self._taken - self._on_wire + info.delivered_bytes)
        if self._feed.acknowledged is not None:
            peer = min(self._taken, self._feed.acknowledged)
        at = (kernel, 0) if kernel >= 0 else (self._taken, peer)
        if at != self._moved_at or at[0] >= self._due:
            self._moved_at, self._moved_s = at, now
        course.fine_s.append(now)
        course.taken.append(self._taken)
        course.by_kernel.append(kernel)
        course.by_peer.append(peer)
        course.due.append(self._due)
        course.info.append(info)
        last_row_s = course.fine_s[course.rows[-1]] if course.rows else -math.inf
        if now <= self._seconds + TICK_S and now - last_row_s >= ROW_S - TICK_S / 2:
            course.rows.append(len(course.fine_s) - 1)

    def _stopped(self, now: float) -> Stopped | None:
        if self._broken:
            return "cut"
        if now - self._moved_s >= STALLED_S:
            return "stalled"
        if now < self._seconds:
            return None
        return "time" if self._moved_at[0] >= self._due or now >= self._seconds + _DRAIN_S else None


def _prepare(sock: socket.socket) -> int:
    """Keep what waits in the socket small; return what TLS adds to a record, bytes."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    keep_unsent_small(sock, _UNSENT_BYTES)
    if isinstance(sock, ssl.SSLSocket):
        return _TLS_OVERHEAD.get(sock.version() or "", 29)
    return 0
