"""Ctrl-C, once: a second one must not keep devices from being put back and the record from disk."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Let Ctrl-C do nothing for a while; SIGTERM still ends the program."""
    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: signals are not ours
        yield
        return
    try:
        yield
    finally:
        if before is not None:  # else it was not set by Python, which cannot set it again
            signal.signal(signal.SIGINT, before)
