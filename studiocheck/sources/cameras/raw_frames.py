"""Frames of what a driver hands over uncompressed: packed or planar YUV, or OpenCV's BGR.

Colour is converted, and packed luma taken apart, only when somebody asks for it.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame
from studiocheck.sources.cameras.jpeg_frames import torn_frame

Bytes = NDArray[np.uint8]

RAW_FORMATS: Final = ("YUYV", "NV12")


class RawFrames:
    """Makes frames of one camera's uncompressed buffers.

    Parameters
    ----------
    pixel_format : str
        FourCC, one of `RAW_FORMATS`.
    width, height : int
        As agreed with the driver, px.
    full_range : bool
        Whether luma uses 0…255.
    stride : int
        Bytes from one line to the next; 0: no padding.
    """

    def __init__(
        self, pixel_format: str, width: int, height: int, *, full_range: bool, stride: int = 0
    ) -> None:
        self._packed = pixel_format == "YUYV"
        self._width, self._height = width, height
        self._row = width * (2 if self._packed else 1)
        self._stride = max(stride, self._row)
        self._rows = height if self._packed else height * 3 // 2
        self._limited = not full_range

    def frame(
        self,
        data: bytes,
        captured_s: float,
        arrived_s: float | None = None,
        sequence: int = -1,
    ) -> Frame:
        """Return the frame of one buffer; torn where lines are missing."""
        size = self._stride * self._rows
        if len(data) < size:
            return torn_frame(captured_s, arrived_s, sequence)
        rows = np.frombuffer(data, np.uint8, size).reshape(self._rows, self._stride)
        samples = np.ascontiguousarray(rows[:, : self._row])
        return Frame(
            captured_s=captured_s,
            size=(self._width, self._height),
            luma=cache(lambda: self._luma(samples)),
            bgr=lambda: self._bgr(samples),
            limited=self._limited,
            sequence=sequence,
            arrived_s=arrived_s,
        )

    def _luma(self, samples: Bytes) -> Bytes:
        if not self._packed:
            return samples[: self._height]
        pairs = samples.reshape(self._height, self._width, 2)
        return np.asarray(cv2.extractChannel(pairs, 0), np.uint8)

    def _bgr(self, samples: Bytes) -> Bytes:
        code = cv2.COLOR_YUV2BGR_YUYV if self._packed else cv2.COLOR_YUV2BGR_NV12
        if self._packed:
            samples = samples.reshape(self._height, self._width, 2)
        return np.asarray(cv2.cvtColor(samples if self._limited else _squeezed(samples), code))


def bgr_frame(image: Bytes, captured_s: float, arrived_s: float) -> Frame:
    """Return the frame of a picture that OpenCV has converted already."""
    height, width = image.shape[:2]
    return Frame(
        captured_s=captured_s,
        size=(width, height),
        luma=cache(lambda: np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)),
        bgr=lambda: image,
        arrived_s=arrived_s,
    )


def _squeezed(samples: Bytes) -> Bytes:
    """Map full-range YUV to the limited range that OpenCV's conversions expect."""
    span = np.arange(256)
    luma = np.rint(16 + span * 219 / 255).astype(np.uint8)
    chroma = np.rint(128 + (span - 128) * 224 / 255).astype(np.uint8)
    result = samples.copy()
    if samples.ndim == 3:
        result[:, :, 0] = luma[samples[:, :, 0]]
        result[:, :, 1] = chroma[samples[:, :, 1]]
    else:
        height = samples.shape[0] * 2 // 3
        result[:height] = luma[samples[:height]]
        result[height:] = chroma[samples[height:]]
    return result
