"""Art-Net: ArtDmx frames to one node, and the wire that they go out on.

Art-Net has no priorities and no way to give a universe back: a node merges two sources or holds the
last look. So a universe is driven only where the crew says that it is ours, and only while no other
source is heard.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from studiocheck.sources.lamps import problems
from studiocheck.sources.lamps.hearing import Ears, Heard, listening_socket, own_broadcasts

_ID = b"Art-Net\0"
_OP_DMX = 0x5000
_VERSION = 14
_HEAD = struct.Struct("<8sH")
_TAIL = struct.Struct(">HBBBBH")
_HEAD_BYTES = _HEAD.size + _TAIL.size


@dataclass(frozen=True, slots=True)
class ArtDmx:
    """The content of one ArtDmx packet."""

    universe: int
    levels: bytes
    sequence: int


def art_dmx(universe: int, levels: bytes, sequence: int) -> bytes:
    """Return an ArtDmx packet.

    Parameters
    ----------
    universe : int
        15-bit Port-Address, 0…32767.
    levels : bytes
        Channel values from channel 1 on, at most 512; an odd number gets one more, 0.
    sequence : int
        1…255; 0 means that there is no order.

    **Source**: Art-Net 4 Protocol Release, ArtDmx Packet Definition.

    Examples
    --------
    >>> art_dmx(0x123, bytes([255, 7]), 1).hex(" ")
    '41 72 74 2d 4e 65 74 00 00 50 00 0e 01 00 23 01 00 02 ff 07'
    """
    data = levels + bytes(len(levels) % 2 or 2 * (not levels))
    fields = (_VERSION, sequence, 0, universe & 0xFF, universe >> 8, len(data))
    return _HEAD.pack(_ID, _OP_DMX) + _TAIL.pack(*fields) + data


def read_art_dmx(packet: bytes) -> ArtDmx | None:
    """Return what an ArtDmx packet says; ``None`` for anything else."""
    if len(packet) < _HEAD_BYTES or _HEAD.unpack_from(packet) != (_ID, _OP_DMX):
        return None
    version, sequence, _, low, high, length = _TAIL.unpack_from(packet, _HEAD.size)
    levels = packet[_HEAD_BYTES : _HEAD_BYTES + length]
    if version < _VERSION or not 1 <= length <= 512 or len(levels) != length or high > 127:
        return None
    return ArtDmx(high << 8 | low, levels, sequence)


@dataclass(frozen=True, slots=True)
class ArtNetWire:
    """One universe of one node."""

    host: str
    port: int
    universe: int
    ours: bool
    follows = False

    def __str__(self) -> str:
        return f"Art-Net {self.universe}"

    @property
    def where(self) -> str:
        """The node."""
        return f"{self.host}:{self.port}"

    def open(self) -> socket.socket:
        """Return a socket that is tied to the node, so that the node's refusal is heard."""
        return connected(self.host, self.port)

    def ears(self, sender: socket.socket) -> Ears:
        """Listen to what is broadcast to this universe; raises `SourceError`."""
        own = sender.getsockname()
        sockets = [
            sock
            for address in own_broadcasts()
            if (sock := listening_socket(str(self), address, self.port)) is not None
        ]

        def read(packet: bytes, source: tuple[str, int]) -> Heard | None:
            frame = read_art_dmx(packet)
            if frame is None or frame.universe != self.universe or source == own:
                return None
            return Heard(source[0], source[0], frame.levels, 0)

        return Ears(sockets, read)

    def claim(self, others: Sequence[Heard]) -> int:
        """Return 0: there are no priorities; raises `SourceError` where we must not send."""
        self.still_ours(others, 0)
        if not self.ours:
            raise problems.not_ours(str(self))
        return 0

    def still_ours(self, others: Sequence[Heard], _priority: int) -> None:
        """Raise `DeviceBusy` when somebody else sends too."""
        if others:
            raise problems.taken(str(self), others[0].name)

    def frame(self, levels: bytes, number: int, _priority: int) -> bytes:
        """Return the packet of a look; ``number`` counts the frames."""
        return art_dmx(self.universe, levels, 1 + number % 255)

    def farewell(self, _levels: bytes, _number: int, _priority: int) -> bytes | None:
        """Return None: Art-Net knows no end of a stream."""
        return None


def connected(host: str, port: int, interface: str | None = None) -> socket.socket:
    """Return a UDP socket that talks to one address only.

    Raises
    ------
    OSError
        If the name is unknown or there is no way there.
    """
    address = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if interface is not None:
            sock.bind((interface, 0))
        if ipaddress.ip_address(address[0]).is_multicast:
            own = socket.inet_aton(interface or "0.0.0.0")  # noqa: S104 - the system's choice
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock
