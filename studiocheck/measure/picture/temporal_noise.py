"""How noisy the picture is: what changes from frame to frame where nothing moves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.picture import Burst
from studiocheck.core.text import Text
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.burst import TILE_PX
from studiocheck.measure.repeat import coverage_factor

DARKEST, BRIGHTEST = 20, 235
"""Mean luma of a tile in which noise is not cut off by black or white, 8-bit DN."""

_QUANTIZATION = 1 / 12
"""Variance that rounding to whole codes adds, DN² (EMVA 1288, release 4.0, 2.5)."""

_QUARTILE = 0.6745
"""Distance of a quartile from the median, standard deviations."""

_STILL_FACTOR, _STILL_DN = 2.0, 1.5
"""A tile stands still when it changes no more than twice the noise floor, or 1.5 DN above it."""

_DRAWN_SHARE, _DRAWN_FLOOR_DN = 0.2, 1.0
_LEAST_TILES = 12

_GRID_NOISE, _GRID_ROUNDING_DN = 0.3, 0.7
"""More than a cell of the 240 × 135 grid changes by noise, per DN of it, and by rounding."""

_RELATIVE, _ROUNDED_AWAY_DN = 0.01, 0.5
"""Standard uncertainty of the method; below half a code noise drowns in rounding."""


@dataclass(frozen=True, slots=True)
class TemporalNoise:
    """Noise of a single frame, standard deviation in 8-bit DN, with k = 2 uncertainty."""

    sigma_dn: float
    uncertainty_dn: float | None
    tiles: int
    pairs: int


def temporal_noise(burst: Burst, grid: NDArray[np.uint8] | None = None) -> TemporalNoise:
    """Measure the noise of luma from the differences of consecutive frames.

    The lower quartile over tiles, because whatever moves only adds to the difference. The noise
    of rounding to whole codes is taken off: it is not the camera's.

    Parameters
    ----------
    burst : Burst
        At least two consecutive frames.
    grid : (n, rows, columns) uint8, optional
        Luma of the same frames averaged over blocks: shows whether the whole picture moves.

    Returns
    -------
    TemporalNoise
        Standard deviation of one frame, 8-bit DN on the full range. The uncertainty joins the
        spread over the pairs of frames with the method's own; absent for one pair.

    Raises
    ------
    Unmeasurable
        If nearly everything is too dark or too bright to show its noise, or moves.

    Notes
    -----
    **Source**: EMVA 1288, release 4.0, 6.5 (temporal noise from two pictures).

    Examples
    --------
    >>> spread = np.full((7, 33, 60), 2.0 * 2**0.5, np.float32)
    >>> burst = Burst(index=0, n=8, mean=np.full((1080, 1920), 128, np.uint8), spread=spread)
    >>> round(temporal_noise(burst).sigma_dn, 2)
    1.98
    """
    luma = _tile_luma(burst)
    lit = (luma > DARKEST) & (luma < BRIGHTEST)
    if lit.sum() < _LEAST_TILES:
        raise Unmeasurable(
            Text(
                "the picture is too dark or too bright everywhere to show its noise",
                "画面整体过暗或过曝，看不出噪点",
            ),
            Text("set the exposure first, then check again", "先调好曝光，再检查一次"),
        )
    sigma, uncertainty = _over_pairs(np.square(burst.spread[:, lit].astype(np.float64)) / 2)
    if grid is not None and _moves(grid, sigma):
        raise Unmeasurable(
            Text("the whole picture moves", "整个画面都在动"),
            Text("fix the camera on its tripod, then check again", "固定好三脚架，再检查一次"),
        )
    return TemporalNoise(
        sigma_dn=sigma, uncertainty_dn=uncertainty, tiles=int(lit.sum()), pairs=len(burst.spread)
    )


def _over_pairs(variance: NDArray[np.float64]) -> tuple[float, float | None]:
    """Return noise and its uncertainty from the variance of each pair of frames in each tile."""
    pairs = len(variance)
    # differences of neighbouring pairs share a frame: their variances correlate by 1/4
    shared = (1 + 0.5 * (pairs - 1) / pairs) / pairs
    estimation = math.sqrt(shared / (2 * TILE_PX**2))
    sigma = _lower_quartile(np.sqrt(variance.mean(axis=0)), estimation)
    single = [_lower_quartile(np.sqrt(row), math.sqrt(0.5 / TILE_PX**2)) for row in variance]
    sigma = math.sqrt(max(sigma**2 - _QUANTIZATION, 0.0))
    if pairs < 2:
        return sigma, None
    repeat = coverage_factor(pairs - 1) * float(np.std(single, ddof=1) * math.sqrt(shared))
    rounding = _ROUNDED_AWAY_DN if sigma < _ROUNDED_AWAY_DN else 0.0
    return sigma, math.hypot(repeat, 2 * _RELATIVE * sigma, rounding)


def _moves(grid: NDArray[np.uint8], noise_dn: float) -> bool:
    """Return whether more than half of the picture changes by more than noise and rounding do."""
    if len(grid) < 2:
        return False
    change = np.diff(grid.astype(np.int16), axis=0)
    change -= np.median(change, axis=(1, 2), keepdims=True).astype(np.int16)
    usual = float(np.median(np.abs(change).mean(axis=0)))
    return usual > _GRID_NOISE * noise_dn + _GRID_ROUNDING_DN


@dataclass(frozen=True, slots=True)
class Stillness:
    """Where a picture stands still, in tiles of 32 px.

    Parameters
    ----------
    still : (rows, columns) bool
        Tiles that change no more than noise does.
    moving : (rows, columns) bool
        Tiles that change more. What is neither shows no noise where the rest of the picture has
        it: a clock or a logo that was drawn in.
    noise_dn : float
        Standard deviation of the noise of one frame, 8-bit DN.
    """

    still: NDArray[np.bool_]
    moving: NDArray[np.bool_]
    noise_dn: float


def stillness(burst: Burst) -> Stillness:
    """Tell tiles that stand still from those that move and those that were drawn in.

    Parameters
    ----------
    burst : Burst
        At least two consecutive frames with at least one whole tile.

    Returns
    -------
    Stillness
        Masks of tiles, and the noise in 8-bit DN.

    Notes
    -----
    **Source**: rule of thumb on `Burst.spread`.

    Examples
    --------
    >>> spread = np.full((1, 2, 2), 3.0, np.float32)
    >>> spread[0, 0] = 0.1, 40.0
    >>> found = stillness(Burst(index=0, n=2, mean=np.zeros((64, 64), np.uint8), spread=spread))
    >>> found.still.tolist(), found.moving.tolist()
    ([[False, False], [True, True]], [[False, True], [False, False]])
    """
    change = np.sqrt(np.square(burst.spread.astype(np.float64)).mean(axis=0))
    floor = float(np.percentile(change, 25))
    moving = change > max(_STILL_FACTOR * floor, floor + _STILL_DN)
    drawn = (change < _DRAWN_SHARE * floor) & (floor > _DRAWN_FLOOR_DN)
    return Stillness(~moving & ~drawn, moving, floor / math.sqrt(2))


def _tile_luma(burst: Burst) -> NDArray[np.float32]:
    rows, columns = burst.spread.shape[1:]
    if not rows or not columns:
        return np.empty((rows, columns), np.float32)
    part = burst.mean[: rows * TILE_PX, : columns * TILE_PX]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).reshape(rows, columns)


def _lower_quartile(sigma: NDArray[np.float64], estimation: float) -> float:
    """Return the lower quartile over tiles, without what chance alone spreads them apart.

    ``estimation`` is the relative standard deviation with which one tile's noise is known.
    """
    low, middle = np.percentile(sigma, [25, 50])
    chance, seen = estimation * middle, (middle - low) / _QUARTILE
    if seen <= chance:
        return float(middle)
    return float(middle - (middle - low) * math.sqrt(1 - (chance / seen) ** 2))
