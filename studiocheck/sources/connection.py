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

from studiocheck.core.errors import DeviceGone, NetworkRefused, SourceError, SourceTimeout
from studiocheck.core.text import Text
from studiocheck.sources.bounded import SLICE_S, bounded, silently
from studiocheck.sources.interface import tie

DNS_S = TCP_S = TLS_S = 5.0
_FIRST_ADDRESS_S = 2.5
_LINGER = "hh" if sys.platform == "win32" else "ii"
_NO_ROUTE = {
    errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.EADDRNOTAVAIL,
}  # fmt: skip
_CABLE = Text(
    "check the network cable and the router; then whether a browser opens any page",
    "请检查网线和路由器，再看浏览器能否打开任意网页",
)
_TARGET = Text(
    "check address and port of the target in the studio file, and that its server is running; "
    "then whether a firewall blocks it",
    "请检查直播间设备文件中目标的地址和端口、目标服务器是否在运行，以及防火墙是否拦截",
)


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
    """An open connection, not blocking, and how long each step took, ms."""

    sock: socket.socket
    steps_ms: Mapping[str, float]

    @property
    def connect_ms(self) -> float:
        """All steps together, ms."""
        return sum(self.steps_ms.values())

    @property
    def address(self) -> Address:
        """Where it leads."""
        return self.sock.family, self.sock.getpeername()

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
    sock = _tcp(endpoint, addresses, beat)
    steps_ms["tcp"] = _ms_since(began)
    if endpoint.tls:
        began = time.perf_counter()
        sock = _tls(endpoint, sock, beat)
        steps_ms["tls"] = _ms_since(began)
    return Connection(sock, steps_ms)


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
        raise _timeout("dns", host, seconds, _CABLE) from error
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise NetworkRefused(
            Text(f"the name {host} cannot be resolved: {said}", f"域名 {host} 无法解析：{said}"),
            Text(
                "check the spelling of the target in the studio file, then cable and router, "
                "then the DNS server this computer uses",
                "请检查直播间设备文件中目标的拼写，再检查网线和路由器，最后检查本机的 DNS 设置",
            ),
        ) from error
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


def _tcp(endpoint: Endpoint, addresses: list[Address], beat: Callable[[], None]) -> socket.socket:
    end = time.monotonic() + TCP_S
    failure: SourceError | None = None
    for place, address in enumerate(addresses):
        is_last = place == len(addresses) - 1
        until = end if is_last else min(end, time.monotonic() + _FIRST_ADDRESS_S)
        try:
            return _tcp_once(endpoint, address, until, beat)
        except SourceError as error:
            failure = failure or error
        if time.monotonic() >= end:
            break
    raise failure or _timeout("tcp", str(endpoint), TCP_S, _TARGET)


def _tcp_once(
    endpoint: Endpoint, address: Address, until: float, beat: Callable[[], None]
) -> socket.socket:
    sock = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        code = _connect_code(sock, endpoint.interface, address, until, beat)
    except OSError as error:
        drop(sock)
        raise _not_connected(endpoint, error.errno or 0) from error
    except BaseException:
        drop(sock)
        raise
    if code:
        drop(sock)
        raise _not_connected(endpoint, code)
    return sock


def _connect_code(
    sock: socket.socket,
    interface: str | None,
    address: Address,
    until: float,
    beat: Callable[[], None],
) -> int:
    sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    if interface:
        tie(sock, interface)
    code = sock.connect_ex(address[1])
    if code not in {0, errno.EINPROGRESS, errno.EWOULDBLOCK}:
        return code
    if not wait(sock, EVENT_WRITE, until, beat):
        return errno.ETIMEDOUT
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _not_connected(endpoint: Endpoint, code: int) -> SourceError:
    if code in _NO_ROUTE:
        return DeviceGone(
            Text(f"this computer has no way to {endpoint}", f"本机没有到 {endpoint} 的网络路径"),
            _CABLE,
        )
    if code == errno.ETIMEDOUT:
        return _timeout("tcp", str(endpoint), TCP_S, _TARGET)
    if code == errno.ECONNREFUSED:
        return NetworkRefused(
            Text(
                f"{endpoint} refused the connection (step tcp)",
                f"{endpoint} 拒绝连接（步骤：TCP）",
            ),
            _TARGET,
        )
    said = os.strerror(code)
    return NetworkRefused(
        Text(
            f"{endpoint} cannot be connected (step tcp): {said}",
            f"无法连接 {endpoint}（步骤：TCP）：{said}",
        ),
        _TARGET,
    )


def _tls(endpoint: Endpoint, sock: socket.socket, beat: Callable[[], None]) -> ssl.SSLSocket:
    try:
        secure = ssl.create_default_context().wrap_socket(
            sock, server_hostname=endpoint.host, do_handshake_on_connect=False
        )
    except BaseException:
        drop(sock)
        raise
    try:
        _handshake(secure, endpoint, beat)
    except BaseException:
        drop(secure)
        raise
    return secure


def _handshake(secure: ssl.SSLSocket, endpoint: Endpoint, beat: Callable[[], None]) -> None:
    end = time.monotonic() + TLS_S
    try:
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
                raise _timeout("tls", str(endpoint), TLS_S, _TARGET)
    except ssl.SSLCertVerificationError as error:
        said = error.verify_message
        raise NetworkRefused(
            Text(
                f"the certificate of {endpoint} is not trusted (step tls): {said}",
                f"{endpoint} 的证书不受信任（步骤：TLS）：{said}",
            ),
            Text(
                "check this computer's date and time, then whether the network asks for a log-in "
                "page; otherwise the server needs a valid certificate",
                "请检查本机日期时间，再看网络是否需要网页登录认证；否则需要更换服务器证书",
            ),
        ) from error
    except OSError as error:
        said = str(getattr(error, "reason", None) or error.strerror or error)
        raise NetworkRefused(
            Text(
                f"{endpoint} does not speak TLS with us (step tls): {said}",
                f"与 {endpoint} 的加密握手失败（步骤：TLS）：{said}",
            ),
            _TARGET,
        ) from error


def _timeout(step: str, whom: str, seconds: float, advice: Text) -> SourceTimeout:
    return SourceTimeout(
        Text(
            f"{whom} did not answer within {seconds:.0f} s (step {step})",
            f"{whom} 在 {seconds:.0f} 秒内没有应答（步骤：{step.upper()}）",
        ),
        advice,
    )
