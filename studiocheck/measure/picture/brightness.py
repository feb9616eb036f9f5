"""How bright the picture is: luma of a region, and percentiles of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.studio import Region
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat


@dataclass(frozen=True, slots=True)
class Luma:
    """A luma in % of full range; the expanded uncertainty is absent for a single picture."""

    percent: float
    uncertainty_percent: float | None
    n: int


_LUMA_OF_BGR = (0.114, 0.587, 0.299)
"""What blue, green and red add to luma (ITU-R BT.601-7, 2.5.1)."""


def region_luma(stills: Sequence[NDArray[np.uint8]], region: Region | None) -> Luma:
    """Measure the mean luma of a region, or of the whole picture.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    region : Region or None
        Shares of the picture; ``None`` takes all of it.

    Returns
    -------
    Luma
        Mean non-linear luma, % of full range, with its spread over the stills.

    Raises
    ------
    Unmeasurable
        If the region is too small.

    Notes
    -----
    **Source**: ITU-R BT.601-7, 2.5.1 (luma of R′G′B′).

    Examples
    --------
    >>> grey = np.full((40, 40, 3), 51, np.uint8)
    >>> region_luma([grey], None).percent
    20.0
    """
    regions = (still if region is None else cut_region(still, region) for still in stills)
    # luma is linear in the samples, so the luma of the mean is the mean of the luma
    values = [
        sum(share * float(part[..., i].mean()) for i, share in enumerate(_LUMA_OF_BGR)) / 2.55
        for part in regions
    ]
    return Luma(float(np.mean(values)), expanded_from_repeat(values), len(values))


def luma_percentiles(
    histogram: NDArray[np.uint32], percentiles: Sequence[float] = (5, 50, 95)
) -> list[float]:
    """Return luma percentiles over all samples of a clip.

    Parameters
    ----------
    histogram : (n, 256) uint32
        Luma histograms on the full range.
    percentiles : sequence of float
        Shares of the samples, %, 0…100.

    Returns
    -------
    list of float
        Luma, % of full range: the lowest code that at least this share lies at or below.

    Notes
    -----
    **Source**: inverse of the empirical distribution (R. Hyndman, Y. Fan, Am. Stat. 50 (1996)
    361, definition 1).

    Examples
    --------
    >>> rows = np.zeros((1, 256), np.uint32)
    >>> rows[0, [51, 102]] = 90, 10
    >>> luma_percentiles(rows)
    [20.0, 20.0, 40.0]
    """
    cumulative = np.cumsum(histogram.sum(axis=0, dtype=np.float64))
    wanted = np.asarray(percentiles) / 100 * cumulative[-1]
    codes = np.searchsorted(cumulative, wanted - 1e-6 * cumulative[-1])
    return [float(code) / 2.55 for code in codes]
