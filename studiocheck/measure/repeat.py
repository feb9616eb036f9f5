"""Uncertainty from repeated observations of one quantity."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Student's t for a two-sided 95.45 % interval, by degrees of freedom 1…10 (JCGM 100:2008, G.2)
_STUDENT = (13.97, 4.53, 3.31, 2.87, 2.65, 2.52, 2.43, 2.37, 2.32, 2.28)


def coverage_factor(degrees_of_freedom: int) -> float:
    """Return the factor that makes a standard error a 95.45 % interval.

    Parameters
    ----------
    degrees_of_freedom : int
        Observations less one, ≥ 1.

    Returns
    -------
    float
        Coverage factor, 2 for many observations.

    Notes
    -----
    **Source**: JCGM 100:2008 (GUM), table G.2; beyond it the first term of the Cornish–Fisher
    expansion of Student's t.

    Examples
    --------
    >>> coverage_factor(4), round(coverage_factor(50), 2)
    (2.87, 2.05)
    """
    if degrees_of_freedom <= len(_STUDENT):
        return _STUDENT[degrees_of_freedom - 1]
    return 2.0 + 2.5 / degrees_of_freedom


def expanded_from_repeat(values: Sequence[float] | NDArray[np.float64]) -> float | None:
    """Return the expanded uncertainty of the mean of independent observations.

    Parameters
    ----------
    values : (n,) float
        Observations of one quantity.

    Returns
    -------
    float or None
        Expanded uncertainty (k = 2, widened for few observations), same unit; ``None`` when a
        single observation tells nothing of its spread.

    Notes
    -----
    **Source**: JCGM 100:2008 (GUM), 4.2.3 and G.3 (type A).

    Examples
    --------
    >>> round(expanded_from_repeat([10.0, 11.0, 9.0, 10.0, 10.0]), 2)
    0.91
    """
    count = len(values)
    if count < 2:
        return None
    deviation = float(np.std(np.asarray(values, dtype=np.float64), ddof=1))
    return coverage_factor(count - 1) * deviation / math.sqrt(count)
