"""How long the picture stood still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

QUIETEST_SENSOR_DN = 0.03
"""Mean change on the 240 × 135 grid below which no sensor stays alive: noise of 0.2 DN at 1080p."""

_SHARE_OF_FLOOR = 0.25
_LARGEST_STILL_DN = 0.255
"""−60 dB of full scale, the default of ffmpeg's freezedetect: never call more than this still."""

_REFRESH_FRAMES, _STILL_AROUND = 3, 5
"""An encoder that refreshes a frozen picture changes it for at most so many frames, between at
least so many that stand."""

FROZEN_S = 0.5
"""A picture that stands this long is frozen, which is another fault than repeated frames."""

_SAME_TIME_S = 1e-6
"""Two sums of frame intervals that mean one time differ by less."""


@dataclass(frozen=True, slots=True)
class StillPicture:
    """The longest time one picture stood, s; ``uncertainty_s`` is one frame."""

    longest_s: float
    uncertainty_s: float
    still: NDArray[np.bool_]
    threshold_dn: float


def longest_still(
    captured_s: NDArray[np.float64],
    motion: NDArray[np.float32],
    identical: NDArray[np.bool_],
) -> StillPicture:
    """Measure the longest time without a new picture, beyond the usual interval.

    A frame is still when it equals the one before, or differs from it by less than a quarter of
    what the sensor's own noise makes in this clip. A network stream that shows a frozen picture
    refreshes it once in a while; such a blip does not end it. A gap in which no frame came counts
    as well: the viewer sees the same.

    Parameters
    ----------
    captured_s : (n,) float64
        Capture times, s, n ≥ 2.
    motion : (n,) float32
        Mean absolute change on the 240 × 135 grid, 8-bit DN, NaN for the first.
    identical : (n,) bool
        Whether a frame repeats the one before, sample for sample.

    Returns
    -------
    StillPicture
        Longest still picture, s, within one frame; 0 in a clip that always moves.

    Notes
    -----
    **Source**: ffmpeg ``freezedetect`` (mean absolute difference, −60 dB), with the threshold
    taken from the clip's noise floor, because a quiet live picture lies below −60 dB as well.

    Examples
    --------
    >>> times = np.arange(60) / 30
    >>> motion = np.full(60, 0.2, np.float32)
    >>> motion[31:] = 0.0
    >>> round(longest_still(times, motion, motion == 0).longest_s, 3)
    0.967
    """
    threshold = _threshold(motion, identical)
    still = identical | (np.nan_to_num(motion, nan=np.inf) < threshold)
    still[0] = False
    still = _bridged(still, motion)
    frame_s = float(np.median(np.diff(captured_s)))
    new = captured_s[~still]
    between = float(np.diff(new).max() - frame_s) if len(new) > 1 else 0.0
    at_end = float(captured_s[-1] - new[-1])
    return StillPicture(max(between, at_end, 0.0), frame_s, still, threshold)


def frozen_rows(
    captured_s: NDArray[np.float64], identical: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which frames repeat a picture that stands for half a second or longer.

    Parameters
    ----------
    captured_s : (n,) float64
        Capture times, s.
    identical : (n,) bool
        Whether a frame repeats the last one seen, sample for sample.
    seen : (n,) bool
        Whether it was looked at.

    Returns
    -------
    (n,) bool
        The repeats; not the picture itself.

    Notes
    -----
    **Source**: rule of thumb: half a second is where viewers see a freeze and no stutter.

    Examples
    --------
    >>> repeats = np.isin(np.arange(60), [5, *range(20, 40)])
    >>> int(frozen_rows(np.arange(60) / 30, repeats, np.ones(60, bool)).sum())
    20
    """
    frozen = np.zeros(len(captured_s), np.bool_)
    rows = np.flatnonzero(seen)
    again = np.concatenate([[False], identical[rows[1:]], [False]])
    edges = np.flatnonzero(np.diff(again.astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        # from the picture that is repeated to its last repeat
        if captured_s[rows[end]] - captured_s[rows[start]] >= FROZEN_S - _SAME_TIME_S:
            frozen[rows[start + 1 : end + 1]] = True
    return frozen


def _threshold(motion: NDArray[np.float32], identical: NDArray[np.bool_]) -> float:
    alive = motion[~identical & (np.nan_to_num(motion) > QUIETEST_SENSOR_DN)]
    if not len(alive):
        return QUIETEST_SENSOR_DN
    floor = float(np.percentile(alive, 25))
    return min(max(_SHARE_OF_FLOOR * floor, QUIETEST_SENSOR_DN), _LARGEST_STILL_DN)


def _bridged(still: NDArray[np.bool_], motion: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Call an encoder's refresh of a still picture still as well."""
    edges = np.flatnonzero(np.diff(still)) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(still)]])
    lengths = ends - starts
    bridged = still.copy()
    for i in range(1, len(starts) - 1):
        blip = slice(starts[i], ends[i])
        if (
            not still[starts[i]]
            and lengths[i] <= _REFRESH_FRAMES
            and min(lengths[i - 1], lengths[i + 1]) >= _STILL_AROUND
            and motion[blip].max() < _LARGEST_STILL_DN
        ):
            bridged[blip] = True
    return bridged
