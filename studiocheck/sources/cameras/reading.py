"""Reads a live device ahead of the analysis, in a thread, and never waits longer than told.

The thread only takes what comes and notes when it came: decoding and reducing a frame must not
make the device lose the next one, nor colour its arrival time.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_SLICES = 10
_MOST_SHED = 20_000
"""No clip is that long; beyond it a thread that nobody empties is held back after all."""


class Reader(Generic[T]):
    """A thread that calls ``read`` again and again and queues what it returns.

    Parameters
    ----------
    read : callable
        Blocks until the next item; returns None at the end; may raise.
    finish : callable
        Releases the device; called once, in the thread, after the last ``read``.
    ahead : int
        How many items may wait.
    shed : callable, optional
        Makes an item light. With it the device is never held back: what comes while ``ahead``
        items wait is queued without its picture. Without it a full queue holds the thread back.
    """

    def __init__(
        self,
        read: Callable[[], T | None],
        finish: Callable[[], None],
        *,
        ahead: int,
        shed: Callable[[T], T] | None = None,
    ) -> None:
        self._read, self._finish, self._ahead, self._shed = read, finish, ahead, shed
        self._items: queue.Queue[tuple[T | Exception | None, float]] = queue.Queue(
            ahead if shed is None else max(ahead, _MOST_SHED)
        )
        self._stop = threading.Event()
        self._last: tuple[T | Exception | None, float] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="reader")
        self._thread.start()

    def next(self, limit_s: float) -> tuple[T | None, float]:
        """Return the next item (None: the end) and its arrival time, s, monotonic.

        Raises
        ------
        TimeoutError
            If nothing came for ``limit_s``.
        Exception
            What ``read`` raised, now and at every later call.
        """
        if self._last is None:
            item, arrived_s = self._wait(limit_s)
            if item is not None and not isinstance(item, Exception):
                return item, arrived_s
            self._last = item, arrived_s
        item, arrived_s = self._last
        if isinstance(item, Exception):
            raise item
        return None, arrived_s

    def stop(self, limit_s: float) -> bool:
        """Stop reading; return whether the device was released within ``limit_s``."""
        self._stop.set()
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _wait(self, limit_s: float) -> tuple[T | Exception | None, float]:
        # in slices: while this computer stood still, nothing could come, and one slice passed
        for _ in range(_SLICES):
            with contextlib.suppress(queue.Empty):
                return self._items.get(timeout=limit_s / _SLICES)
        message = f"nothing came for {limit_s} s"
        raise TimeoutError(message)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                item: T | Exception | None
                try:
                    item = self._read()
                except Exception as error:  # noqa: BLE001 - handed to whoever asks for the next
                    item = error
                arrived_s = time.monotonic()
                is_last = item is None or isinstance(item, Exception)
                if not is_last and self._shed is not None and self._items.qsize() >= self._ahead:
                    item = self._shed(item)  # type: ignore[arg-type]
                self._put((item, arrived_s))
                if is_last:
                    break
        finally:
            self._finish()

    def _put(self, entry: tuple[T | Exception | None, float]) -> None:
        while not self._stop.is_set():
            try:
                self._items.put(entry, timeout=0.1)
            except queue.Full:
                continue
            break
