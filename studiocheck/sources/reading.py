"""Reads a live device ahead of the analysis, in a thread, and never waits longer than told.

The thread only takes what comes and notes when it came: decoding and reducing a frame must not
make the device lose the next one, nor colour its arrival time.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Reader(Generic[T]):
    """A thread that calls ``read`` again and again and queues what it returns.

    Parameters
    ----------
    read : callable
        Blocks until the next item; returns None at the end; may raise.
    finish : callable
        Releases the device; called once, in the thread, after the last ``read``.
    ahead : int
        How many items may wait. A full queue holds the thread back.
    """

    def __init__(
        self, read: Callable[[], T | None], finish: Callable[[], None], *, ahead: int
    ) -> None:
        self._read, self._finish = read, finish
        self._items: queue.Queue[tuple[T | Exception | None, float]] = queue.Queue(ahead)
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
            try:
                item, arrived_s = self._items.get(timeout=limit_s)
            except queue.Empty:
                message = f"nothing came for {limit_s} s"
                raise TimeoutError(message) from None
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

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                item: T | Exception | None
                try:
                    item = self._read()
                except Exception as error:  # noqa: BLE001 - handed to whoever asks for the next
                    item = error
                self._put((item, time.monotonic()))
                if item is None or isinstance(item, Exception):
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
