"""How the benchmarks measure: processor and wall time, in turn with the peer, as quotients."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence

import psutil

ROUNDS = 5
_PR_SET_CHILD_SUBREAPER = 36


def wall_s(command: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True, env=env, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begin


def cpu_s(work: Callable[[], object], but: Collection[int] = ()) -> float:
    """Processor time of this process and of all its descendants ``but`` those that go on, s."""

    def used() -> float:
        own, children = (
            resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    begin = used()
    work()
    adopted(but)
    return used() - begin


def adopt() -> None:
    """Make this process inherit orphans, so that a fork server and its children are counted."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def adopted(but: Collection[int] = ()) -> None:
    """Wait for inherited processes to end."""
    for child in psutil.Process().children():
        if child.pid not in but:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child.pid, 0)


def ratios(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int = ROUNDS
) -> list[float]:
    """Run in turn, after one warm-up of each; a ratio for each pair."""
    ours(), theirs()
    return [ours() / theirs() for _ in range(rounds)]


def show(what: str, values: Sequence[float]) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{what:76} {middle:6.2f}  ({low:.2f} … {high:.2f}, n={len(values)})", flush=True)
