"""The course of an upload as rates over time: what goodput and steadiness are both made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP_S = 0.05
WINDOW_S = 0.25
"""A rate is always that of a quarter of a second: long enough to hold several round trips of a
studio's line, short enough that an encoder's buffer would notice a dip of that length."""
_STARTED_SHARE = 0.85
_LEVEL_SHARE = 0.97


def rate_mbit_s(
    t_s: NDArray[np.float64], delivered_bytes: NDArray[np.int64], start_s: float, end_s: float
) -> float:
    """Return the mean rate between two times.

    Parameters
    ----------
    t_s : (n,) float64
        Sample times, s, ascending.
    delivered_bytes : (n,) int64
        Cumulative payload at these times, bytes.
    start_s, end_s : float
        The span, s.

    Returns
    -------
    float
        Mbit/s; bytes between two samples are taken as spread evenly.

    Examples
    --------
    >>> rate_mbit_s(np.array([0.0, 1.0]), np.array([0, 2_500_000]), 0.25, 0.75)
    20.0
    """
    first, last = np.interp([start_s, end_s], t_s, delivered_bytes)
    return float((last - first) * 8e-6 / (end_s - start_s))


def window_rates(
    t_s: NDArray[np.float64], delivered_bytes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rates of all windows of 250 ms, one every 50 ms.

    Parameters
    ----------
    t_s : (n,) float64
        Sample times, s, ascending; they need not be regular.
    delivered_bytes : (n,) int64
        Cumulative payload at these times, bytes.

    Returns
    -------
    starts_s : (m,) float64
        Where each window begins, s.
    rates_mbit_s : (m,) float64
        Mbit/s; empty when the course is shorter than one window.

    Examples
    --------
    >>> starts, rates = window_rates(np.array([0.0, 0.5]), np.array([0, 500_000]))
    >>> len(rates), float(rates[0])
    (6, 8.0)
    """
    steps = int((t_s[-1] - t_s[0]) / STEP_S + 1e-6) if len(t_s) else 0
    width = round(WINDOW_S / STEP_S)
    if steps < width:
        return np.empty(0), np.empty(0)
    grid = t_s[0] + STEP_S * np.arange(steps + 1)
    course = np.interp(grid, t_s, delivered_bytes.astype(np.float64))
    return grid[:-width], (course[width:] - course[:-width]) * 8e-6 / WINDOW_S


def startup_windows(rates_mbit_s: NDArray[np.float64]) -> int:
    """Return how many of the windows of a course belong to its start-up.

    Parameters
    ----------
    rates_mbit_s : (n,) float64
        As `window_rates` gives them.

    Returns
    -------
    int
        All before the first that reaches 85 % of the upper quartile, and those after it until one
        is level with it (97 %), a window's length at most.

    Notes
    -----
    **Source**: RFC 6349, 3.3: a TCP throughput test begins with the equilibrium phase.

    Examples
    --------
    >>> startup_windows(np.array([1.0, 5.0, 18.0, 20.0, 20.0, 20.0]))
    3
    """
    if not len(rates_mbit_s):
        return 0
    upper = np.percentile(rates_mbit_s, 75)
    first = int(np.argmax(rates_mbit_s >= _STARTED_SHARE * upper))
    # it may still be inside that window: go on to one that is level, or else to the next
    level = rates_mbit_s[first : first + round(WINDOW_S / STEP_S)] >= _LEVEL_SHARE * upper
    return first + (int(np.argmax(level)) if level.any() else len(level))
