"""Takes the light of one picture apart into the lamps that made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.lamp_cells import PARTS, Cells, as_displayed, cells_of, usable_order
from studiocheck.measure.light.nonnegative import nonnegative

_TUKEY, _ROUNDS, _SETTLED = 4.0, 6, 0.01
_SEARCHES = ((_TUKEY,) * 8, (16.0, 12.0, 9.0, 7.0, 6.0, 5.0, 4.5, _TUKEY, _TUKEY))

_DARK = 0.004
_LEAST_SIGMA = 0.5
"""In units of the expected noise: below it, cells that fit perfectly would outvote the others."""

_LEAST_CELLS = 60
"""Fewer cells than this cannot be shared between lamps."""

Array = NDArray[np.float64]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Unmixed:
    """How much of each basis a picture holds, and how sure that is.

    Parameters
    ----------
    gains : (bases, 3)
        Linear RGB gain of every basis, 1 as calibrated.
    left_out : (parts, bases, 3)
        The gains without each of twelve parts of the picture in turn, for `jackknife`.
    by_part : (parts, bases, 3)
        How the gains would move if the light of one part were misread by all of itself: times a
        share, what a spatially coherent error of the model does.
    by_curve : (bases, 3)
        How the gains would move if the tone curve were wrong by a power: times its error.
    condition : float
        Condition number of the scaled normal matrix: bases that look alike make it large.
    sigma : float
        Robust spread of what is left over, in units of the expected noise.
    inliers : float
        Share of the usable cells that the bases explain.
    cells : int
        How many cells count at all: lit by something and clear.
    weights : (rows, columns)
        0 where a cell was left out (the presenter who moved), 1 where it counts in full.
    """

    gains: Array
    left_out: Array
    by_part: Array
    by_curve: Array
    condition: float
    sigma: float
    inliers: float
    cells: int
    weights: Plane


def jackknife(left_out: Array) -> Array:
    """Return the standard deviation of a statistic from its values without each part in turn.

    Parameters
    ----------
    left_out : (parts, …)
        The statistic, computed without each part.

    Notes
    -----
    **Source**: J. W. Tukey, Annals of Mathematical Statistics 29 (1958) 614.

    Examples
    --------
    >>> round(float(jackknife(np.array([2.5, 2.0, 1.5]))), 4)
    0.5774
    """
    parts = len(left_out)
    spread = left_out - left_out.mean(axis=0)
    return np.asarray(np.sqrt((parts - 1) / parts * (spread**2).sum(axis=0)))


def unmix(light: Plane, clear: NDArray[np.bool_], bases: Plane) -> Unmixed:
    """Find the non-negative mixture of lamps that makes a picture.

    A robust regression: cells that no mixture explains (a presenter who moved, another shirt)
    lose their weight. The colour channels are solved apart, so a lamp's drift in colour shows: near
    to what the sensor saw, where surfaces of all colours answer it more alike than in sRGB.

    Parameters
    ----------
    light : (rows, columns, 3) float
        Linear RGB light of the picture, 1 is full scale.
    clear : (rows, columns) bool
        Where nothing is clipped.
    bases : (bases, rows, columns, 3) float
        Linear light of each lamp alone less that of none, and of what shines with all lamps off.

    Returns
    -------
    Unmixed
        Gains with their spread, and how well the picture was explained.

    Notes
    -----
    **Source**: non-negative least squares (C. L. Lawson, R. J. Hanson, Solving Least Squares
    Problems, 1974, ch. 23), iteratively reweighted (A. E. Beaton, J. W. Tukey, Technometrics 16
    (1974) 147); spread: delete-one-block jackknife (M. H. Quenouille, Biometrika 43 (1956) 353).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> lamps = rng.uniform(0.05, 0.4, (2, 90, 160, 3)).astype(np.float32)
    >>> picture = 0.5 * lamps[0] + 1.2 * lamps[1]
    >>> picture[30:60, 60:90] = 0.3  # somebody in the way
    >>> unmix(picture, np.ones((90, 160), bool), lamps).gains.mean(axis=1).round(2).tolist()
    [0.5, 1.2]
    """
    count, rows, columns, _ = bases.shape
    usable = clear & (bases.max(axis=(0, 3)) > _DARK)
    order = usable_order(usable)
    if len(order) < _LEAST_CELLS:
        return _nothing(count, usable)
    cells = cells_of(light, bases, order)
    weights = _weights(cells.misfit(_first_gains(cells.sparse())))[0]
    gains, sigma, weights = _reweighted(cells, weights, [_TUKEY] * _ROUNDS)
    picture = np.zeros(rows * columns, np.float32)
    picture[order] = weights
    normal, right, bend = cells.by_part(weights, gains)
    whole = normal.sum(axis=0)
    return Unmixed(
        gains=np.maximum(as_displayed(gains), 0.0),
        left_out=as_displayed(_solved(whole - normal, right.sum(axis=0) - right)),
        by_part=as_displayed(_solved(whole[None], right)),
        by_curve=as_displayed(_solved(whole[None], bend.sum(axis=0)[None])[0]),
        condition=_condition(whole),
        sigma=sigma,
        inliers=float((weights > 0.3).mean()),
        cells=len(order),
        weights=picture.reshape(rows, columns),
    )


def _nothing(count: int, usable: NDArray[np.bool_]) -> Unmixed:
    parts = PARTS[0] * PARTS[1]
    none = np.zeros((parts, count, 3))
    return Unmixed(
        gains=none[0],
        left_out=none,
        by_part=none,
        by_curve=none[0],
        condition=np.inf,
        sigma=np.inf,
        inliers=0.0,
        cells=int(usable.sum()),
        weights=np.zeros(usable.shape, np.float32),
    )


def _first_gains(cells: Cells) -> Array:
    """Return the gains from which few cells differ, of two ways to look for them.

    What stands in the way may draw a robust fit to itself, so one search begins by believing
    everybody and grows strict slowly, and one is strict from the start.
    """
    everybody = np.ones(cells.seen.shape[1], np.float32)
    found = [_reweighted(cells, everybody, strictness) for strictness in _SEARCHES]
    scale = max(min(sigma for _, sigma, _ in found), _LEAST_SIGMA)
    agree = [float(_tukey(cells.misfit(gains), scale).sum()) for gains, _, _ in found]
    return found[int(np.argmax(agree))][0]


def _reweighted(
    cells: Cells, weights: Plane, strictness: Sequence[float]
) -> tuple[Array, float, Plane]:
    """Return gains, the spread of what is left, and the weights that they settle on."""
    gains, sigma = np.zeros((cells.bases.shape[1], 3)), 0.0
    for tukey in strictness:
        normal, right = cells.normal(weights)
        gains = np.array([nonnegative(n, r) for n, r in zip(normal, right, strict=True)]).T
        now, sigma = _weights(cells.misfit(gains), tukey)
        settled = float(np.abs(now - weights).max()) < _SETTLED
        weights = now
        if settled and tukey == strictness[-1]:
            break
    return gains, sigma, weights


def _weights(misfit: Plane, tukey: float = _TUKEY) -> tuple[Plane, float]:
    """Return Tukey's weights and the robust spread."""
    sigma = 1.4826 * float(np.median(misfit))
    return _tukey(misfit, max(sigma, _LEAST_SIGMA), tukey), sigma


def _tukey(misfit: Plane, sigma: float, tukey: float = _TUKEY) -> Plane:
    ratio = misfit / np.float32(tukey * sigma)
    return np.asarray(np.where(ratio < 1, (1 - ratio**2) ** 2, 0), np.float32)


def _solved(normal: Array, right: Array) -> Array:
    """Solve many normal equations, (…, 3, n, n) and (…, 3, n), to (…, n, 3)."""
    count = right.shape[-1]
    trace = np.trace(normal, axis1=-2, axis2=-1)[..., None, None]
    solved = np.linalg.solve(normal + (1e-9 * trace + 1e-30) * np.eye(count), right[..., None])
    return np.asarray(np.swapaxes(solved[..., 0], -1, -2))


def _condition(normal: Array) -> float:
    scale = np.sqrt(np.maximum(np.diagonal(normal, axis1=-2, axis2=-1), 1e-30))
    eigen = np.linalg.eigvalsh(normal / (scale[..., None] * scale[..., None, :]))
    return float(np.sqrt(eigen[:, -1] / np.maximum(eigen[:, 0], 1e-12)).max())
