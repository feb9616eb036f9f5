"""The uncertainty of a rate by its own scatter over time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.network.course import STEP_S, WINDOW_S

_MEDIAN_OVER_MEAN = 1.15
"""How much more a median of windows scatters than their mean, from the middle between windows
that share bytes (1.0) and independent normal ones (1.25)."""
_LEAST_BATCHES = 4
_WIDTH = round(WINDOW_S / STEP_S)


def windows_apart(rates_mbit_s: NDArray[np.float64]) -> int:
    """Return how many windows of a row of them do not overlap.

    Examples
    --------
    >>> windows_apart(np.ones(5)), windows_apart(np.ones(6)), windows_apart(np.empty(0))
    (1, 2, 0)
    """
    return (len(rates_mbit_s) - 1) // _WIDTH + 1 if len(rates_mbit_s) else 0


def median_uncertainty(rates_mbit_s: NDArray[np.float64]) -> float:
    """Return the expanded uncertainty of the median of window rates.

    Parameters
    ----------
    rates_mbit_s : (n,) float64
        Of windows of 250 ms, one every 50 ms; six at least, so that two do not overlap.

    Returns
    -------
    float
        Mbit/s, k = 2: from the scatter of batches of 250 ms and, where there are four of them, of
        500 ms, whichever is larger, with the factor for so few.

    Notes
    -----
    On white noise and on bursts the interval covers the truth in 93 to 98 of 100 courses of two
    to four seconds, on noise that hangs together over 150 ms in 90 to 95.

    **Source**: batch means: A. M. Law and J. S. Carson, Oper. Res. 27 (1979) 1011; coverage factor
    for few degrees of freedom: GUM (JCGM 100:2008), G.3 and table G.2.

    Examples
    --------
    >>> median_uncertainty(np.full(30, 20.0))
    0.0
    """
    windows = windows_apart(rates_mbit_s)
    found = _of_batches(rates_mbit_s, windows)
    if windows >= 2 * _LEAST_BATCHES:
        double = (rates_mbit_s[:-_WIDTH] + rates_mbit_s[_WIDTH:]) / 2
        found = max(found, _of_batches(double, windows / 2))
    return _MEDIAN_OVER_MEAN * found


def drift(rates_mbit_s: NDArray[np.float64]) -> float:
    """Return how far the rate drifted within a course, Mbit/s.

    Parameters
    ----------
    rates_mbit_s : (n,) float64
        Of windows of 250 ms, one every 50 ms; three at least.

    Returns
    -------
    float
        Mbit/s: the difference of the highest and the lowest mean of its three thirds. Scatter
        within batches does not see what is slower than they are long; that a line which drifted so
        far in this course may be as far off in the next is the least that can be said. What is
        slower than the whole course nobody can see in it.

    Examples
    --------
    >>> drift(np.array([18.0, 18.0, 20.0, 20.0, 19.0, 19.0]))
    2.0
    """
    means = [float(third.mean()) for third in np.array_split(rates_mbit_s, 3)]
    return max(means) - min(means)


def coverage_factor(batches: float) -> float:
    """Return Student's t for 95.45 % (2 for many), and mend the scatter's bias for few.

    Examples
    --------
    >>> round(coverage_factor(11), 2), round(coverage_factor(1e6), 2)
    (2.39, 2.0)
    """
    freedom = batches - 1
    student = 2 + 2.5 / freedom + 3.06 / freedom**2  # Cornish-Fisher, 1 % from 5 degrees on
    return student * math.sqrt(batches / freedom)


def _of_batches(rates: NDArray[np.float64], batches: float) -> float:
    return coverage_factor(batches) * float(rates.std(ddof=1)) / math.sqrt(batches)
