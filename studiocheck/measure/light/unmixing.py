"""Takes the light of one picture apart into the lamps that made it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_READ_NOISE, _SHOT_NOISE, _MODEL = 0.0012, 0.004, 0.03
"""Standard deviation of a cell: a floor, a root of the light, and a share of it (what the model
leaves out: inter-reflection, JPEG, small movements)."""

_TUKEY, _ROUNDS, _SETTLED = 4.0, 12, 1e-3
_BLOCKS = (3, 4)
_DARK = 0.004
_QUIETEST = 0.5

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unmixed:
    """How much of each basis a picture holds, and how sure that is.

    Parameters
    ----------
    gains : (bases, 3)
        Linear RGB gain of every basis, 1 as calibrated.
    left_out : (parts, bases, 3)
        The gains without each of twelve parts of the picture in turn, for `jackknife`.
    condition : float
        Condition number of the scaled normal matrix: bases that look alike make it large.
    sigma : float
        Robust spread of what is left over, in units of the expected noise.
    inliers : float
        Share of the usable cells that the bases explain.
    weights : (rows, columns)
        0 where a cell was left out (the presenter who moved), 1 where it counts in full.
    """

    gains: Array
    left_out: Array
    condition: float
    sigma: float
    inliers: float
    weights: Array


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


def unmix(light: Array, clear: NDArray[np.bool_], bases: Array) -> Unmixed:
    """Find the non-negative mixture of lamps that makes a picture.

    A robust regression: cells that no mixture explains (a presenter who moved, another shirt)
    lose their weight. The colour channels are solved apart, so a lamp's drift in colour shows.

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
    """
    count, rows, columns, _ = bases.shape
    usable = (clear & (bases.max(axis=(0, 3)) > _DARK)).ravel().astype(np.float64)
    flat = np.ascontiguousarray(np.moveaxis(bases.reshape(count, -1, 3), 2, 0))
    seen = light.reshape(-1, 3).T
    variance = _READ_NOISE**2 + _SHOT_NOISE**2 * seen + (_MODEL * seen) ** 2
    weights = usable.copy()
    active = usable > 0
    gains, sigma = np.ones((count, 3)), 1.0
    for _ in range(_ROUNDS):
        gains = _solve(flat, seen, weights / variance)
        left = (seen - np.einsum("clp,lc->cp", flat, gains)) / np.sqrt(variance)
        error = np.sqrt((left**2).mean(axis=0))
        sigma = max(1.4826 * float(np.median(error[active])), _QUIETEST) if active.any() else 1.0
        ratio = error / (_TUKEY * sigma)
        now = usable * np.where(ratio < 1, (1 - ratio**2) ** 2, 0.0)
        settled = float(np.abs(now - weights).max()) < _SETTLED
        weights = now
        if settled:
            break
    picture = weights.reshape(rows, columns)
    return Unmixed(
        gains=gains,
        left_out=_without_each_part(bases, light, weights / variance),
        condition=_condition(flat, weights / variance),
        sigma=sigma,
        inliers=float((weights > 0.3 * usable)[active].mean()) if active.any() else 0.0,
        weights=picture,
    )


def _solve(flat: Array, seen: Array, weight: Array) -> Array:
    gains = np.empty((flat.shape[1], 3))
    for channel in range(3):
        weighted = flat[channel] * weight[channel]
        gains[:, channel] = nonnegative(weighted @ flat[channel].T, weighted @ seen[channel])
    return gains


def nonnegative(normal: Array, right: Array) -> Array:
    """Solve a least-squares problem of a few unknowns, none below zero, from its normal equations.

    Parameters
    ----------
    normal : (n, n) float
        Symmetric, positive definite.
    right : (n,) float
        Right-hand side.

    Notes
    -----
    **Source**: C. L. Lawson, R. J. Hanson (1974), ch. 23, started from all unknowns free.

    Examples
    --------
    >>> nonnegative(np.eye(2), np.array([2.0, -1.0])).tolist()
    [2.0, 0.0]
    """
    n = len(right)
    ridge = normal + 1e-12 * np.trace(normal) * np.eye(n)
    free = np.ones(n, np.bool_)
    found = np.zeros(n)
    for _ in range(3 * n):
        found[:] = 0.0
        if free.any():
            found[free] = np.linalg.solve(ridge[np.ix_(free, free)], right[free])
        if (found < 0).any():
            free &= found > 0
            continue
        pull = right - ridge @ found
        pull[free] = -np.inf
        if pull.max(initial=-np.inf) <= 1e-9 * np.abs(right).max(initial=1e-300):
            break
        free[int(pull.argmax())] = True
    return np.maximum(found, 0.0)


def _without_each_part(bases: Array, light: Array, weight: Array) -> Array:
    count, rows, columns, _ = bases.shape
    weight = weight.reshape(3, rows, columns)
    edges_y = np.linspace(0, rows, _BLOCKS[0] + 1).astype(int)
    edges_x = np.linspace(0, columns, _BLOCKS[1] + 1).astype(int)
    blocks = [
        (slice(edges_y[i], edges_y[i + 1]), slice(edges_x[j], edges_x[j + 1]))
        for i in range(_BLOCKS[0])
        for j in range(_BLOCKS[1])
    ]
    normal = np.empty((len(blocks), 3, count, count))
    right = np.empty((len(blocks), 3, count))
    for k, (ys, xs) in enumerate(blocks):
        for channel in range(3):
            part = bases[:, ys, xs, channel].reshape(count, -1)
            weighted = part * weight[channel, ys, xs].ravel()
            normal[k, channel] = weighted @ part.T
            right[k, channel] = weighted @ light[ys, xs, channel].ravel()
    rest_n, rest_r = normal.sum(axis=0) - normal, right.sum(axis=0) - right
    trace = np.trace(normal.sum(axis=0), axis1=1, axis2=2)
    ridge = 1e-9 * trace[None, :, None, None] * np.eye(count)
    solved = np.linalg.solve(rest_n + ridge, rest_r[..., None])[..., 0]
    return np.asarray(np.moveaxis(solved, 1, 2))


def _condition(flat: Array, weight: Array) -> float:
    worst = 0.0
    for channel in range(3):
        normal = (flat[channel] * weight[channel]) @ flat[channel].T
        scale = np.sqrt(np.maximum(np.diag(normal), 1e-30))
        eigen = np.linalg.eigvalsh(normal / np.outer(scale, scale))
        worst = max(worst, float(np.sqrt(eigen[-1] / max(eigen[0], 1e-12))))
    return worst
