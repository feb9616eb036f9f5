"""Sends on one connection, or on several at once, as fast as it goes, and notes what arrives.

Shared by all targets that are measured byte by byte; what is said on a connection is a
`Conversation`, when it may stop is decided in `measure`.
"""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from statistics import fmean
from typing import Literal, Protocol

import numpy as np

from studiocheck.core.capture import Flowing, Report
from studiocheck.core.network import Flow, ProgressSource
from studiocheck.measure.network.steadiness import EARLIEST_S, is_steady
from studiocheck.sources.network.exchange import arrivals, exchange, keep_unsent_small
from studiocheck.sources.network.tcp_info import TcpInfo, read_tcp_info

SAMPLE_S = 0.05
_FLOW_ROWS = 11
STALLED_S = 3.0
"""So long without a byte delivered, and the connection counts as cut."""
_PAUSE_S = 0.5
_STARTUP_S = 2.5
_SLOW_START_STILL_S = 1.0
_UNSENT_BYTES = 131072
NOISE = os.urandom(262144)
"""What is sent: nothing on the way can compress it."""

Stopped = Literal["steady", "time", "cut"]


class Conversation(Protocol):
    """What is said on a connection. Knows nothing of sockets and clocks."""

    done: bool
    """Whether the far end has ended the conversation in good order."""

    def outgoing(self) -> memoryview:
        """Return what to send next; empty while it is the far end's turn."""
        ...

    def took(self, count: int) -> None:
        """Note that so many of these bytes were sent."""
        ...

    def heard(self, data: bytes) -> None:
        """Take what the far end says; raises `SourceError` when it refuses."""
        ...

    def lost(self, *, silent: bool) -> None:
        """Hear that the far end is gone or silent; raises `SourceError` if it never began."""
        ...


class Endless:
    """A conversation without rules: noise goes out, nothing is expected back."""

    done = False

    def outgoing(self) -> memoryview:
        """Return noise."""
        return memoryview(NOISE)[:65536]

    def took(self, count: int) -> None:
        """Forget it: there is always more."""

    def heard(self, data: bytes) -> None:
        """Ignore what a plain sink may say."""

    def lost(self, *, silent: bool) -> None:
        """Accept it: what was seen so far counts."""


@dataclass(slots=True)
class Course:
    """The rows of an upload, growing while it runs. Columns as in `UploadEvidence`."""

    progress: ProgressSource = "socket"
    t_s: list[float] = field(default_factory=list)
    delivered_bytes: list[int] = field(default_factory=list)
    rtt_ms: list[float] = field(default_factory=list)
    retransmitted: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    stopped: Stopped = "time"

    def flow(self) -> Flow:
        """Return what arrived in the last half second, for people who watch."""
        t_s, delivered = self.t_s[-_FLOW_ROWS:], self.delivered_bytes[-_FLOW_ROWS:]
        seconds = t_s[-1] - t_s[0]
        return Flow((delivered[-1] - delivered[0]) * 8e-6 / seconds if seconds > 0 else 0.0)

    def steady(self, *, startup_over: bool) -> bool:
        """Return whether the rate is certain."""
        return is_steady(
            np.array(self.t_s),
            np.array(self.delivered_bytes),
            np.array(self.retransmitted),
            np.array(self.segments),
            startup_over=startup_over,
            rtt_ms=np.array(self.rtt_ms),
        )


