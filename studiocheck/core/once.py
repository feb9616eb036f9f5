"""Work on evidence that several checks need, done once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

E = TypeVar("E")
T = TypeVar("T")


class Once:
    """Remembers what pure functions made of the evidence of one run, for as long as it is judged.

    Checks run in several threads; one that comes while another works waits for its result.

    Examples
    --------
    >>> once, takes = Once(), [3, 4]
    >>> once(sorted, takes) is once(sorted, takes)
    True
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[Callable[[Any], Any], int], tuple[object, Future[Any]]] = {}

    def __call__(self, work: Callable[[E], T], of: E) -> T:
        """Return ``work(of)``; what it raises is raised every time.

        Parameters
        ----------
        work : callable
            A pure function at module level.
        of : object
            Immutable evidence, told apart by identity.
        """
        key = (work, id(of))
        with self._lock:
            known = self._known.get(key)
            if known is None:
                # kept with its evidence, or another object might be given its identity
                future: Future[Any] = Future()
                self._known[key] = (of, future)
        if known is not None:
            found: T = known[1].result()
            return found
        try:
            result = work(of)
        except BaseException as error:
            future.set_exception(error)
            raise
        future.set_result(result)
        return result
