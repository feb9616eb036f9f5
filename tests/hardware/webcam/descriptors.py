"""What the webcam tells the kernel of itself: USB 2.0 and USB Video Class 1.0 descriptors.

Numbers in comments are tables of the USB Video Class specification 1.0.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

VENDOR, PRODUCT = 0x1D6B, 0x0102
CONTROL_INTERFACE, STREAMING_INTERFACE = 0, 1
CAMERA_TERMINAL, PROCESSING_UNIT, OUTPUT_TERMINAL = 1, 2, 3
VIDEO_ENDPOINT = 1
PAYLOAD = 16384
"""Bytes of one transfer; the kernel makes its requests no larger."""

_VIDEO, _CONTROL, _STREAMING, _COLLECTION = 14, 1, 2, 3
_CLASS_SPECIFIC = 0x24
_BULK_PACKET = 512
_YUY2 = bytes.fromhex("59555932 0000 1000 8000 00aa00389b71")

PixelFormat = Literal["MJPG", "YUYV"]


@dataclass(frozen=True, slots=True)
class Size:
    """A picture size and the rates that it is offered at, best first."""

    width: int
    height: int
    rates: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Of an uncompressed picture."""
        return self.width * self.height * 2


SIZES: dict[PixelFormat, tuple[Size, ...]] = {
    "MJPG": (Size(640, 480, (30, 15)), Size(1280, 720, (30, 15)), Size(1920, 1080, (30, 15))),
    "YUYV": (Size(640, 480, (30, 15, 5)), Size(1280, 720, (10, 5))),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """The formats of one webcam, in the order of their numbers (which begin with 1)."""

    formats: tuple[PixelFormat, ...]

    def size(self, format_number: int, frame_number: int) -> Size:
        """Return what a pair of numbers means."""
        return SIZES[self.formats[format_number - 1]][frame_number - 1]


def interval(rate: float) -> int:
    """Return a frame interval in units of 100 ns.

    Examples
    --------
    >>> interval(30)
    333333
    """
    return int(1e7 / rate)


def device() -> bytes:
    """Return the device descriptor; strings 1, 2, 3 are maker, product, serial number."""
    # a device of several interfaces that belong together (USB 2.0 ECN, interface association)
    return struct.pack(
        "<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0xEF, 2, 1, 64, VENDOR, PRODUCT, 0x0100, 1, 2, 3, 1
    )


def string(text: str) -> bytes:
    """Return a string descriptor."""
    return _plain(3, text.encode("utf-16-le"))


def languages() -> bytes:
    """Return the languages that strings come in: English alone."""
    return _plain(3, struct.pack("<H", 0x0409))


def configuration(offer: Offer, camera_controls: int, processing_controls: int) -> bytes:
    """Return the whole configuration; the bit masks say which controls the units have."""
    association = _plain(11, bytes([CONTROL_INTERFACE, 2, _VIDEO, _COLLECTION, 0, 2]))
    body = (
        association
        + _interface(CONTROL_INTERFACE, 0, _CONTROL)
        + _control(camera_controls, processing_controls)
        + _interface(STREAMING_INTERFACE, 1, _STREAMING)
        + _streaming(offer)
        + _plain(5, struct.pack("<BBHB", 0x80 | VIDEO_ENDPOINT, 2, _BULK_PACKET, 0))
    )
    return _plain(2, struct.pack("<HBBBBB", 9 + len(body), 2, 1, 0, 0x80, 250)) + body


def _interface(number: int, endpoints: int, subclass: int) -> bytes:
    return _plain(4, bytes([number, 0, endpoints, _VIDEO, subclass, 0, 0]))


def _control(camera_controls: int, processing_controls: int) -> bytes:
    units = (
        _specific(2, struct.pack("<BHBB", CAMERA_TERMINAL, 0x0201, 0, 0)  # 3-6
                  + struct.pack("<HHHB", 0, 0, 0, 3) + camera_controls.to_bytes(3, "little"))
        + _specific(5, struct.pack("<BBHBHB", PROCESSING_UNIT, CAMERA_TERMINAL, 0, 2,  # 3-8
                                   processing_controls, 0))
        + _specific(3, struct.pack("<BHBBB", OUTPUT_TERMINAL, 0x0101, 0, PROCESSING_UNIT, 0))  # 3-5
    )  # fmt: skip
    head = struct.pack("<HHIBB", 0x0100, 13 + len(units), 48_000_000, 1, STREAMING_INTERFACE)  # 3-3
    return _specific(1, head) + units


def _streaming(offer: Offer) -> bytes:
    formats = b"".join(_format(i, f) for i, f in enumerate(offer.formats, 1))
    count = len(offer.formats)
    head = struct.pack(  # 3-13
        "<BHBBBBBBB",
        *(count, 13 + count + len(formats), 0x80 | VIDEO_ENDPOINT, 0, OUTPUT_TERMINAL, 0, 0, 0, 1),
    )
    return _specific(1, head + bytes(count)) + formats


def _format(number: int, pixel_format: PixelFormat) -> bytes:
    sizes = SIZES[pixel_format]
    if pixel_format == "MJPG":  # MJPEG payload, tables 3-1 and 3-2
        head, frame_type = _specific(6, bytes([number, len(sizes), 1, 1, 0, 0, 0, 0])), 7
    else:  # uncompressed payload, tables 3-1 and 3-2
        described = bytes([number, len(sizes)]) + _YUY2 + bytes([16, 1, 0, 0, 0, 0])
        head, frame_type = _specific(4, described), 5
    frames = b"".join(_frame(frame_type, i, size) for i, size in enumerate(sizes, 1))
    return head + frames + _specific(13, bytes([1, 1, 4]))  # BT.709 primaries, BT.601 matrix


def _frame(frame_type: int, number: int, size: Size) -> bytes:
    rates: Sequence[int] = size.rates
    bits = [min(8 * size.bytes * rate, 2**32 - 1) for rate in (min(rates), max(rates))]
    head = struct.pack(
        "<BBHHIIIIB",
        *(number, 0, size.width, size.height, *bits, size.bytes, interval(rates[0]), len(rates)),
    )
    return _specific(frame_type, head + struct.pack(f"<{len(rates)}I", *map(interval, rates)))


def _plain(kind: int, body: bytes) -> bytes:
    return bytes([2 + len(body), kind]) + body


def _specific(subtype: int, body: bytes) -> bytes:
    return _plain(_CLASS_SPECIFIC, bytes([subtype]) + body)
