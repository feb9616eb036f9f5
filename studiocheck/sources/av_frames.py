"""Turns what PyAV decodes into frames: luma without a copy, colour by the right matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_FULL_RANGE, _BT709, _UNSPECIFIED = 2, 1, 2  # AVCOL_RANGE_JPEG, AVCOL_SPC_*
_PLANAR_LUMA = frozenset(
    f"yuv{j}{layout}p" for j in ("", "j") for layout in ("420", "422", "440", "444", "411")
) | {"nv12", "nv21", "nv16", "nv24", "gray"}  # fmt: skip


def as_frame(picture: VideoFrame, captured_s: float) -> Frame:
    """Wrap a decoded picture; its luma is a view into the decoder's memory where that is 8 bit."""
    name = picture.format.name
    if name not in _PLANAR_LUMA:
        import cv2  # noqa: PLC0415 - heavy

        image = _bgr(picture)
        luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        return Frame(luma=luma, limited=False, bgr=lambda: image, captured_s=captured_s)
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return Frame(
        luma=rows[: picture.height, : picture.width],
        limited=not _is_full_range(picture),
        bgr=lambda: _bgr(picture),
        captured_s=captured_s,
    )


def _is_full_range(picture: VideoFrame) -> bool:
    name = picture.format.name
    return picture.color_range == _FULL_RANGE or name.startswith("yuvj") or name == "gray"


def _bgr(picture: VideoFrame) -> NDArray[np.uint8]:
    from av.video.reformatter import ColorRange, Colorspace  # noqa: PLC0415 - heavy

    if not picture.format.name.startswith(("yuv", "nv")):
        return np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    # FFmpeg takes a stream that does not name its matrix for BT.601; HD cameras mean BT.709
    hd = picture.height >= 720 and not picture.format.name.startswith("yuvj")
    is_709 = picture.colorspace == _BT709 or (picture.colorspace == _UNSPECIFIED and hd)
    converted = picture.reformat(
        format="bgr24",
        src_colorspace=Colorspace.ITU709 if is_709 else Colorspace.ITU601,
        src_color_range=ColorRange.JPEG if _is_full_range(picture) else ColorRange.MPEG,
    )
    return np.asarray(converted.to_ndarray(), np.uint8)


def packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Iterate over the stream's packets; the last is empty and flushes the decoder."""
    return iter(container.demux(stream))


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
