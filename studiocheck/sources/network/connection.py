"""Opens one connection to the far end of an uplink, step by step: name, TCP, TLS.

Every step has a time limit, is timed, and fails under its own name with what to do about it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any

from studiocheck.core.errors import SourceError
from studiocheck.sources.bounded import SLICE_S, bounded, silently
from studiocheck.sources.network.connection_problems import (
    no_tls,
    not_connected,
    timeout,
    unresolved,
    untrusted,
)
from studiocheck.sources.network.interface import tie

DNS_S = TCP_S = TLS_S = 5.0
_FIRST_ADDRESS_S = 2.5
_LINGER = "hh" if sys.platform == "win32" else "ii"

Address = tuple[int, tuple[Any, ...]]
"""Address family and socket address."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect to, and through which interface if not the system's choice."""

    host: str
    port: int
    tls: bool = False
    interface: str | None = None

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection, not blocking, where it leads, and how long each step took, ms."""

    sock: socket.socket
    address: Address
    steps_ms: Mapping[str, float]

    @property
    def connect_ms(self) -> float:
        """All steps together, ms."""
        return sum(self.steps_ms.values())

    def abort(self) -> None:
        """Drop the connection at once, with all that still waits to be sent."""
        drop(self.sock)


def connect(
    endpoint: Endpoint,
    beat: Callable[[], None] = silently,
    at: Address | None = None,
    steps_ms: dict[str, float] | None = None,
) -> Connection:
    """Open a connection.

    Parameters
    ----------
    endpoint : Endpoint
        Host, port, TLS or not.
    beat : callable
        Called several times a second while waiting.
    at : Address, optional
        Which of the host's addresses; without it the name is looked up.
    steps_ms : dict, optional
        Where to note every step that is finished, for a caller that wants them in a failure too.

    Raises
    ------
    NetworkRefused
        The name does not resolve, the port is closed, or TLS does not come about.
    SourceTimeout
        A step took longer than five seconds.
    DeviceGone, PermissionDenied
        There is no way out of this computer, or not through that interface.
    """
    steps_ms = {} if steps_ms is None else steps_ms
    addresses = [at] if at else []
    if not addresses:
        began = time.perf_counter()
        addresses = resolve(endpoint.host, endpoint.port, DNS_S, beat)
        steps_ms["dns"] = _ms_since(began)
    began = time.perf_counter()
    sock, address = _tcp(endpoint, addresses, beat)
    steps_ms["tcp"] = _ms_since(began)
    if endpoint.tls:
        began = time.perf_counter()
        sock = _tls(endpoint, sock, beat)
        steps_ms["tls"] = _ms_since(began)
    return Connection(sock, address, steps_ms)


def drop(sock: socket.socket) -> None:
    """Reset a connection, so that nothing goes on flooding the line behind our back."""
    with contextlib.suppress(OSError):  # already gone: closing is all that is left
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
    sock.close()


def resolve(
    host: str, port: int, seconds: float, beat: Callable[[], None] = silently
) -> list[Address]:
    """Look a name up.

    Raises
    ------
    NetworkRefused
        If there is no such name or nobody to ask.
    SourceTimeout
        If nobody answers in time.
    """
    try:
        found = bounded(
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), seconds, beat
        )
    except TimeoutError as error:
        raise timeout("dns", host, seconds) from error
    except (OSError, ValueError) as error:  # the latter for names that can be none
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise unresolved(host, said) from error
    return [(int(family), address) for family, _, _, _, address in found]


def wait(sock: socket.socket, events: int, end: float, beat: Callable[[], None]) -> bool:
    """Wait until a socket is ready; false when the monotonic time ``end`` has come."""
    with DefaultSelector() as selector:
        selector.register(sock, events)
        while (left := end - time.monotonic()) > 0:
            if selector.select(min(SLICE_S, left)):
                return True
            beat()
    return False


def _ms_since(began: float) -> float:
    return 1000 * (time.perf_counter() - began)


def _tcp(
    endpoint: Endpoint, addresses: list[Address], beat: Callable[[], None]
) -> tuple[socket.socket, Address]:
    end = time.monotonic() + TCP_S
    failure: SourceError | None = None
    for place, address in enumerate(addresses):
        is_last = place == len(addresses) - 1
        until = end if is_last else min(end, time.monotonic() + _FIRST_ADDRESS_S)
        try:
            return _tcp_once(endpoint, address, until, beat), address
        except SourceError as error:
            failure = failure or error
        if time.monotonic() >= end:
            break
    raise failure or timeout("tcp", str(endpoint), TCP_S)


def _tcp_once(
    endpoint: Endpoint, address: Address, until: float, beat: Callable[[], None]
) -> socket.socket:
    try:
        with contextlib.ExitStack() as undo:
            # where IPv6 is switched off there is not even a socket for it
            sock = socket.socket(address[0], socket.SOCK_STREAM)
            undo.callback(drop, sock)
            _await_connection(sock, endpoint.interface, address, until, beat)
            undo.pop_all()
            return sock
    except OSError as error:
        raise not_connected(str(endpoint), error.errno or 0, TCP_S) from error


def _await_connection(
    sock: socket.socket,
    interface: str | None,
    address: Address,
    until: float,
    beat: Callable[[], None],
) -> None:
    """Connect, or raise `OSError`."""
    sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    if interface:
        tie(sock, interface)
    code = sock.connect_ex(address[1])
    if code in {0, errno.EINPROGRESS, errno.EWOULDBLOCK}:
        in_time = wait(sock, EVENT_WRITE, until, beat)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if in_time else errno.ETIMEDOUT
    if code:
        raise OSError(code, os.strerror(code))


def _tls(endpoint: Endpoint, sock: socket.socket, beat: Callable[[], None]) -> ssl.SSLSocket:
    try:
        return _secured(endpoint, sock, beat)
    except ssl.SSLCertVerificationError as error:
        raise untrusted(str(endpoint), error.verify_message) from error
    except OSError as error:
        said = str(getattr(error, "reason", None) or error.strerror or error)
        raise no_tls(str(endpoint), said) from error


def _secured(endpoint: Endpoint, sock: socket.socket, beat: Callable[[], None]) -> ssl.SSLSocket:
    try:
        # a far end that has hung up already fails here, before any handshake
        secure = ssl.create_default_context().wrap_socket(
            sock, server_hostname=endpoint.host, do_handshake_on_connect=False
        )
    except BaseException:
        drop(sock)
        raise
    try:
        _shake_hands(secure, endpoint, beat)
    except BaseException:
        drop(secure)
        raise
    return secure


def _shake_hands(secure: ssl.SSLSocket, endpoint: Endpoint, beat: Callable[[], None]) -> None:
    end = time.monotonic() + TLS_S
    while True:
        try:
            secure.do_handshake()
        except ssl.SSLWantReadError:
            ready = wait(secure, EVENT_READ, end, beat)
        except ssl.SSLWantWriteError:
            ready = wait(secure, EVENT_WRITE, end, beat)
        else:
            return
        if not ready:
            raise timeout("tls", str(endpoint), TLS_S)
