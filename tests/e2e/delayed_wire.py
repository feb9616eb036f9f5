"""A wire with latency and jitter between two network namespaces: two TUN devices and this program.

Started by `namespaces`: ``python delayed_wire.py NS:DEVICE NS:DEVICE DELAY_MS JITTER_MS``. Packets
keep their order. Kernels without netem have no other way to be far apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import select
import struct
import sys
import time
from collections import deque
from pathlib import Path

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_EARLY_S = 0.0002


def open_tun(place: str) -> int:
    """Make a TUN device in a namespace; the file stays with it wherever this program goes."""
    import ctypes

    namespace, _, name = place.partition(":")
    libc = ctypes.CDLL(None, use_errno=True)
    mine, other = Path("/proc/self/ns/net"), Path("/run/netns") / namespace
    with mine.open() as here, other.open() as there:
        if libc.setns(there.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        if libc.setns(here.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")
    return device


class Direction:
    """Packets on their way from one end to the other."""

    def __init__(self, source: int, sink: int, delay_s: float, jitter_s: float) -> None:
        self.source, self._sink = source, sink
        self._delay_s, self._jitter_s = delay_s, jitter_s
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._last_s = 0.0

    @property
    def due_s(self) -> float:
        return self._waiting[0][0] if self._waiting else float("inf")

    def take(self) -> None:
        now = time.monotonic()
        with contextlib.suppress(BlockingIOError):
            while packet := os.read(self.source, 65536):
                held_s = random.expovariate(1 / self._jitter_s) if self._jitter_s else 0.0
                self._last_s = max(self._last_s, now + self._delay_s + held_s)
                self._waiting.append((self._last_s, packet))

    def give(self) -> None:
        while self.due_s <= time.monotonic() + _EARLY_S:
            with contextlib.suppress(OSError):  # the far device is down: the packet is lost
                os.write(self._sink, self._waiting.popleft()[1])


def main(one: str, other: str, delay_ms: float, jitter_ms: float) -> None:
    a, b = open_tun(one), open_tun(other)
    print("ready", flush=True)
    ways = [
        Direction(a, b, delay_ms / 1000, jitter_ms / 1000),
        Direction(b, a, delay_ms / 1000, jitter_ms / 1000),
    ]
    while True:
        wait_s = min(way.due_s for way in ways) - time.monotonic()
        ready, _, _ = select.select([a, b], [], [], min(1.0, max(0.0, wait_s)))
        for way in ways:
            if way.source in ready:
                way.take()
            way.give()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
