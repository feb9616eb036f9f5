"""Network interfaces of this computer: which there are, and how a socket is tied to one."""

from __future__ import annotations

import errno
import socket
import sys

import psutil

from studiocheck.core.errors import DeviceGone, PermissionDenied
from studiocheck.core.text import Text


def require(interface: str) -> None:
    """Make sure that an interface exists.

    Raises
    ------
    DeviceGone
        Naming those that do.
    """
    there = sorted(psutil.net_if_addrs())
    if interface in there:
        return
    raise DeviceGone(
        Text(f"there is no network interface {interface}", f"没有网络接口 {interface}"),
        Text(
            f"plug in the adapter or modem, or write one of these in the studio file: "
            f"{', '.join(there)}",
            f"请插上网卡或上网模块，或在直播间设备文件中改用：{'、'.join(there)}",
        ),
    )


def interface_of(address: str) -> str | None:
    """Return the interface that has an address, ``None`` if none has."""
    for name, entries in psutil.net_if_addrs().items():
        if any(entry.address.partition("%")[0] == address for entry in entries):
            return name
    return None


def tie(sock: socket.socket, interface: str) -> None:
    """Make a socket use one interface and no other.

    On Linux the socket is bound to the device; elsewhere to the interface's own address, and the
    routing table has the last word.

    Raises
    ------
    DeviceGone
        If there is no such interface, or it has no address of the socket's family.
    PermissionDenied
        If the system does not allow it.
    """
    require(interface)
    try:
        if sys.platform.startswith("linux"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
        else:
            sock.bind((address_of(interface, sock.family), 0))
    except PermissionError as error:
        raise PermissionDenied(
            Text(
                f"the system does not let this user choose the interface {interface}",
                f"系统不允许当前用户指定网络接口 {interface}",
            ),
            Text(
                "run as administrator, or remove `interface` from this uplink",
                "请以管理员身份运行，或从该上行中删除 `interface`",
            ),
        ) from error
    except OSError as error:
        if error.errno not in {errno.ENODEV, errno.EADDRNOTAVAIL}:
            raise
        raise _no_address(interface) from error


def address_of(interface: str, family: int = socket.AF_INET) -> str:
    """Return an interface's own address.

    Raises
    ------
    DeviceGone
        If there is no such interface or it has no address of that family.
    """
    require(interface)
    for entry in psutil.net_if_addrs()[interface]:
        if entry.family == family:
            return entry.address
    raise _no_address(interface)


def _no_address(interface: str) -> DeviceGone:
    return DeviceGone(
        Text(f"{interface} has no address", f"{interface} 没有 IP 地址"),
        Text(
            "check its cable and that it gets an address from the router (DHCP)",
            "请检查网线，并确认它已从路由器获得地址（DHCP）",
        ),
    )
