"""A server of the tests' own on this computer."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Handler = Callable[[socket.socket], None]


@contextmanager
def server(handler: Handler) -> Iterator[int]:
    """A server on a free port of 127.0.0.1 that treats every connection alike."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    ending = threading.Event()

    def serve() -> None:
        while not ending.is_set():
            with contextlib.suppress(TimeoutError):
                sock, _ = listening.accept()
                sock.settimeout(8)
                with sock, contextlib.suppress(OSError):
                    handler(sock)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        ending.set()
        thread.join()
        listening.close()
