"""Opens a port of this computer for others to connect to, or says why it cannot be opened."""

from __future__ import annotations

import errno
import os
import socket

from studiocheck.core.errors import DeviceBusy, DeviceGone, PermissionDenied, SourceError
from studiocheck.core.text import Text
from studiocheck.sources.bounded import bounded

_LOOKUP_S = 5.0
_UNKNOWN_NAMES = {
    value
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_AGAIN", "EAI_ADDRFAMILY", "EAI_FAMILY")
    if (value := getattr(socket, name, None)) is not None
}


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, without blocking, on an address or on all of them.

    Parameters
    ----------
    host : str
        ``0.0.0.0`` stands for every IPv4 address of this computer, ``::`` for every address.
    port : int
        0 takes any free one.

    Raises
    ------
    PermissionDenied
        If this user may not open the port.
    DeviceBusy
        If another program has it.
    DeviceGone
        If the address is none of this computer.
    """
    try:
        sock = _listening(host, port)
    except (OSError, UnicodeError, OverflowError) as error:
        raise _not_open(host, port, error) from error
    sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return sock


def _listening(host: str, port: int) -> socket.socket:
    found = bounded(
        lambda: socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        ),
        _LOOKUP_S,
    )
    family, _, _, _, address = found[0]
    both = family == socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server(address[:2], family=family, dualstack_ipv6=both)


def _not_open(host: str, port: int, error: Exception) -> SourceError:
    code = error.errno if isinstance(error, OSError) else None
    other = Text(
        "give another port with --port or --rtmp; 0 takes any free one",
        "请用 --port 或 --rtmp 换一个端口；0 表示任意空闲端口",
    )
    if isinstance(error, PermissionError):
        return PermissionDenied(
            Text(
                f"the system does not let this user open port {port}",
                f"系统不允许当前用户打开端口 {port}",
            ),
            other if port >= 1024 else Text(
                "give a port above 1023 with --port or --rtmp; the others need an administrator",
                "请用 --port 或 --rtmp 换一个大于 1023 的端口；更小的端口需要管理员权限",
            ),
        )  # fmt: skip
    if code == errno.EADDRINUSE:
        return DeviceBusy(
            Text(f"port {port} is taken by another program", f"端口 {port} 已被其他程序占用"),
            other,
        )
    no_address = code == errno.EADDRNOTAVAIL or code in _UNKNOWN_NAMES
    if no_address or isinstance(error, TimeoutError) or not isinstance(error, OSError):
        return DeviceGone(
            Text(f"{host} is no address of this computer", f"{host} 不是本机的地址"),
            Text("leave --host out to listen on all of them", "去掉 --host 即可监听本机所有地址"),
        )
    said = os.strerror(code) if code else str(error)
    return SourceError(
        Text(f"port {port} cannot be opened: {said}", f"无法打开端口 {port}：{said}"), other
    )
