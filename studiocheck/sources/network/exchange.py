"""What goes at once on a connection that must not wait, and what the system may hold of it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from selectors import EVENT_READ, EVENT_WRITE

NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket that must not wait raises where it would have to."""
_READS = 4
_NOTSENT_LOWAT = {"linux": 25, "darwin": 0x201}


def keep_unsent_small(sock: socket.socket, most_bytes: int) -> None:
    """Let the system take no more than so many bytes that it has not sent, where it can.

    Without it megabytes, or seconds of a stream, wait in the socket and look as if they were sent.
    """
    option = _NOTSENT_LOWAT.get(sys.platform)
    if option is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, most_bytes)


def arrivals(sock: socket.socket) -> Iterator[bytes]:
    """Yield what has arrived, and nothing at last when the far end hung up.

    It stops after 256 kB: a far end that floods us must not keep us from the clock.
    """
    for _ in range(_READS):
        try:
            data = sock.recv(65536)
        except NOT_NOW:
            return
        yield data
        if not data:
            return


def exchange(events: int, hear: Callable[[], bool], say: Callable[[], None]) -> bool:
    """Read and send what goes without waiting.

    Parameters
    ----------
    events : int
        What the connection is ready for.
    hear : callable
        Reads; false when the connection is over.
    say : callable
        Sends.

    Returns
    -------
    bool
        Whether the connection goes on.

    Raises
    ------
    OSError
        When it broke.
    """
    try:
        if events & EVENT_READ and not hear():
            return False
        if events & EVENT_WRITE:
            with contextlib.suppress(*NOT_NOW):
                say()
    except OSError:
        # a server that refuses says so and hangs up: its last words may still be unread
        with contextlib.suppress(OSError):
            hear()
        raise
    return True
