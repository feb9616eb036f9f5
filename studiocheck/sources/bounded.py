"""A time limit around calls that have none of their own: name resolution, foreign libraries."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SLICE_S = 0.2
"""How often a waiting loop gives a sign of life."""


def silently() -> None:
    """Give no sign of life."""


def bounded(call: Callable[[], T], seconds: float, beat: Callable[[], None] = silently) -> T:
    """Run a blocking call in a thread of its own and wait for at most ``seconds``.

    A call that does not come back keeps its thread; the process it runs in is a killable child.

    Raises
    ------
    TimeoutError
        When the time is over. Whatever the call itself raises is raised too.
    """
    results: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
            results.put((None, error))

    threading.Thread(target=run, daemon=True, name="bounded").start()
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            value, error = results.get(timeout=min(SLICE_S, left))
        except queue.Empty:
            beat()
            continue
        if error is not None:
            raise error
        return value  # type: ignore[return-value]
