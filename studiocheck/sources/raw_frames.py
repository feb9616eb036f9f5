"""Takes apart what a local camera's driver hands over undecoded: JPEG, packed or planar YUV."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

RAW_FORMATS = ("MJPG", "JPEG", "YUYV", "NV12")
"""What is better read raw than through OpenCV's own conversion, which costs a core in HD."""

_END_OF_IMAGE = b"\xff\xd9"
_TAIL = 65536


@dataclass(frozen=True, slots=True)
class Picture:
    """Luma and a way to the colour picture."""

    luma: Bytes
    limited: bool
    bgr: Callable[[], Bytes]


class Unpacker:
    """Turns a driver's buffers into pictures.

    Parameters
    ----------
    pixel_format : str
        FourCC of the buffers; anything that is not in `RAW_FORMATS` is BGR.
    width, height : int
        As agreed with the driver, px.
    full_range : bool
        Whether packed or planar luma uses 0…255.
    """

    def __init__(self, pixel_format: str, width: int, height: int, *, full_range: bool) -> None:
        self._format = pixel_format
        self._width, self._height = width, height
        self._limited = not full_range
        self._images_end = False

    def __call__(self, buffer: Bytes) -> Picture | None:
        """Return the picture in a buffer, None where it is torn."""
        if self._format in {"MJPG", "JPEG"}:
            return self._jpeg(buffer)
        if self._format == "YUYV":
            packed = buffer.reshape(self._height, self._width, 2)
            return self._yuv(packed, packed[:, :, 0], cv2.COLOR_YUV2BGR_YUYV)
        if self._format == "NV12":
            planes = buffer.reshape(self._height * 3 // 2, self._width)
            return self._yuv(planes, planes[: self._height], cv2.COLOR_YUV2BGR_NV12)
        luma = np.asarray(cv2.cvtColor(buffer, cv2.COLOR_BGR2GRAY), np.uint8)
        return Picture(luma, limited=False, bgr=lambda: buffer)

    def _jpeg(self, buffer: Bytes) -> Picture | None:
        data = buffer.ravel()
        ends = _END_OF_IMAGE in data[-_TAIL:].tobytes()
        # some firmware never writes the end marker; where it is usual, its lack is half a picture
        self._images_end = self._images_end or ends
        if self._images_end and not ends:
            return None
        if not ends:
            data = np.append(data, np.frombuffer(_END_OF_IMAGE, np.uint8))
        try:
            decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        except cv2.error:
            return None
        if decoded is None:
            return None

        def colour() -> Bytes:
            return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

        return Picture(np.asarray(decoded, np.uint8), limited=False, bgr=colour)

    def _yuv(self, packed: Bytes, luma: Bytes, code: int) -> Picture:
        full = not self._limited

        def colour() -> Bytes:
            if full:
                return np.asarray(cv2.cvtColor(_squeezed(packed), code), np.uint8)
            return np.asarray(cv2.cvtColor(packed, code), np.uint8)

        return Picture(luma, limited=self._limited, bgr=colour)


def _squeezed(packed: Bytes) -> Bytes:
    """Map full-range YUV to the limited range that OpenCV's conversions expect."""
    span = np.arange(256)
    luma = np.rint(16 + span * 219 / 255).astype(np.uint8)
    chroma = np.rint(128 + (span - 128) * 224 / 255).astype(np.uint8)
    result = packed.copy()
    if packed.ndim == 3:
        result[:, :, 0] = luma[packed[:, :, 0]]
        result[:, :, 1] = chroma[packed[:, :, 1]]
    else:
        height = packed.shape[0] * 2 // 3
        result[:height] = luma[packed[:height]]
        result[height:] = chroma[packed[height:]]
    return result
