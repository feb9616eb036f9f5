"""Waits for a child's signs of life, and tells a driver that hangs from a computer that is slow."""

from __future__ import annotations

import time

import psutil

_AT_WORK = 0.05
"""Share of a core that a child uses which is kept waiting by this computer, not by a device."""

_MOST = 4
"""How many times its limit a child may take while it is at work."""


class Watchdog:
    """Knows how long a child has been silent.

    A child that is stuck in a driver sleeps. One that computes, or waits for its turn on a busy
    computer, is not its device's fault: it is waited for up to four times as long.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.heard()

    def heard(self) -> None:
        """Note a sign of life."""
        self._last_s = time.monotonic()
        self._used_s = self._cpu_s()

    def is_over(self, limit_s: float) -> bool:
        """Return whether the child has been silent for longer than it may."""
        silent_s = time.monotonic() - self._last_s
        if silent_s <= limit_s:
            return False
        at_work = self._cpu_s() - self._used_s > _AT_WORK * silent_s
        return not at_work or silent_s > _MOST * limit_s

    def _cpu_s(self) -> float:
        try:
            times = psutil.Process(self._pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)