class Lane:
    """One connection of an upload.

    Parameters
    ----------
    sock : socket
        Connected, not blocking, plain or TLS.
    talk : Conversation
        What is said on it.
    ask_kernel : bool
        Whether to use the kernel's own account of what was delivered where there is one.
    """

    def __init__(self, sock: socket.socket, talk: Conversation, *, ask_kernel: bool = True) -> None:
        self.sock, self.talk = sock, talk
        self.delivered_bytes = 0
        self._taken = 0
        self._base = self._last = read_tcp_info(sock, 0) if ask_kernel else None
        self._windows: list[int] = []
        keep_unsent_small(sock, _UNSENT_BYTES)

    @property
    def info(self) -> TcpInfo | None:
        """What the kernel said last, counted from the beginning; None where it says nothing."""
        return self._last.since(self._base) if self._last and self._base else None

    def wanted(self) -> int:
        """Return the events to wait for."""
        return EVENT_READ | (EVENT_WRITE if self.talk.outgoing() else 0)

    def look(self) -> None:
        """Find out what has been delivered by now."""
        if self._base is None:
            self.delivered_bytes = self._taken
            return
        self._last = (
            read_tcp_info(self.sock, self._taken) or self._last
        )  # nothing more once it is gone
        if (info := self.info) is not None:
            self.delivered_bytes = max(self.delivered_bytes, info.delivered_bytes)
            self._windows.append(info.window)

    def startup_over(self) -> bool:
        """Return whether slow start has ended, or something else than it holds the window."""
        info = self.info
        if info is None or not self._windows:
            return False
        before = self._windows[max(0, len(self._windows) - round(_SLOW_START_STILL_S / SAMPLE_S))]
        return info.retransmitted > 0 or info.window >= info.threshold or info.window <= before

    def exchange(self, events: int) -> bool:
        """Read and send what goes without waiting; false when the connection is gone."""
        try:
            return exchange(events, self._hear, self._say)
        except OSError:
            return self._is_over()

    def _say(self) -> None:
        if out := self.talk.outgoing():
            count = self.sock.send(out)
            self._taken += count
            self.talk.took(count)

    def _hear(self) -> bool:
        for data in arrivals(self.sock):
            self.talk.heard(data)
            if not data:
                return self._is_over()
        return True

    def _is_over(self) -> bool:
        """Return whether a connection that is gone ended in good order."""
        if not self.talk.done:
            self.talk.lost(silent=False)
        return self.talk.done


def send(lanes: Sequence[Lane], seconds: float, report: Report) -> Course:
    """Send until the rate is certain, the time is over, or a connection breaks.

    Parameters
    ----------
    lanes : sequence of Lane
        What is sent on; the course is their sum.
    seconds : float
        The window. A course that stands still at its end gets up to three seconds more, until it
        is clear whether it is cut.
    report : callable
        Progress and sign of life, about twenty times a second.

    Raises
    ------
    SourceError
        When the far end refuses.
    """
    return _Sending(lanes, seconds, report).run()


class _Sending:
    """One run of `send`: the clock and the course so far."""

    def __init__(self, lanes: Sequence[Lane], seconds: float, report: Report) -> None:
        self._lanes, self._seconds, self._report = lanes, seconds, report
        known = all(lane.info for lane in lanes)
        self._course = Course(progress="kernel" if known else "socket")
        self._moved_s = 0.0

    def run(self) -> Course:
        began = time.monotonic()
        with DefaultSelector() as selector:
            waiting = dict.fromkeys(self._lanes, EVENT_READ | EVENT_WRITE)
            for lane, events in waiting.items():
                selector.register(lane.sock, events, lane)
            due = 0.0
            broken = False
            while True:
                now = time.monotonic() - began
                if now >= due or broken or self._done:
                    self._sample(now)
                    self._report(Flowing(min(1.0, now / self._seconds), self._course.flow()))
                    stopped = "cut" if broken else self._stopped(now)
                    if stopped is not None:
                        self._course.stopped = stopped
                        return self._course
                    due = now + SAMPLE_S
                for lane in self._lanes:
                    if lane.wanted() != waiting[lane]:
                        waiting[lane] = lane.wanted()
                        selector.modify(lane.sock, waiting[lane], lane)
                for key, events in selector.select(max(0.0, due - now)):
                    broken |= not key.data.exchange(events)

    @property
    def _done(self) -> bool:
        return any(lane.talk.done for lane in self._lanes)

    def _sample(self, now: float) -> None:
        course = self._course
        for lane in self._lanes:
            lane.look()
        delivered = sum(lane.delivered_bytes for lane in self._lanes)
        if delivered > (course.delivered_bytes[-1] if course.delivered_bytes else 0):
            self._moved_s = now
        infos = [info for lane in self._lanes if (info := lane.info) is not None]
        whole = course.progress == "kernel"
        course.t_s.append(now)
        course.delivered_bytes.append(delivered)
        course.rtt_ms.append(fmean(info.rtt_ms for info in infos) if whole else math.nan)
        course.retransmitted.append(sum(info.retransmitted for info in infos) if whole else -1)
        course.segments.append(sum(info.segments for info in infos) if whole else -1)

    def _stopped(self, now: float) -> Stopped | None:
        if self._done:
            return "time"
        still = now - self._moved_s
        if still >= STALLED_S:
            for lane in self._lanes:
                lane.talk.lost(silent=True)
            return "cut"
        startup_over = now >= _STARTUP_S or all(lane.startup_over() for lane in self._lanes)
        if now >= EARLIEST_S and self._course.steady(startup_over=startup_over):
            return "steady"
        return "time" if now >= self._seconds and still < _PAUSE_S else None
