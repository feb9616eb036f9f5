"""Reduces one frame to the row of numbers that is kept of it, while frames are being captured."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL = (240, 135)
"""Width and height of the grid on which pictures are compared, px."""

LIMITED_BLACK, LIMITED_WHITE = 16, 235
"""8-bit codes of black and white on the limited range (ITU-R BT.709-6, 4.6)."""

_LIMITED_GAIN = 255 / (LIMITED_WHITE - LIMITED_BLACK)
_FULL_CODE = np.clip(
    np.rint((np.arange(256) - LIMITED_BLACK) * _LIMITED_GAIN), 0, 255
).astype(np.intp)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FrameRow:
    """What is kept of every frame.

    Parameters
    ----------
    motion : float
        Mean absolute luma difference to the frame before, on the 240 × 135 grid and the full
        range, 8-bit DN; NaN for the first frame or after a change of size.
    identical : bool
        Whether the luma equals that of the frame before, sample for sample.
    histogram : (256,) uint32
        Luma histogram on the full range.
    """

    motion: float
    identical: bool
    histogram: NDArray[np.uint32]


def full_range_histogram(luma: NDArray[np.uint8], *, limited: bool) -> NDArray[np.uint32]:
    """Count luma codes on the full range; a limited-range picture is mapped bin by bin.

    Parameters
    ----------
    luma : (height, width) uint8
        May be a strided view.
    limited : bool
        Whether black and white are 16 and 235. Codes beyond them count as black and white.

    Returns
    -------
    (256,) uint32
        Samples of each code 0…255.

    Notes
    -----
    **Source**: ITU-R BT.709-6, 4.6 (quantization levels).

    Examples
    --------
    >>> grey = np.full((2, 2), 235, np.uint8)
    >>> int(full_range_histogram(grey, limited=True)[255])
    4
    """
    counts = cv2.calcHist([luma], [0], None, [256], [0, 256]).ravel()
    if limited:
        counts = np.bincount(_FULL_CODE, weights=counts, minlength=256)
    return counts.astype(np.uint32)


class FrameReducer:
    """Turns frames into rows, in order; holds the frame before, and nothing else.

    Examples
    --------
    >>> reduce = FrameReducer()
    >>> first = reduce(np.zeros((270, 480), np.uint8), limited=False)
    >>> second = reduce(np.full((270, 480), 3, np.uint8), limited=False)
    >>> first.identical, second.identical, second.motion
    (False, False, 3.0)
    """

    def __init__(self) -> None:
        self._luma: NDArray[np.uint8] | None = None
        self._thumbnail: NDArray[np.uint8] | None = None

    def __call__(self, luma: NDArray[np.uint8], *, limited: bool) -> FrameRow:
        """Return the row of one luma plane ((height, width) uint8, any strides)."""
        histogram = full_range_histogram(luma, limited=limited)
        if self._luma is not None and np.array_equal(luma, self._luma):
            return FrameRow(0.0, identical=True, histogram=histogram)
        thumbnail = np.asarray(cv2.resize(luma, THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
        motion = self._motion(luma, thumbnail, limited=limited)
        self._keep(luma, thumbnail)
        return FrameRow(motion, identical=False, histogram=histogram)

    def _motion(
        self, luma: NDArray[np.uint8], thumbnail: NDArray[np.uint8], *, limited: bool
    ) -> float:
        same_size = self._luma is not None and self._luma.shape == luma.shape
        if self._thumbnail is None or not same_size:
            return float("nan")
        difference = cv2.norm(thumbnail, self._thumbnail, cv2.NORM_L1) / thumbnail.size
        return float(difference * (_LIMITED_GAIN if limited else 1.0))

    def _keep(self, luma: NDArray[np.uint8], thumbnail: NDArray[np.uint8]) -> None:
        # a copy of the whole plane costs less than any digest of it, and equality stays exact
        if self._luma is None or self._luma.shape != luma.shape:
            self._luma = np.array(luma, order="C")
        else:
            np.copyto(self._luma, luma)
        self._thumbnail = thumbnail
