"""Listens who else drives a DMX universe, without taking packets away from other programs."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector

import psutil

from studiocheck.sources.lamps import problems

LOSS_S = 2.5
"""A source that is silent for so long is gone (E1.31-2018, Network Data Loss)."""
LISTEN_S = LOSS_S + 0.1
_MOST_BYTES = 2048
_MOST_SOURCES = 64
_WAIT_S = 0.1


@dataclass(frozen=True, slots=True)
class Heard:
    """One look of one source.

    Parameters
    ----------
    source : str
        Who sends, unchanging.
    name : str
        What it calls itself, for messages.
    levels : bytes
        Channel values from channel 1 on.
    priority : int
        0…200 in sACN, 0 in Art-Net.
    ended : bool
        Whether the source takes leave.
    """

    source: str
    name: str
    levels: bytes
    priority: int
    ended: bool = False


Read = Callable[[bytes, tuple[str, int]], Heard | None]
"""Understands a packet from an address; ``None`` where it is not for us."""


class Ears:
    """Keeps the last look of every source that is alive, in a thread of its own."""

    def __init__(self, sockets: Sequence[socket.socket], read: Read) -> None:
        self._sockets, self._read = sockets, read
        self._lock = threading.Lock()
        self._sources: dict[str, tuple[float, Heard]] = {}
        self._closing = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._listen, daemon=True, name="dmx ears")
        self._thread.start()

    def others(self) -> list[Heard]:
        """Return the last look of every source that is alive, the highest priority first.

        Waits until it has been listened for long enough to have heard every source.
        """
        time.sleep(max(0.0, self._began + LISTEN_S - time.monotonic()))
        now = time.monotonic()
        with self._lock:
            alive = [heard for seen, heard in self._sources.values() if now - seen < LOSS_S]
        return sorted(alive, key=lambda heard: (-heard.priority, heard.source))

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._thread.join(1.0)
        for sock in self._sockets:
            sock.close()

    def _listen(self) -> None:
        with DefaultSelector() as selector:
            for sock in self._sockets:
                selector.register(sock, EVENT_READ)
            while not self._closing.is_set():
                if not self._sockets:
                    self._closing.wait(_WAIT_S)
                    continue
                for key, _ in selector.select(_WAIT_S):
                    if isinstance(key.fileobj, socket.socket):
                        self._hear(key.fileobj)

    def _hear(self, sock: socket.socket) -> None:
        try:
            packet, source = sock.recvfrom(_MOST_BYTES)
        except OSError:
            return
        heard = self._read(packet, source)
        if heard is None:
            return
        with self._lock:
            if heard.ended:
                self._sources.pop(heard.source, None)
            elif heard.source in self._sources or len(self._sources) < _MOST_SOURCES:
                self._sources[heard.source] = (time.monotonic(), heard)


def listening_socket(
    universe: str, address: str, port: int, *, join_on: str | None = None
) -> socket.socket | None:
    """Return a socket that hears what is sent to a group or broadcast address, and nothing else.

    Bound to every address it would take the unicast traffic of a console that runs on this
    computer. Where the system cannot bind so narrowly there is nothing to hear: ``None``.

    Parameters
    ----------
    join_on : str, optional
        The own address to join a multicast group on; ``0.0.0.0`` leaves it to the system.

    Raises
    ------
    DeviceBusy
        If another program keeps the port to itself.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT") and join_on is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((address, port))
        if join_on is not None:
            joined = struct.pack("4s4s", socket.inet_aton(address), socket.inet_aton(join_on))
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise problems.port_taken(universe, port) from error
        return None
    return sock


def own_broadcasts() -> list[str]:
    """Return the broadcast addresses of every network that this computer is in."""
    found = {"255.255.255.255"}
    for entries in psutil.net_if_addrs().values():
        for entry in entries:
            if entry.family == socket.AF_INET and entry.netmask:
                with contextlib.suppress(ValueError):
                    network = ipaddress.IPv4Interface(f"{entry.address}/{entry.netmask}").network
                    if network.prefixlen < 31:
                        found.add(str(network.broadcast_address))
    return sorted(found)
