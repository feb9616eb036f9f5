"""Keys that a person presses while a check goes on: read one by one, without echo."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keyboard(wanted: bool) -> Iterator[Callable[[], str] | None]:
    """Give a function that returns the next key, or nothing, at once; None where nobody is asked.

    The terminal is as it was afterwards, whatever happens. Ctrl-C goes on interrupting.
    """
    if not wanted:
        yield None
    elif sys.platform == "win32":
        yield _windows_key
    else:
        import termios

        terminal = sys.stdin.fileno()
        found = termios.tcgetattr(terminal)
        own = termios.tcgetattr(terminal)
        own[3] &= ~(termios.ICANON | termios.ECHO)
        own[6][termios.VMIN], own[6][termios.VTIME] = 0, 0
        try:
            termios.tcsetattr(terminal, termios.TCSADRAIN, own)
            yield lambda: os.read(terminal, 1).decode("ascii", "ignore")
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, found)


def _windows_key() -> str:
    import msvcrt

    if not msvcrt.kbhit():  # type: ignore[attr-defined]
        return ""
    return str(msvcrt.getwch())  # type: ignore[attr-defined]
