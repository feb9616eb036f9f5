"""Pictures as linear light on a grid, through a camera's own tone curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2

FINE = (480, 270)
"""Width and height of the grid on which the light of lamps is kept, cells."""

COARSE = (160, 90)
"""Width and height of the grid on which a picture is taken apart, cells."""

CLIPPED_DN = 250
"""A channel at or above this may be clipped: the cell it lies in says nothing of light."""

CRUSHED_DN, LIT_DN = 1, 48
"""A channel at or below the one while another is above the other has lost what it had to say: the
colour lies outside of what the camera can show, as that of warm light on red cloth does."""

_LIMITED_BLACK, _LIMITED_WHITE = 16, 235
_AROUND = 3
"""Codes by which compression blurs the ends of a limited range that is read as a full one."""

_END_SHARE, _PILED, _BEYOND = 2e-3, 1.3, 0.05
"""Where a picture is clipped at a code, at least so many of all values lie around it, those next to
it are so many times as frequent as those before it, and so few for each of them lie beyond it."""

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
    """Return the cells of which at most 2 % is clipped in any picture, (rows, columns).

    At either end: near white in a channel, or without a channel while another one is lit.
    """
    return _in_all(pictures, size, _clear)


def unclipped_cells(pictures: Pictures, size: tuple[int, int] = COARSE) -> NDArray[np.bool_]:
    """Return the cells of which at most 2 % is near white in any picture, (rows, columns)."""
    return _in_all(pictures, size, _not_blown_out)


def _in_all(
    pictures: Pictures, size: tuple[int, int], of_one: Callable[..., NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    if isinstance(pictures, np.ndarray):
        return of_one(pictures, size, 256)
    return np.asarray(np.all([of_one(picture, size, 1) for picture in pictures], axis=0))


def _clear(picture: NDArray[np.integer], size: tuple[int, int], per_code: int) -> NDArray[np.bool_]:
    thin = _thinned(picture)
    black, white = _ends(thin, per_code)
    coloured = _mostly(_coloured(thin, black, per_code), size)
    return np.asarray(_mostly(_below(picture, white, per_code), size) & coloured)


def _not_blown_out(
    picture: NDArray[np.integer], size: tuple[int, int], per_code: int
) -> NDArray[np.bool_]:
    _, white = _ends(_thinned(picture), per_code)
    return _mostly(_below(picture, white, per_code), size)


def _below(picture: NDArray[np.integer], code: int, per_code: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.inRange(picture, (0, 0, 0), (code * per_code - 1,) * 3), np.uint8)


def _ends(picture: NDArray[np.integer], per_code: int) -> tuple[int, int]:
    """Return the code at or below which a channel is crushed, and at which it may be clipped.

    A camera of limited range that is read as one of full range clips at 16 and 235.
    """
    values = np.ascontiguousarray(picture).reshape(1, -1)
    counts = cv2.calcHist([values], [0], None, [256], [0, 256 * per_code]).ravel()
    share = np.asarray(counts, np.float64) / values.size
    dark = slice(_LIMITED_BLACK - 2 * _AROUND, _LIMITED_BLACK + _AROUND)
    at_black = share[dark].sum() > _END_SHARE
    at_black &= share[: dark.start].sum() < _BEYOND * share[dark].sum()
    light = slice(_LIMITED_WHITE - _AROUND, _LIMITED_WHITE + 2 * _AROUND)
    before = share[light.start - 3 * _AROUND : light.start].mean()
    at_white = share[light].sum() > _END_SHARE
    at_white &= share[_LIMITED_WHITE - 1 : _LIMITED_WHITE + 2].mean() > _PILED * before
    at_white &= share[light.stop :].sum() < _BEYOND * share[light].sum()
    return (
        _LIMITED_BLACK + CRUSHED_DN if at_black else CRUSHED_DN,
        light.start if at_white else CLIPPED_DN,
    )


def _coloured(picture: NDArray[np.integer], black: int, per_code: int) -> NDArray[np.uint8]:
    """Return 255 where every channel is there, or none is lit."""
    has_all = cv2.inRange(picture, ((black + 1) * per_code,) * 3, (256 * per_code - 1,) * 3)
    lit = (LIT_DN + black) * per_code
    is_dark = cv2.inRange(picture, (0, 0, 0), (lit,) * 3)
    return np.asarray(cv2.bitwise_or(has_all, is_dark), np.uint8)


def _mostly(mask: NDArray[Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    share = cv2.resize(np.asarray(mask), size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.asarray(share) > 255 * (1 - MOST_CLIPPED))


def _area(picture: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
