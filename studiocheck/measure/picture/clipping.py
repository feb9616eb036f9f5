"""How much of the picture is clipped at white, channel by channel, and at black."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2
from studiocheck.measure.repeat import expanded_from_repeat

WHITE_CODE, BLACK_CODE = 254, 1
"""Samples at least, at most so bright are clipped: what lay beyond cannot be told any more."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the samples, %; the expanded uncertainty is absent for a single picture."""

    percent: float
    uncertainty_percent: float | None
    n: int

    @classmethod
    def of(cls, shares_percent: Sequence[float]) -> Share:
        """Return the mean of the shares that several pictures of one clip have."""
        mean = float(np.mean(shares_percent))
        return cls(mean, expanded_from_repeat(shares_percent), len(shares_percent))


@dataclass(frozen=True, slots=True)
class Clipped:
    """Shares of the picture: clipped at white in each channel, and black in all of them."""

    red: Share
    green: Share
    blue: Share
    black: Share

    @property
    def white(self) -> Share:
        """The channel with the most."""
        return max((self.red, self.green, self.blue), key=lambda share: share.percent)


def clipped_shares(stills: Sequence[NDArray[np.uint8]]) -> Clipped:
    """Measure what share of the samples is clipped.

    Every sample counts as it is: an average over neighbours or frames would hide single clipped
    ones. Material of limited range is judged after its conversion to full range, where everything
    from 235 up is 255: what a camera puts above white no viewer of a stream will ever see.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.

    Returns
    -------
    Clipped
        Shares in %, each with its spread over the stills.

    Notes
    -----
    **Source**: EBU R 103 v3.0 (samples of R′G′B′ outside the range, as a share of the picture's
    area), with 8-bit full-range codes ≥ 254 and ≤ 1 as the ends of the range.

    Examples
    --------
    >>> picture = np.full((10, 10, 3), 128, np.uint8)
    >>> picture[0, :5, 2] = 255
    >>> found = clipped_shares([picture])
    >>> found.red.percent, found.blue.percent, found.white == found.red
    (5.0, 0.0, True)
    """
    blue, green, red = (
        Share.of([_white_percent(still, channel) for still in stills]) for channel in range(3)
    )
    black = Share.of([_black_percent(still) for still in stills])
    return Clipped(red=red, green=green, blue=blue, black=black)


def clipped_luma(histogram: NDArray[np.uint32]) -> tuple[Share, Share]:
    """Measure clipping on luma alone, where no full picture was kept.

    Luma is clipped only where all channels are, so this is the least that is clipped.

    Parameters
    ----------
    histogram : (n, 256) uint32
        Luma histograms on the full range.

    Returns
    -------
    tuple of Share
        At white and at black, %.

    Notes
    -----
    **Source**: as `clipped_shares`.

    Examples
    --------
    >>> rows = np.zeros((1, 256), np.uint32)
    >>> rows[0, [0, 128, 255]] = 10, 88, 2
    >>> white, black = clipped_luma(rows)
    >>> white.percent, black.percent
    (2.0, 10.0)
    """
    percent = 100.0 * histogram / histogram.sum(axis=1, keepdims=True, dtype=np.float64)
    white = percent[:, WHITE_CODE:].sum(axis=1)
    black = percent[:, : BLACK_CODE + 1].sum(axis=1)
    return Share.of(white), Share.of(black)


def _white_percent(still: NDArray[np.uint8], channel: int) -> float:
    counts = cv2.calcHist([still], [channel], None, [256], [0, 256]).ravel()
    # counts are float32 and exact below 2^24; a larger picture sums in float64
    return float(100.0 * counts[WHITE_CODE:].sum(dtype=np.float64) / counts.sum(dtype=np.float64))


def _black_percent(still: NDArray[np.uint8]) -> float:
    black = cv2.inRange(still, (0.0, 0.0, 0.0), (BLACK_CODE,) * 3)
    return 100.0 * cv2.countNonZero(black) / black.size
