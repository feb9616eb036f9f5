"""Starts child processes, and puts one question to one: drivers may never answer."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
from collections.abc import Callable
from typing import TypeVar

from studiocheck.core.errors import StudioCheckError
from studiocheck.sources.capture import child
from studiocheck.sources.capture import child_problems as problems

T = TypeVar("T")

_PRELOAD = [
    "__main__",
    "numpy",
    "cv2",
    "av",
    "studiocheck.sources.capture.child",
    "studiocheck.sources.cameras.av_decoder",
    "studiocheck.sources.capture.mean_frame",
    "studiocheck.sources.capture.recorder",
]
_QUIET = {
    "OPENCV_LOG_LEVEL": "ERROR",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "3",
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
}


def context_of_children() -> mp.context.BaseContext:
    """A fork server on Linux: children start in milliseconds from a clean, warm process."""
    if not sys.platform.startswith("linux"):
        return mp.get_context("spawn")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    return context


def warm_up() -> None:
    """Start loading the heavy libraries of children while the main process still plans."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if sys.platform.startswith("linux"):
        from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415 - POSIX only

        context_of_children()
        resource_tracker.ensure_running()  # lets signals through again when it has started
        # children are born deaf to Ctrl-C, which a terminal sends to them as well: one that it met
        # before it could say so itself died, and looked like a driver that had crashed
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def ask(question: Callable[[], T], limit_s: float, name: str) -> T:
    """Call a function of ours in a child process, for answers that drivers may never give.

    Parameters
    ----------
    question : callable
        A module-level function without arguments; its answer is picklable.
    limit_s : float
        How long it may take.
    name : str
        What to call it when it does not answer.

    Raises
    ------
    StudioCheckError
        What the function raised, or `SourceTimeout`.
    """
    warm_up()
    context = context_of_children()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(  # type: ignore[attr-defined]
        target=child.answer, args=(theirs, question, dict(os.environ)), daemon=True
    )
    process.start()
    theirs.close()
    try:
        if not ours.poll(limit_s):
            raise problems.silent(name, limit_s, opened=False)
        answer = ours.recv()
    except (EOFError, OSError):
        process.join(1.0)
        raise problems.died(name, process.exitcode) from None
    finally:
        process.kill()
        process.join(1.0)
        ours.close()
    if isinstance(answer, StudioCheckError):
        raise answer
    found: T = answer
    return found
