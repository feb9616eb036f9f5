"""Motion JPEG as it was sent: whole or torn, its size, and pictures decoded only as far as asked.

Whoever holds a JPEG of a camera (a packet of FFmpeg, a buffer of a driver) makes its frame here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame
from studiocheck.measure.picture.frame_row import THUMBNAIL
from studiocheck.sources.cameras import camera_problems as problems

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SOS, _TEM = 0xDA, 0x01
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOFn without DHT, JPG, DAC
_REDUCED = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: cv2.IMREAD_GRAYSCALE,
}
_UNTOUCHED = 128
"""What a decoder leaves where a JPEG broke off: no coefficient at all."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a JPEG says of itself before its picture: size, and where the samples begin."""

    width: int
    height: int
    samples_at: int


def header_of(data: bytes) -> Header | None:
    """Read a JPEG's headers; None where they are no JPEG's or are cut.

    Notes
    -----
    **Source**: ITU-T T.81, annex B (marker segments; SOFn: height, then width).
    """
    if not data.startswith(_SOI):
        return None
    at, size = 2, None
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in {0xFF, _TEM}:  # fill bytes
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _SIZES and at + 9 <= len(data):
            size = int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == _SOS:
            return Header(*size, at) if size and all(size) else None
    return None


@dataclass
class _Habit:
    """What this camera's pictures look like at their lower edge."""

    fills: bool = False

    def breaks_off(self, small: NDArray[np.uint8], *, has_end: bool) -> bool:
        """Whether the picture ends above its last row, as one of this camera's did not before.

        Without an end marker that is enough; a picture that is grey all over may be meant.
        """
        if (small[-1] != _UNTOUCHED).any():
            self.fills = True
            return False
        return self.fills or not (has_end or (small == _UNTOUCHED).all())


@dataclass
class JpegFrames:
    """Makes frames of one camera's JPEGs, in order; remembers how that camera writes them."""

    _always_ends: bool = False
    _habit: _Habit = field(default_factory=_Habit, repr=False)
    _before: tuple[bytes, Header, _Pictures] | None = field(default=None, repr=False)

    def frame(
        self,
        data: bytes,
        captured_s: float,
        arrived_s: float | None = None,
        sequence: int = -1,
    ) -> Frame:
        """Return the frame of one JPEG, not decoded yet; torn where its markers say so."""
        if self._before is None or self._before[0] != data:
            header = header_of(data)
            ended = None if header is None else self._ended(data, header)
            if header is None or ended is None:
                return torn_frame(captured_s, arrived_s, sequence)
            pictures = _Pictures(ended, header, self._habit, has_end=ended is data)
            self._before = data, header, pictures
        # a repeated frame has the same pictures: it is not decoded again
        _, header, pictures = self._before
        return Frame(
            captured_s=captured_s,
            size=(header.width, header.height),
            luma=pictures.luma,
            bgr=pictures.bgr,
            small=pictures.small,
            payload=data,
            sequence=sequence,
            arrived_s=arrived_s,
        )

    def _ended(self, data: bytes, header: Header) -> bytes | None:
        """Return the JPEG with its end marker, None where that is missing."""
        if data.rfind(_EOI, header.samples_at) >= 0:
            self._always_ends = True
            return data
        # some firmware never writes it; where it is usual, its lack is half a picture
        return None if self._always_ends else data + _EOI


class _Pictures:
    """The pictures of one JPEG, decoded when they are asked for; what is grey is kept."""

    __slots__ = ("_data", "_habit", "_has_end", "_header", "_luma", "_small")

    def __init__(self, data: bytes, header: Header, habit: _Habit, *, has_end: bool) -> None:
        self._data, self._header, self._habit, self._has_end = data, header, habit, has_end
        self._luma: NDArray[np.uint8] | None = None
        self._small: NDArray[np.uint8] | None = None

    def small(self) -> NDArray[np.uint8]:
        if self._small is None:
            small = self._decoded(_reduction(self._header))
            if self._habit.breaks_off(small, has_end=self._has_end):
                raise problems.undecodable()
            self._small = small
        return self._small

    def luma(self) -> NDArray[np.uint8]:
        if self._luma is None:
            self._luma = self._decoded(cv2.IMREAD_GRAYSCALE)
        return self._luma

    def bgr(self) -> NDArray[np.uint8]:
        return self._decoded(cv2.IMREAD_COLOR)

    def _decoded(self, how: int) -> NDArray[np.uint8]:
        # a camera that hangs upside down says so in EXIF: the picture is judged as it is sent
        flags = how | cv2.IMREAD_IGNORE_ORIENTATION
        try:
            picture = cv2.imdecode(np.frombuffer(self._data, np.uint8), flags)
        except cv2.error as error:
            raise problems.undecodable() from error
        if picture is None:
            raise problems.undecodable()
        return np.asarray(picture, np.uint8)


def _reduction(header: Header) -> int:
    """Return how to decode as little as the grid needs: a JPEG's blocks give 1/8 for the least."""
    columns, rows = THUMBNAIL
    return next(
        how
        for share, how in _REDUCED.items()
        if share == 1 or (header.width >= share * columns and header.height >= share * rows)
    )


def torn_frame(captured_s: float, arrived_s: float | None, sequence: int = -1) -> Frame:
    """Return a frame that came and holds no whole picture."""
    return Frame(
        captured_s=captured_s, size=(0, 0), luma=_nothing, bgr=_nothing,
        sequence=sequence, arrived_s=arrived_s, state="torn",
    )  # fmt: skip


def unseen_frame(captured_s: float, arrived_s: float | None, sequence: int = -1) -> Frame:
    """Return a frame that came and that this computer had no time to look at."""
    return Frame(
        captured_s=captured_s, size=(0, 0), luma=_nothing, bgr=_nothing,
        sequence=sequence, arrived_s=arrived_s, state="unseen",
    )  # fmt: skip


def _nothing() -> NDArray[np.uint8]:
    raise problems.undecodable()
