"""Clicks in the recording of a sweep: milliseconds that no response of a room explains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.sound.sweep import Sweep

Wave = NDArray[np.float64]

_LONGEST_CLICK_MS = 20
_MOST_CLICKED = 0.02


def without_clicks(heard: Wave, explained: Wave, delay_s: float, sweep: Sweep) -> tuple[Wave, int]:
    """Replace milliseconds that the response cannot explain by what it says.

    Parameters
    ----------
    heard, explained : (n,) float64
        The recording, and the sweep through the response found in it.
    delay_s : float
        When the sweep arrives in the recording, s.
    sweep : Sweep
        What was played.

    Returns
    -------
    (n,) float64, int
        The recording put right, and how many milliseconds were touched. Where more than 2 % are
        struck the recording is broken otherwise, and is left as it is.

    Notes
    -----
    **Source**: residual of the linear model against its median over 250 ms; own thresholds.

    Examples
    --------
    >>> heard = np.zeros(48000 * 7)
    >>> heard[:] = 1e-3 * np.random.default_rng(1).standard_normal(len(heard))
    >>> heard[10000:10048] += 0.5
    >>> repaired, milliseconds = without_clicks(heard, np.zeros(len(heard)), 1.0, Sweep())
    >>> milliseconds <= 4, float(np.abs(repaired).max()) < 0.01
    (True, True)
    """
    rate_hz = sweep.rate_hz
    block = rate_hz // 1000
    count = len(heard) // block
    rest = (heard - explained)[: count * block].reshape(count, block)
    power = (rest * rest).mean(axis=1)
    long = 250
    local = np.median(np.pad(power, (0, -count % long), "edge").reshape(-1, long), axis=1).repeat(
        long
    )[:count]
    struck = power > 40.0 * local + 1e-3 * float((heard * heard).mean())
    struck = _short_runs(np.convolve(struck, np.ones(3), "same") > 0.5)
    for first_s, last_s in _edges_s(delay_s, sweep):
        struck[max(0, round(1000 * first_s)) : max(0, round(1000 * last_s))] = False
    if not struck.any() or struck.mean() > _MOST_CLICKED:
        return heard, 0
    repaired = heard.copy()
    samples = np.repeat(struck, block)
    repaired[: count * block][samples] = explained[: count * block][samples]
    return repaired, int(np.count_nonzero(struck))


def _edges_s(delay_s: float, sweep: Sweep) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return when the ends of the sweep's band are heard, which the response leaves out."""
    rises_s = delay_s + sweep.time_of(1.3 * sweep.low_hz) + 0.1
    falls_s = delay_s + sweep.time_of(0.92 * sweep.high_hz)
    return (delay_s - 0.02, rises_s), (falls_s, delay_s + sweep.seconds + 0.05)


def _short_runs(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep runs of at most 20: a click is short, an end of the sweep that is not explained long.

    Examples
    --------
    >>> flags = np.zeros(40, bool)
    >>> flags[[3, 4]], flags[10:35] = True, True
    >>> np.flatnonzero(_short_runs(flags)).tolist()
    [3, 4]
    """
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    kept = np.zeros(len(flags), np.bool_)
    for first, last in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        kept[first:last] = last - first <= _LONGEST_CLICK_MS
    return kept
