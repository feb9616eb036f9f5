"""The first hop on the way to an address: which it is, and whether it answers."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from selectors import EVENT_WRITE, DefaultSelector

from studiocheck.core.errors import SourceError
from studiocheck.sources.network.connection import drop
from studiocheck.sources.network.interface import tie
from studiocheck.sources.network.system_tools import hardware_address, mac_gateway, printed

PROC = Path("/proc/net")
ANSWER_S = 0.4
_PORTS = (53, 80, 443)
_UP, _GATEWAY = 0x1, 0x2
_ALIVE = {0, errno.ECONNREFUSED, errno.ECONNRESET}
_REFUSED_ON_WINDOWS = 10061


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a routing table; ``through`` is the interface, or on Windows its address."""

    network: IPv4Network | IPv6Network
    gateway: str | None
    through: str
    metric: int


def gateway_to(address: str, interface: str | None, own: str | None) -> str | None:
    """Return the first hop on the way to an address; None for a neighbour, or where none tells.

    Parameters
    ----------
    address : str
        Where to; a literal address.
    interface, own : str, optional
        The interface that the way goes through, and this computer's address on it.
    """
    six = ":" in address
    if sys.platform.startswith("linux"):
        table = _read("ipv6_route" if six else "route")
        return next_hop((linux_routes6 if six else linux_routes)(table), address, interface)
    elif sys.platform == "darwin":  # noqa: RET505 - mypy follows platforms in branches only
        return mac_gateway(printed("route", "-n", "get", *(["-inet6"] if six else []), address))
    else:
        table = printed("route", "print", "-6" if six else "-4")
        return next_hop(windows_routes(table), address, None if six else own)


def hardware_of(gateway: str, interface: str | None) -> str | None:
    """Return the hardware address of a first hop that has just been spoken to."""
    if sys.platform.startswith("linux"):
        return hardware_address(_read("arp"), gateway, interface)
    else:  # noqa: RET505 - as above
        option = "-an" if sys.platform == "darwin" else "-a"
        return hardware_address(printed("arp", option), gateway, interface)


def next_hop(routes: Iterable[Route], address: str, through: str | None = None) -> str | None:
    """Return the first hop that a routing table gives: the narrowest network, the least metric.

    Examples
    --------
    >>> table = [Route(ip_network("0.0.0.0/0"), "10.0.0.1", "eth0", 100),
    ...          Route(ip_network("10.0.0.0/24"), None, "eth0", 100)]
    >>> next_hop(table, "192.0.2.1"), next_hop(table, "10.0.0.7")
    ('10.0.0.1', None)
    """
    where = ip_address(address.partition("%")[0])
    fit = [
        route
        for route in routes
        if where.version == route.network.version
        and where in route.network
        and through in (None, route.through)
    ]
    best = min(fit, key=lambda route: (-route.network.prefixlen, route.metric), default=None)
    return best.gateway if best is not None else None


