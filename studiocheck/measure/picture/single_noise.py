"""Noise of a single picture, where no second one tells it from detail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2


def noise_of_one(luma: NDArray[np.uint8]) -> float:
    """Estimate the noise of a single picture; fine texture makes it too high.

    Parameters
    ----------
    luma : (height, width) uint8
        Luma on the full range.

    Returns
    -------
    float
        Standard deviation, 8-bit DN.

    Notes
    -----
    **Source**: J. Immerkær, Fast noise variance estimation, CVIU 64 (1996) 300, with the median
    in place of the mean.

    Examples
    --------
    >>> noise_of_one(np.zeros((64, 64), np.uint8))
    0.0
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    detail = np.abs(cv2.filter2D(luma, cv2.CV_16S, mask))
    return float(np.median(detail[1:-1:2, 1:-1:2])) / (0.6745 * 6)
