"""Pictures as linear light on a grid, through a camera's own tone curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2

FINE = (480, 270)
"""Width and height of the grid on which the light of lamps is kept, cells."""

COARSE = (160, 90)
"""Width and height of the grid on which a picture is taken apart, cells."""

CLIPPED_DN = 250
"""A channel at or above this may be clipped: the cell it lies in says nothing of light."""

MOST_CLIPPED = 0.02
"""Of a cell of the coarse grid that still counts as clear."""

LUMINANCE: NDArray[np.float64] = np.array([0.2126, 0.7152, 0.0722])
"""Of linear sRGB (IEC 61966-2-1:1999, 5.2)."""

_ENOUGH_PX = 960
"""Width to which larger pictures are averaged before they become light."""

_STEPS = 16
"""Table entries for each code of a mean picture, whose codes are not whole."""

Pictures = Sequence[NDArray[np.uint8]] | NDArray[np.uint16]
"""Frames of one light, (height, width, 3) uint8 BGR; or their mean, uint16 codes times 256."""


@dataclass(frozen=True, slots=True)
class LinearGrid:
    """Linear RGB light, 1 is full scale, (rows, columns, 3); and where nothing is clipped."""

    light: NDArray[np.float32]
    clear: NDArray[np.bool_]


def linear_grid(
    pictures: Pictures, linear: NDArray[np.floating], size: tuple[int, int] = COARSE
) -> LinearGrid:
    """Average pictures of one light in linear light over the cells of a grid.

    Parameters
    ----------
    pictures : Pictures
        On the full range.
    linear : (256,) float
        Linear light of each code.
    size : tuple of int
        Columns and rows of the grid.

    Returns
    -------
    LinearGrid
        Of that size.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2, with the camera's own curve in place of that of sRGB.

    Examples
    --------
    >>> from studiocheck.measure.light.srgb import linear_table
    >>> grey = np.full((180, 320, 3), 128, np.uint8)
    >>> grid = linear_grid([grey], linear_table())
    >>> grid.light.shape, round(float(grid.light[0, 0, 0]), 4), bool(grid.clear.all())
    ((90, 160, 3), 0.2159, True)
    """
    light = shrunk(pictures, linear.astype(np.float32), size)
    return LinearGrid(np.ascontiguousarray(light[..., ::-1]), clear_cells(pictures, size))


def shrunk(
    pictures: Pictures, table: NDArray[np.float32], size: tuple[int, int] = COARSE
) -> NDArray[np.float32]:
    """Return what a table makes of the codes of pictures, averaged over cells, BGR."""
    if isinstance(pictures, np.ndarray):
        fine = np.interp(
            np.arange(256 * _STEPS) / _STEPS, np.arange(256), table.astype(np.float64)
        ).astype(np.float32)
        codes = np.minimum(_thinned(pictures).astype(np.int32) + 128 // _STEPS, 65535)
        return _area(fine[codes // (256 // _STEPS)], size)
    total = np.zeros((size[1], size[0], 3), np.float32)
    for picture in pictures:
        total += _area(np.asarray(cv2.LUT(_thinned(picture), table), np.float32), size)
    return total / np.float32(len(pictures))


def _thinned(picture: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return a picture averaged down by a whole number to little less than 960 px of width.

    In codes, not light: over so few px the two differ at edges only, and there in every state of
    the lamps alike. It takes three quarters off the time.
    """
    times = picture.shape[1] // _ENOUGH_PX
    if times < 2:
        return picture
    size = picture.shape[1] // times, picture.shape[0] // times
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), picture.dtype)


def clear_cells(pictures: Pictures, size: tuple[int, int] = COARSE) -> NDArray[np.bool_]:
    """Return the cells of which at most 2 % is near clipping in any picture, (rows, columns)."""
    if isinstance(pictures, np.ndarray):
        return _clear(pictures, size, CLIPPED_DN << 8)
    return np.asarray(np.all([_clear(picture, size, CLIPPED_DN) for picture in pictures], axis=0))


def _clear(picture: NDArray[np.integer], size: tuple[int, int], bound: int) -> NDArray[np.bool_]:
    below = cv2.inRange(picture, (0, 0, 0), (bound - 1,) * 3)
    share = cv2.resize(below, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.asarray(share) > 255 * (1 - MOST_CLIPPED))


def _area(picture: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
