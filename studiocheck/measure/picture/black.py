"""Whether the picture is black."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DARK_CODES = 26
"""Codes 0…25 lie below 10 % of full range."""

HOLD_S = 0.5
"""A picture is black when it stays so for this long; a hand that passes the lens does not."""


def dark_share_percent(
    grid: NDArray[np.uint8], captured_s: NDArray[np.float64], hold_s: float = HOLD_S
) -> float:
    """Return the dark share of the picture in the darkest stretch of a clip.

    Parameters
    ----------
    grid : (n, rows, columns) uint8
        Luma averaged over blocks, on the full range, so that a sensor's noise does not count.
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
    >>> pictures = np.full((2, 4, 10), 10, np.uint8)
    >>> pictures[:, 0] = 200
    >>> dark_share_percent(pictures, np.array([0.0, 0.033]))
    75.0
    """
    share = 100.0 * (grid < DARK_CODES).mean(axis=(1, 2))
    last = np.searchsorted(captured_s, captured_s + hold_s - 1e-9)
    held = [share[i : j + 1].min() for i, j in enumerate(last) if j < len(share)]
    return float(max(held, default=share.min()))
