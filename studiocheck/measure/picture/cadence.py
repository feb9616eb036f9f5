"""Frames lost and repeated, and how evenly they come."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.picture import Clock, FrameSeries
from studiocheck.measure.picture.frame_clock import FrameClock, frame_clock
from studiocheck.measure.picture.freeze import frozen_rows

_QUEUE = 4
"""Buffers that a driver fills, at least, before it drops frames because nobody takes them."""

_ONE_FRAME_OPEN = 1 / 8
"""From jitter of this share of an interval on, the first or last slot may be one off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """What became of every tick of the camera's clock between the first frame and the last.

    Parameters
    ----------
    ticks : int
        Frames that there should have been.
    came : int
        Frames that came whole.
    lost : int or None
        Frames that did not come, or came torn. None where the times cannot tell.
    torn : int
        How many of the lost ones came torn.
    open_frames : int
        Expanded uncertainty of ``lost``, frames: 0 where the driver numbers its frames.
    untaken : int
        Frames that the driver had to drop because this computer did not take the ones before.
    repeated : int or None
        Frames that repeat the one before and are not part of a frozen picture. None where the
        picture stood for most of the clip.
    frozen : int
        Frames of pictures that stood for half a second or longer.
    unseen : int
        Frames that came and that nobody looked at.
    repeated_spread : float
        Expanded uncertainty of ``repeated``, frames, from the unseen ones.
    jitter_p99_s : float
        99th percentile of how far capture times are from an even clock, s.
    longest_gap_s : float
        Longest time between two frames, s.
    """

    ticks: int
    came: int
    lost: int | None
    torn: int
    open_frames: int
    untaken: int
    repeated: int | None
    frozen: int
    unseen: int
    repeated_spread: float
    jitter_p99_s: float
    longest_gap_s: float

    def percent(self, frames: float) -> float:
        """Return a count of frames as a share of all that there should have been, %."""
        return 100 * frames / self.ticks


def cadence(series: FrameSeries, torn_s: NDArray[np.float64], clock: Clock) -> Cadence:
    """Count the frames of a clip that were lost and repeated, and measure how evenly they came.

    A frame is lost when the camera's clock ticked for it and no whole picture came: by the
    driver's numbers, otherwise by time. Where only arrival was timed, nothing can be said of loss.
    Frames that the driver dropped because four or more lay untaken before them are this computer's
    doing and are not counted as lost. A frame that came and was not looked at did come.

    Parameters
    ----------
    series : FrameSeries
        Rows of the clip, in order.
    torn_s : (k,) float64
        Capture times of frames without a whole picture, s.
    clock : str
        Whose clock the capture times are.

    Returns
    -------
    Cadence
        Counts over this clip, exact where ``open_frames`` is 0; jitter and gap in s.

    Raises
    ------
    Unmeasurable
        If fewer than four frames came, or all bear one time.

    Notes
    -----
    **Source**: V4L2 ``v4l2_buffer.sequence`` (a gap is a lost frame); without it
    `studiocheck.measure.picture.frame_clock`. What is stated is what was counted in this clip, not
    a forecast: its uncertainty is that of the count.

    Examples
    --------
    >>> kept = np.delete(np.arange(100), [20, 60, 61])
    >>> none = np.zeros(97, bool)
    >>> rows = FrameSeries(
    ...     captured_s=kept / 30, arrived_s=kept / 30, lag_s=np.zeros(97, np.float32), seen=~none,
    ...     sequence=kept, motion=np.ones(97, np.float32), identical=none,
    ...     grid=np.empty((0, 135, 240), np.uint8))
    >>> found = cadence(rows, np.empty(0), "device")
    >>> found.lost, found.percent(found.lost), round(1000 * found.longest_gap_s)
    (3, 3.0, 100)
    """
    found = frame_clock(series.captured_s, series.sequence)
    known = clock != "arrival" and found.steady
    gone, outside = _lost(series.captured_s, found.slot, torn_s)
    untaken = _untaken(series, found, gone) if clock == "device" else 0
    lost = int(gone.sum()) + outside - untaken
    frozen = frozen_rows(series.captured_s, series.identical, series.seen)
    moving = series.seen & ~frozen
    repeats = int((series.identical & moving).sum())
    standing = int(frozen.sum()) > len(series) / 2
    unseen = int((~series.seen).sum())
    share = _extrapolated(repeats, int(moving.sum()), unseen)
    return Cadence(
        ticks=len(series) + (lost if known else 0),
        came=len(series),
        lost=lost if known else None,
        torn=min(len(torn_s), lost),
        open_frames=int(not found.numbered and found.rms_s > _ONE_FRAME_OPEN * found.period_s),
        untaken=untaken,
        repeated=None if standing else round(repeats + share[0]),
        frozen=int(frozen.sum()),
        unseen=unseen,
        repeated_spread=share[1],
        jitter_p99_s=_jitter(series.captured_s, found, known=known),
        longest_gap_s=float(np.diff(series.captured_s).max()),
    )


def _lost(
    captured_s: NDArray[np.float64], slot: NDArray[np.int64], torn_s: NDArray[np.float64]
) -> tuple[NDArray[np.int64], int]:
    """Return the frames lost in each interval, (n − 1,), and the torn ones before and after."""
    place = np.searchsorted(captured_s, torn_s)
    inside = (place > 0) & (place < len(captured_s))
    torn = np.bincount(place[inside] - 1, minlength=len(captured_s) - 1)
    # a torn frame has a number and leaves a gap, or the driver did not count it
    return np.maximum(np.diff(slot) - 1, torn), int((~inside).sum())


def _untaken(series: FrameSeries, clock: FrameClock, gone: NDArray[np.int64]) -> int:
    """Count lost frames that were due while the driver's whole queue waited for this computer."""
    late_s = series.arrived_s - series.captured_s
    taken_s = series.captured_s + late_s - late_s.min()
    count = 0
    for i in np.flatnonzero(gone):
        if i < _QUEUE - 1:
            continue
        due_s = series.captured_s[i] + clock.period_s * np.arange(1, gone[i] + 1)
        count += int((due_s < taken_s[i - _QUEUE + 1]).sum())
    return count


def _extrapolated(repeats: int, looked: int, unseen: int) -> tuple[float, float]:
    """Return the repeats to expect among unseen frames, with expanded uncertainty."""
    if not unseen or not looked:
        return 0.0, float(unseen)
    likely = (repeats + 1) / (looked + 2)
    spread = math.sqrt(unseen * likely * (1 - likely) * (1 + unseen / looked))
    return unseen * repeats / looked, min(2 * spread, float(unseen))


def _jitter(captured_s: NDArray[np.float64], clock: FrameClock, *, known: bool) -> float:
    late_s = clock.residual_s
    if not known:
        # no frame is known to be missing, so each is held against its place in the row
        place = np.arange(len(captured_s), dtype=np.float64)
        late_s = captured_s - np.polyval(np.polyfit(place, captured_s, 1), place)
    return float(np.percentile(np.abs(late_s), 99))
