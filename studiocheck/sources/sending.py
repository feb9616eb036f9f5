"""Sends on one connection as fast as it goes, and writes down what arrives.

Shared by all targets that are measured byte by byte; what is said on the connection is a
`Conversation`, when it may stop is decided in `measure`.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import ssl
import sys
import time
from dataclasses import dataclass, field
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Literal, Protocol

import numpy as np

from studiocheck.core.capture import Report
from studiocheck.core.network import ProgressSource
from studiocheck.measure.network.steadiness import EARLIEST_S, is_steady
from studiocheck.sources.tcp_info import read_tcp_info

SAMPLE_S = 0.05
STALLED_S = 3.0
"""So long without a byte delivered, and the connection counts as cut."""
_PAUSE_S = 0.5
_STARTUP_S = 2.5
_SLOW_START_STILL_S = 1.0
_UNSENT_BYTES = 131072
_NOTSENT_LOWAT = {"linux": 25, "darwin": 0x201}
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

    def steady(self, *, startup_over: bool) -> bool:
        """Return whether the rate is certain."""
        return is_steady(
            np.array(self.t_s),
            np.array(self.delivered_bytes),
            np.array(self.retransmitted),
            np.array(self.segments),
            startup_over=startup_over,
        )


def send(
    sock: socket.socket,
    talk: Conversation,
    seconds: float,
    report: Report,
    *,
    ask_kernel: bool = True,
) -> Course:
    """Send until the rate is certain, the time is over, or the connection breaks.

    Parameters
    ----------
    sock : socket
        Connected, not blocking, plain or TLS.
    talk : Conversation
        What is said.
    seconds : float
        The window. A connection that stands still at its end gets up to three seconds more, until
        it is clear whether it is cut.
    report : callable
        Progress and sign of life, about twenty times a second.
    ask_kernel : bool
        Whether to use the kernel's own account of what was delivered where there is one.

    Raises
    ------
    SourceError
        When the far end refuses.
    """
    return _Sending(sock, talk, seconds, report, ask_kernel=ask_kernel).run()


class _Sending:
    """One run of `send`: the socket, the clock and the course so far."""

    def __init__(
        self,
        sock: socket.socket,
        talk: Conversation,
        seconds: float,
        report: Report,
        *,
        ask_kernel: bool,
    ) -> None:
        self._sock, self._talk, self._seconds, self._report = sock, talk, seconds, report
        self._taken = 0
        self._base = read_tcp_info(sock) if ask_kernel else None
        self._course = Course(progress="kernel" if self._base else "socket")
        self._windows: list[int] = []
        self._threshold = 0
        self._moved_s = 0.0
        option = _NOTSENT_LOWAT.get(sys.platform)
        if option is not None:
            # without it megabytes wait in the socket and are "sent" long before they leave
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, _UNSENT_BYTES)

    def run(self) -> Course:
        began = time.monotonic()
        course = self._course
        with DefaultSelector() as selector:
            selector.register(self._sock, EVENT_READ | EVENT_WRITE)
            due = 0.0
            broken = False
            while True:
                now = time.monotonic() - began
                if now >= due or broken or self._talk.done:
                    self._sample(now)
                    self._report(min(1.0, now / self._seconds))
                    stopped = "cut" if broken else self._stopped(now)
                    if stopped is not None:
                        course.stopped = stopped
                        return course
                    due = now + SAMPLE_S
                wanted = EVENT_READ | (EVENT_WRITE if self._talk.outgoing() else 0)
                selector.modify(self._sock, wanted)
                ready = selector.select(max(0.0, due - now))
                broken = bool(ready) and not self._exchange(ready[0][1])

    def _exchange(self, events: int) -> bool:
        """Read and send what goes without waiting; false when the connection is gone."""
        try:
            if events & EVENT_READ and not self._hear():
                return False
            if events & EVENT_WRITE and (out := self._talk.outgoing()):
                with contextlib.suppress(
                    BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError
                ):
                    count = self._sock.send(out)
                    self._taken += count
                    self._talk.took(count)
        except OSError:
            # a server that refuses says so and hangs up: its last words may still be unread
            with contextlib.suppress(OSError):
                self._hear()
            if not self._talk.done:
                self._talk.lost(silent=False)
            return self._talk.done
        return True

    def _hear(self) -> bool:
        while True:
            try:
                data = self._sock.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return True
            self._talk.heard(data)
            if not data:
                if not self._talk.done:
                    self._talk.lost(silent=False)
                return self._talk.done

    def _sample(self, now: float) -> None:
        course = self._course
        info = read_tcp_info(self._sock) if self._base else None
        last = course.delivered_bytes[-1] if course.delivered_bytes else 0
        if info is None or self._base is None:
            delivered = max(last, 0 if self._base else self._taken)
            course.rtt_ms.append(math.nan)
            course.retransmitted.append(course.retransmitted[-1] if course.retransmitted else -1)
            course.segments.append(course.segments[-1] if course.segments else -1)
        else:
            delivered = max(last, info.delivered_bytes - self._base.delivered_bytes)
            course.rtt_ms.append(info.rtt_ms)
            course.retransmitted.append(info.retransmitted - self._base.retransmitted)
            course.segments.append(info.segments - self._base.segments)
            self._windows.append(info.window)
            self._threshold = info.threshold
        if delivered > last:
            self._moved_s = now
        course.t_s.append(now)
        course.delivered_bytes.append(delivered)

    def _stopped(self, now: float) -> Stopped | None:
        if self._talk.done:
            return "time"
        still = now - self._moved_s
        if still >= STALLED_S:
            self._talk.lost(silent=True)
            return "cut"
        if now >= EARLIEST_S and self._course.steady(startup_over=self._startup_over(now)):
            return "steady"
        return "time" if now >= self._seconds and still < _PAUSE_S else None

    def _startup_over(self, now: float) -> bool:
        """Whether slow start has ended, or something else than it holds the window."""
        if now >= _STARTUP_S:
            return True
        if not self._windows:
            return False
        before = self._windows[max(0, len(self._windows) - round(_SLOW_START_STILL_S / SAMPLE_S))]
        window = self._windows[-1]
        lost = self._course.retransmitted[-1] > 0
        return lost or window >= self._threshold or window <= before
