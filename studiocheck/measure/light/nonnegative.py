"""Least squares of a few unknowns of which none can be below zero: light does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
    >>> nonnegative(np.eye(2), np.array([2.0, -1.0])).round(6).tolist()
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
