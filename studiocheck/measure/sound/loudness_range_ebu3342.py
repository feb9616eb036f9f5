"""Loudness range: how far a programme's loudness wanders."""

from __future__ import annotations

import numpy as np

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.level import Samples
from studiocheck.measure.sound.loudness_bs1770 import (
    ABSOLUTE_GATE_LUFS,
    KWeighted,
    k_weighted,
    to_lufs,
)

_WINDOW_S, _HOP_S = 3.0, 0.1
_RELATIVE_GATE_LU = -20.0


def loudness_range(samples: Samples, rate_hz: int) -> float:
    """Measure the loudness range.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    float
        LU, the 95th less the 10th percentile of the gated short-term loudness.

    Raises
    ------
    Unmeasurable
        If the take is shorter than 6 s or too quiet throughout.

    Notes
    -----
    **Source**: EBU Tech 3342. Its authors advise against it for programmes under a minute: of a
    ten-second take it informs, and no limit is set on it.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(40 * 8000) / 8000)
    >>> tone *= np.repeat([0.1, 10 ** (-30 / 20)], 20 * 8000)  # −20, then −30 dBFS: case 1
    >>> round(loudness_range(tone, 8000))
    10
    """
    return loudness_range_of(k_weighted(samples, rate_hz))


def loudness_range_of(weighted: KWeighted) -> float:
    """Measure as `loudness_range` does, in what was K-weighted before."""
    power = weighted.blocks(_WINDOW_S, _HOP_S)
    power = power if len(power) * _HOP_S > _WINDOW_S else power[:0]  # no two windows lie apart
    power = power[to_lufs(power) > ABSOLUTE_GATE_LUFS]
    if not len(power):
        raise Unmeasurable(
            Text("too short or too quiet for a loudness range", "录音太短或太轻，无法计算响度范围")
        )
    level = to_lufs(power[to_lufs(power) > to_lufs(power.mean()) + _RELATIVE_GATE_LU])
    low, high = np.percentile(level, [10, 95])
    return float(high - low)
