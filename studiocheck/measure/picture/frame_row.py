"""Reduces one frame to the row of numbers that is kept of it, while frames are being captured."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame

THUMBNAIL = (240, 135)
"""Width and height of the grid on which pictures are compared, px."""

LIMITED_BLACK, LIMITED_WHITE = 16, 235
"""8-bit codes of black and white on the limited range (ITU-R BT.709-6, 4.6)."""

_LIMITED_GAIN = 255 / (LIMITED_WHITE - LIMITED_BLACK)
_FULL_CODE = np.clip(
    np.rint((np.arange(256) - LIMITED_BLACK) * _LIMITED_GAIN), 0, 255
).astype(np.intp)  # fmt: skip


_FULL_LUMA = _FULL_CODE.astype(np.uint8)
_SPARSE_ROWS = 8
"""Every eighth row is compared sample for sample: a sensor's noise never repeats in a quarter of a
million samples, and the grid sees the rows between."""


@dataclass(frozen=True, slots=True)
class FrameRow:
    """What is kept of every frame.

    Parameters
    ----------
    motion : float
        Mean absolute luma difference to the frame before, on the 240 × 135 grid and the full
        range, 8-bit DN; NaN for the first frame or after a change of size.
    identical : bool
        Whether the frame repeats the one before.
    grid : (135, 240) uint8
        Luma averaged over blocks, on the full range.
    """

    motion: float
    identical: bool
    grid: NDArray[np.uint8]


def luma_grid(luma: NDArray[np.uint8], *, limited: bool = False) -> NDArray[np.uint8]:
    """Average luma over the blocks of a 240 × 135 grid, on the full range.

    Parameters
    ----------
    luma : (height, width) uint8
        May be a strided view, or a picture already averaged.
    limited : bool
        Whether black and white are 16 and 235.

    Returns
    -------
    (135, 240) uint8
        Block means, rounded.

    Notes
    -----
    **Source**: ITU-R BT.709-6, 4.6 (quantization levels).

    Examples
    --------
    >>> int(luma_grid(np.full((1080, 1920), 126, np.uint8), limited=True)[0, 0])
    128
    """
    if luma.shape != THUMBNAIL[::-1]:
        luma = np.asarray(cv2.resize(luma, THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
    return full_range(luma, limited=limited)


def full_range(luma: NDArray[np.uint8], *, limited: bool) -> NDArray[np.uint8]:
    """Return luma codes on the full range; the same array where they are already."""
    return np.asarray(cv2.LUT(luma, _FULL_LUMA), np.uint8) if limited else luma


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
    """Turns frames into rows, in order; holds what it compares with, and nothing else."""

    def __init__(self) -> None:
        self._grid: NDArray[np.uint8] | None = None
        self._size = (0, 0)
        self._payload: bytes | memoryview | None = None
        self._sparse: NDArray[np.uint8] | None = None

    def __call__(self, frame: Frame) -> FrameRow:
        """Return the row of one whole frame."""
        if self._size != frame.size:
            self._grid = self._payload = self._sparse = None
            self._size = frame.size
        if frame.payload is not None and frame.payload == self._payload and self._grid is not None:
            return FrameRow(0.0, identical=True, grid=self._grid)
        small = frame.small() if frame.small is not None else frame.luma()
        grid = luma_grid(small, limited=frame.limited)
        before, self._grid = self._grid, grid
        identical = self._repeats(frame, before)
        motion = float("nan")
        if before is not None:
            motion = 0.0 if identical else cv2.norm(grid, before, cv2.NORM_L1) / grid.size
        return FrameRow(float(motion), identical=identical, grid=grid)

    def _repeats(self, frame: Frame, before: NDArray[np.uint8] | None) -> bool:
        self._payload = frame.payload
        if frame.payload is not None:
            return False
        sparse = frame.luma()[::_SPARSE_ROWS]
        same = (
            before is not None
            and self._sparse is not None
            and np.array_equal(sparse, self._sparse)
            and np.array_equal(before, self._grid)  # type: ignore[arg-type]
        )
        if not same:
            self._sparse = np.array(sparse, order="C")
        return same
