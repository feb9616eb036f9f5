"""USB requests over a socket, as the kernel's vhci_hcd speaks them (Documentation/usb/usbip_protocol).

Only what follows the import step: the kernel sends requests (URBs) and takes them back, the device
completes them. No device is described here.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

STALL = -errno.EPIPE

_SUBMIT, _UNLINK, _RET_SUBMIT, _RET_UNLINK = 1, 2, 3, 4
_HEADER = 48
_BASIC = struct.Struct(">5I")  # command, sequence number, device, direction, endpoint
_SUBMITTED = struct.Struct(">Iiiii8s")  # flags, length, start, packets, interval, setup
_COMPLETED = struct.Struct(">iiiii8x")  # status, length, start, packets, errors
_IN = 1


@dataclass(frozen=True, slots=True)
class Urb:
    """A request of the kernel: ``length`` bytes to or from an endpoint."""

    number: int
    endpoint: int
    length: int
    setup: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The kernel no longer wants what it asked for; this, too, has a number to be answered by."""

    number: int
    urb_number: int


class Unplugged(Exception):
    """The other end of the cable is gone."""


class Cable:
    """The device's end of the connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._received = b""
        self._newest = 0
        self._forgotten: set[int] = set()

    def events(self, wait_s: float) -> Iterator[Urb | TakenBack]:
        """Yield what the kernel says now; wait at most ``wait_s`` for it."""
        if not select.select([self._connection], [], [], wait_s)[0]:
            return
        try:
            more = self._connection.recv(1 << 18)
        except OSError as error:
            raise Unplugged from error
        if not more:
            raise Unplugged
        self._received += more
        while (event := self._next()) is not None:
            # the kernel may send a request after the message that takes it back
            if isinstance(event, Urb) and event.number in self._forgotten:
                self._forgotten.discard(event.number)
                continue
            yield event

    def complete(self, urb: Urb, data: bytes = b"", status: int = 0) -> None:
        """Answer a request; for one that carried data, say that all of it was taken."""
        length = len(data) if data else len(urb.data)
        self._send(_RET_SUBMIT, urb.number, _COMPLETED.pack(status, length, 0, 0, 0), data)

    def confirm(self, event: TakenBack, *, was_waiting: bool) -> None:
        """Answer a request to take another one back."""
        status = -errno.ECONNRESET if was_waiting else 0
        self._send(_RET_UNLINK, event.number, struct.pack(">i24x", status), b"")

    def _send(self, command: int, number: int, header: bytes, data: bytes) -> None:
        try:
            self._connection.sendall(_BASIC.pack(command, number, 0, 0, 0) + header + data)
        except OSError as error:
            raise Unplugged from error

    def _next(self) -> Urb | TakenBack | None:
        if len(self._received) < _HEADER:
            return None
        command, number, _, direction, endpoint = _BASIC.unpack_from(self._received)
        if command == _UNLINK:
            (target,) = struct.unpack_from(">I", self._received, _BASIC.size)
            self._received = self._received[_HEADER:]
            if target > self._newest:
                self._forgotten.add(target)
            return TakenBack(number, target)
        _, length, _, _, _, setup = _SUBMITTED.unpack_from(self._received, _BASIC.size)
        end = _HEADER + (0 if direction == _IN else length)
        if len(self._received) < end:
            return None
        data = self._received[_HEADER:end]
        self._received = self._received[end:]
        self._newest = max(self._newest, number)
        return Urb(number, endpoint, length, setup, data)
