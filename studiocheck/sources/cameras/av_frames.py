"""Turns what PyAV decodes into frames: luma without a copy, colour by the right matrix."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane
    from av.video.stream import VideoStream

_FULL_RANGE, _BT709, _UNSPECIFIED = 2, 1, 2  # AVCOL_RANGE_JPEG, AVCOL_SPC_*
_HD_LINES = 720
_PLANAR_LUMA = frozenset(
    f"yuv{j}{layout}p" for j in ("", "j") for layout in ("420", "422", "440", "444", "411")
) | {"nv12", "nv21", "nv16", "nv24", "gray"}  # fmt: skip


def as_frame(picture: VideoFrame, captured_s: float, arrived_s: float | None = None) -> Frame:
    """Wrap a decoded picture; its luma is a view into the decoder's memory where that is 8 bit."""
    size = picture.width, picture.height
    if picture.format.name not in _PLANAR_LUMA:
        colour = _Colour(picture)
        return Frame(
            captured_s=captured_s,
            size=size,
            luma=lambda: colour.luma,
            bgr=lambda: colour.bgr,
            arrived_s=arrived_s,
        )
    plane = _plane(picture.planes[0])
    return Frame(
        captured_s=captured_s,
        size=size,
        luma=lambda: plane,
        bgr=lambda: _bgr(picture),
        limited=not _is_full_range(picture),
        arrived_s=arrived_s,
    )


class _Colour:
    """A picture that has no plane of 8-bit luma: it comes by its colours, when it is asked for."""

    def __init__(self, picture: VideoFrame) -> None:
        self._picture = picture

    @cached_property
    def bgr(self) -> NDArray[np.uint8]:
        return _bgr(self._picture)

    @cached_property
    def luma(self) -> NDArray[np.uint8]:
        import cv2  # noqa: PLC0415 - heavy

        return np.asarray(cv2.cvtColor(self.bgr, cv2.COLOR_BGR2GRAY), np.uint8)


def _is_full_range(picture: VideoFrame) -> bool:
    name = picture.format.name
    return picture.color_range == _FULL_RANGE or name.startswith("yuvj") or name == "gray"


def _bgr(picture: VideoFrame) -> NDArray[np.uint8]:
    name = picture.format.name
    if not name.startswith("yuv") or name not in _PLANAR_LUMA:
        return np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    # a stream that does not name its matrix: HD cameras mean BT.709 (BT.709-6, 3.2), JPEG BT.601
    hd = picture.height >= _HD_LINES and not name.startswith("yuvj")
    is_709 = picture.colorspace == _BT709 or (picture.colorspace == _UNSPECIFIED and hd)
    return _from_yuv(
        [_plane(plane) for plane in picture.planes],
        red_blue=(0.2126, 0.0722) if is_709 else (0.299, 0.114),
        full_range=_is_full_range(picture),
    )


def _from_yuv(
    planes: list[NDArray[np.uint8]], *, red_blue: tuple[float, float], full_range: bool
) -> NDArray[np.uint8]:
    """Convert within a tenth of a code on average: FFmpeg's fast path reads green 1.5 too low."""
    import cv2  # noqa: PLC0415 - heavy

    kr, kb = red_blue
    kg = 1 - kr - kb
    black, luma_gain, chroma_gain = (0, 1, 1) if full_range else (16, 255 / 219, 255 / 224)
    to_blue, to_red = 2 * (1 - kb) * chroma_gain, 2 * (1 - kr) * chroma_gain
    matrix = np.array(
        [
            [luma_gain, to_blue, 0],
            [luma_gain, -kb / kg * to_blue, -kr / kg * to_red],
            [luma_gain, 0, to_red],
        ]
    )
    offset = -matrix @ (black, 128, 128)
    height, width = planes[0].shape
    chroma = [cv2.resize(plane, (width, height)) for plane in planes[1:]]
    yuv = cv2.merge([planes[0], *chroma])
    return np.asarray(cv2.transform(yuv, np.column_stack([matrix, offset])), np.uint8)


def _plane(plane: VideoPlane) -> NDArray[np.uint8]:
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def pictures(packet: Packet[VideoStream]) -> list[VideoFrame]:
    """Decode one packet; one that cannot be decoded is a frame that did not come."""
    import av  # noqa: PLC0415 - loaded by open()

    try:
        return list(packet.decode())
    except (av.error.InvalidDataError, av.error.EOFError):
        return []


def pixel_format(stream: VideoStream) -> str:
    """Name codec and pixel format."""
    codec = stream.codec_context
    return f"{codec.name} {codec.pix_fmt}" if codec.pix_fmt else codec.name
