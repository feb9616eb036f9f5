"""Whether the picture is black."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DARK_CODES = 26
"""Codes 0…25 lie below 10 % of full range."""

HOLD_S = 0.5
"""A picture is black when it stays so for this long; a hand that passes the lens does not."""


def dark_share_percent(
    histogram: NDArray[np.uint32], captured_s: NDArray[np.float64], hold_s: float = HOLD_S
) -> float:
    """Return the share of dark samples in the darkest stretch of a clip.

    Parameters
    ----------
    histogram : (n, 256) uint32
        Luma histograms on the full range.
    captured_s : (n,) float64
        Capture times, s.
    hold_s : float
        Length of the stretch, s; a shorter clip is taken whole.

    Returns
    -------
    float
        Share of luma below 10 %, %, that every frame of the stretch reaches.

    Notes
    -----
    **Source**: ffmpeg ``blackdetect`` (samples below 10 % of luma, picture black from 98 % of
    them); its 2 s are shortened to 0.5 s.

    Examples
    --------
    >>> rows = np.zeros((2, 256), np.uint32)
    >>> rows[:, 10], rows[:, 200] = 30, 10
    >>> dark_share_percent(rows, np.array([0.0, 0.033]))
    75.0
    """
    share = 100.0 * histogram[:, :DARK_CODES].sum(axis=1) / histogram.sum(axis=1)
    last = np.searchsorted(captured_s, captured_s + hold_s - 1e-9)
    held = [share[i : j + 1].min() for i, j in enumerate(last) if j < len(share)]
    return float(max(held, default=share.min()))
