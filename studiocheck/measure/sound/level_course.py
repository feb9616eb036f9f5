"""Level over time: momentary loudness, and the true peak of every stretch of a take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.level import Samples, channels_of
from studiocheck.measure.sound.loudness_bs1770 import k_weighted, loudness_of, to_lufs
from studiocheck.measure.sound.true_peak_bs1770 import true_peak

MOMENTARY_S = 0.4
_HOP_S = 0.05
_REACH = 48  # samples on either side: more than the interpolator looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCourse:
    """How loud a take was, moment by moment.

    Parameters
    ----------
    peak_at_s : (n,) float64
        Middle of every stretch, s.
    peak_dbtp : (n,) float64
        True peak within it, dBTP; −inf for digital silence.
    momentary_at_s : (m,) float64
        Middle of every 400 ms, s.
    momentary_lufs : (m,) float64
        Loudness of it, LUFS; −inf for digital silence.
    integrated_lufs : float or None
        Of the whole take, gated, LUFS; absent where it has none.
    """

    peak_at_s: NDArray[np.float64]
    peak_dbtp: NDArray[np.float64]
    momentary_at_s: NDArray[np.float64]
    momentary_lufs: NDArray[np.float64]
    integrated_lufs: float | None


def level_course(samples: Samples, rate_hz: int, stretches: int) -> LevelCourse:
    """Measure momentary loudness and true peak over the time of a take.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1.
    rate_hz : int
        Sample rate, Hz.
    stretches : int
        Of how many stretches the peak is told; fewer where there are fewer samples.

    Returns
    -------
    LevelCourse
        dBTP, and LUFS every 50 ms.

    Notes
    -----
    **Source**: ITU-R BS.1770-4, Annex 1 (momentary: 400 ms, EBU Tech 3341) and Annex 2.

    Examples
    --------
    A sine of 997 Hz at −20 dBFS peak that begins after a second:

    >>> tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(96000) / 48000)
    >>> course = level_course(np.where(np.arange(96000) < 48000, 0.0, tone), 48000, 4)
    >>> course.peak_dbtp.round(1).tolist()
    [-inf, -inf, -20.0, -20.0]
    >>> round(float(course.momentary_lufs[-1]), 1)
    -23.0
    """
    channels = channels_of(samples)
    count = len(channels)
    edges = np.linspace(0, count, max(1, min(stretches, count)) + 1).round().astype(np.int64)
    magnitude = np.abs(channels).max(axis=1, initial=0.0)
    peaks = [
        _peak(channels, start, end, start + int(magnitude[start:end].argmax()), rate_hz)
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if end > start
    ]
    weighted = k_weighted(channels, rate_hz)
    power = weighted.blocks(MOMENTARY_S, _HOP_S)
    try:
        integrated_lufs = loudness_of(weighted).integrated_lufs
    except Unmeasurable:
        integrated_lufs = None
    return LevelCourse(
        peak_at_s=((edges[:-1] + edges[1:]) / 2 / rate_hz)[: len(peaks)],
        peak_dbtp=np.array(peaks, np.float64),
        momentary_at_s=np.asarray(np.arange(len(power)) * _HOP_S + MOMENTARY_S / 2, np.float64),
        momentary_lufs=to_lufs(power),
        integrated_lufs=integrated_lufs,
    )


def _peak(channels: NDArray[np.float64], start: int, end: int, largest: int, rate_hz: int) -> float:
    """Return the true peak of a stretch, and of what lies around its largest sample, dBTP."""
    first, last = min(start, max(0, largest - _REACH)), max(end, largest + _REACH)
    try:
        return true_peak(channels[first:last], rate_hz)
    except Unmeasurable:
        return float("-inf")
