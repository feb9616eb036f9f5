"""Who sends through an interface: the programs of this computer, with their rates on Linux."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import psutil

from studiocheck.core.network import Sender
from studiocheck.sources.network.tcp_info import decode

PROC = Path("/proc")
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_REQUEST_DUMP = 0x301
_INFO = 2  # INET_DIAG_INFO
_HEADER = struct.Struct("=IHHII")
# struct inet_diag_msg: family, state, timer, retrans; ports, addresses, interface, cookie; expires,
# queues, uid, inode
_MESSAGE = struct.Struct("=4B4s16s16sI8s5I")
_ESTABLISHED_AND_CLOSING = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 8)
_LEAST_MBIT_S = 0.01
_MOST = 5


@dataclass(frozen=True, slots=True)
class Socket:
    """One TCP connection of this computer: how much of what it sent has arrived, bytes."""

    inode: int
    delivered_bytes: int


class Senders:
    """The programs that send from some addresses of this computer, from now until asked.

    Parameters
    ----------
    addresses : collection of str
        This computer's addresses on the interface.
    """

    def __init__(self, addresses: Collection[str]) -> None:
        self._addresses = frozenset(addresses)
        self._before = connections(self._addresses)

    def since(self, seconds: float) -> tuple[Sender, ...]:
        """Return who sent in the ``seconds`` since then, the busiest first."""
        if self._before is None:
            return _without_rates(self._addresses)
        sent: dict[int, int] = defaultdict(int)
        for cookie, now in (connections(self._addresses) or {}).items():
            before = self._before.get(cookie)
            sent[now.inode] += now.delivered_bytes - (before.delivered_bytes if before else 0)
        rates = {inode: 8e-6 * count / seconds for inode, count in sent.items()}
        busy = {inode: rate for inode, rate in rates.items() if rate >= _LEAST_MBIT_S}
        return _by_program(busy)


def connections(addresses: Collection[str]) -> Mapping[bytes, Socket] | None:
    """Return the TCP connections from some addresses by the kernel's cookie; None: not told."""
    if not sys.platform.startswith("linux"):
        return None
    found: dict[bytes, Socket] = {}
    try:
        for family in (socket.AF_INET, socket.AF_INET6):
            for raw in _dump(family):
                if (one := read_message(raw)) is not None and one[1] in addresses:
                    found[one[0]] = one[2]
    except OSError:
        return None
    return found


def read_message(raw: bytes) -> tuple[bytes, str, Socket] | None:
    """Read one ``inet_diag_msg`` with its ``tcp_info``: cookie, own address, connection.

    **Source**: linux/inet_diag.h, sock_diag(7).
    """
    if len(raw) < _MESSAGE.size:
        return None
    family, _, _, _, _, source, _, _, cookie, _, _, _, _, inode = _MESSAGE.unpack_from(raw)
    place = _MESSAGE.size
    while place + 4 <= len(raw):
        length, kind = struct.unpack_from("=HH", raw, place)
        if length < 4:
            return None
        if kind == _INFO:
            info = decode(raw[place + 4 : place + length])
            if info is None:
                return None
            return cookie, _own(family, source), Socket(inode, info.delivered_bytes)
        place += (length + 3) & ~3
    return None


def _own(family: int, source: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, source[:4])
    address = IPv6Address(source)
    return str(address.ipv4_mapped or address)


def _dump(family: int) -> Iterator[bytes]:
    """Ask the kernel for all TCP connections of a family; raises `OSError`."""
    body = struct.pack("=4BI", family, socket.IPPROTO_TCP, 1 << (_INFO - 1), 0,
                       _ESTABLISHED_AND_CLOSING) + bytes(48)  # fmt: skip
    head = _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as sock:
        sock.settimeout(0.5)
        sock.send(head + body)
        while True:
            answer, place = sock.recv(1 << 18), 0
            while place + _HEADER.size <= len(answer):
                length, kind, *_ = _HEADER.unpack_from(answer, place)
                if kind == _NLMSG_ERROR:
                    code = -struct.unpack_from("=i", answer, place + _HEADER.size)[0]
                    raise OSError(code, os.strerror(code))
                if kind == _NLMSG_DONE or length < _HEADER.size:
                    return
                yield answer[place + _HEADER.size : place + length]
                place += (length + 3) & ~3


def _by_program(rates: Mapping[int, float]) -> tuple[Sender, ...]:
    """Add up connections by the program that holds them; another user's stay nameless."""
    ours = _our_family()
    sent: dict[int, float] = defaultdict(float)
    names: dict[int, str] = {}
    for pid, name, inodes in _holders(set(rates)):
        if pid not in ours:
            names[pid] = name
            sent[pid] += sum(rates[inode] for inode in inodes)
    busiest = sorted(sent, key=lambda pid: -sent[pid])[:_MOST]
    return tuple(Sender(name=names[pid], pid=pid, mbit_s=sent[pid]) for pid in busiest)


def _holders(inodes: Collection[int]) -> Iterator[tuple[int, str, set[int]]]:
    """Yield process number, name and sockets of every program that holds one of some sockets."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    if not wanted:
        return
    taken: set[int] = set()
    for pid in psutil.pids():
        held: set[int] = set()
        with contextlib.suppress(OSError):  # another user's program, or one that has ended
            for descriptor in (PROC / str(pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    held.add(wanted.get(str(descriptor.readlink()), -1))
        if held := held - {-1} - taken:
            taken |= held  # a child that inherited it does not count twice
            yield pid, _name(pid), held


def _without_rates(addresses: Collection[str]) -> tuple[Sender, ...]:
    """Return the programs with connections from some addresses, those with the most first."""
    count: dict[int, int] = defaultdict(int)
    ours = _our_family()
    try:
        for one in psutil.net_connections("tcp"):
            if one.pid and one.pid not in ours and one.laddr and one.raddr:
                is_sent = one.laddr.ip in addresses and not _local(one.raddr.ip)
                count[one.pid] += is_sent
    except (psutil.Error, OSError):
        return ()  # macOS tells only an administrator
    busiest = sorted((pid for pid in count if count[pid]), key=lambda pid: -count[pid])
    return tuple(Sender(name=_name(pid), pid=pid) for pid in busiest[:_MOST])


def _local(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback


def _our_family() -> set[int]:
    """Return our process, the one that started it, and whatever else that started."""
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(os.getppid())
        if parent.name() == psutil.Process().name():
            return {parent.pid, *(child.pid for child in parent.children())}
    return {os.getpid()}


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return "?"
