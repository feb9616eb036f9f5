"""Reduces one frame to the row of numbers that is kept of it, while frames are being captured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame
from studiocheck.measure.opencv import cv2

THUMBNAIL = (240, 135)
"""Width and height of the grid on which pictures are compared, px."""

LIMITED_BLACK, LIMITED_WHITE = 16, 235
"""8-bit codes of black and white on the limited range (ITU-R BT.709-6, 4.6)."""

_LIMITED_GAIN = 255 / (LIMITED_WHITE - LIMITED_BLACK)
_FULL_CODE = np.clip(
    np.rint((np.arange(256) - LIMITED_BLACK) * _LIMITED_GAIN), 0, 255
).astype(np.intp)  # fmt: skip


_FULL_LUMA = _FULL_CODE.astype(np.uint8)
_HALVINGS = 3
"""Halving is several times cheaper than averaging over 8 × 8 at once; 1080 lines are so halved to
the grid, an eighth of a DN brighter than the true mean."""

_PAIRS = 256 * 256
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
        Block means, rounded; up to a quarter of a DN high.

    Notes
    -----
    **Source**: ITU-R BT.709-6, 4.6 (quantization levels).

    Examples
    --------
    >>> int(luma_grid(np.full((1080, 1920), 126, np.uint8), limited=True)[0, 0])
    128
    """
    if _halves(luma.shape):
        # read once in order: halving reads two rows at a time, and would wait for memory
        cv2.norm(luma, cv2.NORM_INF)
    halvings = 0
    while _halves(luma.shape) and halvings < _HALVINGS:
        # OpenCV rounds the mean of four up: the last time it is made to round down instead
        luma = _averaged(luma, (luma.shape[1] // 2, luma.shape[0] // 2), down=halvings == 2)
        halvings += 1
    if luma.shape != THUMBNAIL[::-1]:
        luma = _averaged(luma, THUMBNAIL)
    return full_range(luma, limited=limited)


def _halves(shape: tuple[int, ...]) -> bool:
    """Whether both sides are even and the half is not smaller than the grid."""
    height, width = shape
    return (
        not (width % 2 or height % 2) and width >= 2 * THUMBNAIL[0] and height >= 2 * THUMBNAIL[1]
    )


def _averaged(
    luma: NDArray[np.uint8], size: tuple[int, int], *, down: bool = False
) -> NDArray[np.uint8]:
    if down:
        return ~_averaged(~luma, size)
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


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
    if luma.shape[1] % 2 or luma.strides[1] != 1:
        counts = cv2.calcHist([luma], [0], None, [256], [0, 256]).ravel()
    else:
        # counted two by two: half the steps, and neighbours in flat areas do not queue for one bin
        pairs = cv2.calcHist([luma.view(np.uint16)], [0], None, [_PAIRS], [0, _PAIRS])
        table = pairs.reshape(256, 256)
        counts = table.sum(axis=0, dtype=np.float64) + table.sum(axis=1, dtype=np.float64)
    if limited:
        counts = np.bincount(_FULL_CODE, weights=counts, minlength=256)
    return counts.astype(np.uint32)


class FrameReducer:
    """Turns frames into rows, in order; holds the frame before, and nothing else."""

    def __init__(self) -> None:
        self._before: tuple[Frame, NDArray[np.uint8]] | None = None

    def __call__(self, frame: Frame) -> FrameRow:
        """Return the row of one whole frame."""
        before, grid_before = self._before or (None, None)
        if before is None or grid_before is None or before.size != frame.size:
            grid = _grid_of(frame)
            self._before = frame, grid
            return FrameRow(float("nan"), identical=False, grid=grid)
        if frame.payload is not None and frame.payload == before.payload:
            return FrameRow(0.0, identical=True, grid=grid_before)
        grid = _grid_of(frame)
        apart = cv2.norm(grid, grid_before, cv2.NORM_L1)
        identical = apart == 0.0 and frame.payload is None and _sparsely_equal(frame, before)
        self._before = frame, grid
        return FrameRow(apart / grid.size, identical=identical, grid=grid)


def _grid_of(frame: Frame) -> NDArray[np.uint8]:
    small = frame.small() if frame.small is not None else frame.luma()
    return luma_grid(small, limited=frame.limited)


def _sparsely_equal(frame: Frame, before: Frame) -> bool:
    return np.array_equal(frame.luma()[::_SPARSE_ROWS], before.luma()[::_SPARSE_ROWS])
