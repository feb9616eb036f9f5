"""Waits for a child's signs of life, and tells a driver that hangs from a computer that is slow."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

import psutil

_AT_WORK = 0.05
"""Share of a core that a child uses which is kept waiting by this computer, not by a device; the
rule where the system does not tell how long it queued for a processor."""

_MOST = 4
"""How many times its limit a child may take while it is at work."""


class Watchdog:
    """Knows how long a child has been silent.

    A child that is stuck in a driver sleeps. The time that one computes, or waits for its turn on
    a busy computer, is not its device's fault and does not count, up to four times the limit.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.heard()

    def heard(self) -> None:
        """Note a sign of life."""
        self._last_s = time.monotonic()
        self._used_s = self._busy_s()

    def is_over(self, limit_s: float) -> bool:
        """Return whether the child has been idle for longer than it may."""
        silent_s = time.monotonic() - self._last_s
        if silent_s <= limit_s:
            return False
        busy_s = self._busy_s() - self._used_s
        if sys.platform == "linux":
            idle_s = silent_s - busy_s
        else:
            idle_s = 0.0 if busy_s > _AT_WORK * silent_s else silent_s
        return idle_s > limit_s or silent_s > _MOST * limit_s

    def _busy_s(self) -> float:
        """Return for how long the child has computed, or stood ready to and was not let."""
        try:
            times = psutil.Process(self._pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system) + self._queued_s()

    def _queued_s(self) -> float:
        """Return how long its threads stood in the queue for a processor; told on Linux only."""
        queued_ns = 0
        with contextlib.suppress(OSError):  # the process has just ended
            for thread in Path(f"/proc/{self._pid}/task").iterdir():
                with contextlib.suppress(OSError, ValueError, IndexError):  # or this thread of it
                    queued_ns += int((thread / "schedstat").read_text("ascii").split()[1])
        return queued_ns / 1e9