def linux_routes(table: str) -> Iterator[Route]:
    """Read ``/proc/net/route``, whose addresses are words of this machine's byte order."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or not int(fields[3], 16) & _UP:
            continue
        network, gateway, mask = (IPv4Address(_swapped(fields[i])) for i in (1, 2, 7))
        hop = str(gateway) if int(fields[3], 16) & _GATEWAY else None
        with contextlib.suppress(ValueError):
            yield Route(IPv4Network((int(network), str(mask))), hop, fields[0], int(fields[6]))


def linux_routes6(table: str) -> Iterator[Route]:
    """Read ``/proc/net/ipv6_route``."""
    for line in table.splitlines():
        fields = line.split()
        if len(fields) < 10 or not int(fields[8], 16) & _UP:
            continue
        network = IPv6Network((int(fields[0], 16), int(fields[1], 16)))
        hop = str(IPv6Address(int(fields[4], 16))) if int(fields[8], 16) & _GATEWAY else None
        if hop is not None and IPv6Address(hop).is_link_local:
            hop += f"%{fields[9]}"
        yield Route(network, hop, fields[9], int(fields[5], 16))


def windows_routes(table: str) -> Iterator[Route]:
    """Read ``route print``; a hop that is no address is the word for a neighbour."""
    four = r"(\d+(?:\.\d+){3})"
    for network, mask, hop, own, metric in re.findall(
        rf"^\s*{four}\s+{four}\s+(\S.*?)\s+{four}\s+(\d+)\s*$", table, re.MULTILINE
    ):
        with contextlib.suppress(ValueError):
            yield Route(ip_network(f"{network}/{mask}"), _address(hop), own, int(metric))
    for index, metric, network, hop in re.findall(
        r"^\s*(\d+)\s+(\d+)\s+([0-9a-fA-F:]+/\d+)\s+(\S+)", table, re.MULTILINE
    ):
        address = _address(hop)
        if address is not None and IPv6Address(address).is_link_local:
            address += f"%{index}"
        with contextlib.suppress(ValueError):
            yield Route(ip_network(network), address, index, int(metric))


def answer_ms(
    gateway: str, interface: str | None = None, seconds: float = ANSWER_S
) -> float | None:
    """Return how fast a first hop answers, ms; None for one that is silent, as many are.

    It is asked by ICMP echo where the system lets an ordinary user do that, else by connections
    to ports that routers have: a refusal is an answer too.
    """
    try:
        family, _, _, _, where = socket.getaddrinfo(gateway, 0, type=socket.SOCK_DGRAM)[0]
    except OSError:
        return None
    with contextlib.suppress(OSError, SourceError):
        return _echo_ms(family, where, interface, seconds)
    return _tcp_ms(family, where, interface, seconds)


def _echo_ms(
    family: int, where: tuple[object, ...], interface: str | None, seconds: float
) -> float:
    """Ask by ICMP echo; raises `OSError` where that is not allowed or nobody answers."""
    six = family == socket.AF_INET6
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    with socket.socket(family, socket.SOCK_DGRAM, protocol) as sock:
        if interface is not None:
            tie(sock, interface)
        body = os.urandom(8)
        request = struct.pack("!BBHHH", 128 if six else 8, 0, 0, 1, 1) + body
        request = request[:2] + struct.pack("!H", _checksum(request)) + request[4:]
        began = time.perf_counter()
        sock.sendto(request, where)
        while (left := began + seconds - time.perf_counter()) > 0:
            sock.settimeout(left)
            if sock.recv(256).endswith(body):
                return 1000 * (time.perf_counter() - began)
    raise TimeoutError


def _tcp_ms(
    family: int, where: tuple[object, ...], interface: str | None, seconds: float
) -> float | None:
    began = time.perf_counter()
    socks: list[socket.socket] = []
    try:
        with DefaultSelector() as selector:
            for port in _PORTS:
                sock = socket.socket(family, socket.SOCK_STREAM)
                socks.append(sock)
                sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
                with contextlib.suppress(OSError, SourceError):
                    if interface is not None:
                        tie(sock, interface)
                    if sock.connect_ex((where[0], port, *where[2:])) in _ALIVE:
                        return 1000 * (time.perf_counter() - began)
                    selector.register(sock, EVENT_WRITE)
            while selector.get_map() and (left := began + seconds - time.perf_counter()) > 0:
                for key, _ in selector.select(left):
                    sock = key.fileobj  # type: ignore[assignment]
                    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if code in _ALIVE or code == _REFUSED_ON_WINDOWS:
                        return 1000 * (time.perf_counter() - began)
                    selector.unregister(sock)
    finally:
        for sock in socks:
            drop(sock)
    return None


def _checksum(packet: bytes) -> int:
    """The Internet checksum (RFC 1071) of a packet of even length."""
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _swapped(word: str) -> bytes:
    return struct.pack("=I", int(word, 16))


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _read(name: str) -> str:
    try:
        return (PROC / name).read_text("ascii", errors="replace")
    except OSError:
        return ""
