"""How much of the picture is dark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.repeat import expanded_from_repeat

DARK_CODES = 26
"""Codes 0…25 lie below 10 % of full range (25.5)."""


@dataclass(frozen=True, slots=True)
class DarkArea:
    """Share of dark samples, %; the expanded uncertainty is absent for a single picture."""

    percent: float
    uncertainty_percent: float | None
    n: int


def dark_area(histogram: NDArray[np.uint32]) -> DarkArea:
    """Measure what share of the picture's samples lies below 10 % luma.

    Parameters
    ----------
    histogram : (n, 256) uint32
        Luma histograms of n frames on the full range, n ≥ 1.

    Returns
    -------
    DarkArea
        Mean share over the frames, %, with its spread over them.

    Notes
    -----
    **Source**: luma codes of ITU-R BT.709-6, 4.6, on the full range; 10 % as in ffmpeg's
    ``blackdetect``.

    Examples
    --------
    >>> rows = np.zeros((2, 256), np.uint32)
    >>> rows[:, 25], rows[:, 26] = 30, 70
    >>> dark_area(rows).percent
    30.0
    """
    samples = histogram.sum(axis=1, dtype=np.float64)
    shares = 100.0 * histogram[:, :DARK_CODES].sum(axis=1, dtype=np.float64) / samples
    return DarkArea(float(shares.mean()), expanded_from_repeat(shares), len(shares))
