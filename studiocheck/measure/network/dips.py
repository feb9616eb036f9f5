"""Dips of a line in the course of a stream that was sent at its planned rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text

ENCODER_DROPS_S = 0.7
"""Age of its queue at which OBS begins to drop frames."""
_STARTUP_S = 2.0
_EXCESS_S, _LITTLE_S = 0.2, 0.02
_KEY_FRAME_S = 0.5
_WINDOW_S = 0.5


@dataclass(frozen=True, slots=True)
class Dip:
    """One time in which the line carried less than the stream needs.

    Parameters
    ----------
    began_s, length_s : float
        When, s since the first frame was due, and how long until the stream had caught up.
    depth : float
        Share of the planned rate that was missing in its worst half second, 0…1.
    backlog_s : float
        Age of the oldest frame that waited, s.
    """

    began_s: float
    length_s: float
    depth: float
    backlog_s: float


@dataclass(frozen=True, slots=True)
class Dips:
    """All dips of a course.

    Parameters
    ----------
    dips : tuple of Dip
        In the order of their time.
    backlog_s : float
        The highest backlog after the start, s.
    would_drop_s : float
        For how long an encoder would have dropped frames, s.
    watched_s : float
        How much of the course was looked at, s.
    """

    dips: tuple[Dip, ...]
    backlog_s: float
    would_drop_s: float
    watched_s: float


def dips(
    t_s: NDArray[np.float64],
    delivered_bytes: NDArray[np.int64],
    backlog_s: NDArray[np.float64],
    planned_mbit_s: float,
    keyframe_s: float = 2.0,
) -> Dips:
    """Find the times in which a stream fell behind its line's delivery.

    A key frame is many frames' worth of data at once, and waits for a moment on every line. So a
    dip is told by a backlog that stands 0.2 s above what is usual from one key frame to the next,
    where no more than 0.5 s is taken for usual.

    Parameters
    ----------
    t_s : (n,) float64
        Time since the first frame was due, s, rising.
    delivered_bytes : (n,) int64
        What the far end had by then, cumulative.
    backlog_s : (n,) float64
        Age of the oldest frame that it had not, s.
    planned_mbit_s : float
        The rate of the stream, Mbit/s.
    keyframe_s : float
        From one key frame to the next, s; two dips closer than this are one.

    Returns
    -------
    Dips
        Of the course from its third second on, when connections are up to speed.

    Raises
    ------
    Unmeasurable
        If there is not one whole interval of key frames after that.

    **Source**: the drop threshold is that of OBS Studio's ``rtmp-stream.c`` (700 ms).

    Examples
    --------
    >>> t = np.arange(0, 10, 0.1)
    >>> behind = np.interp(t, [5, 6, 7], [0, 0.5, 0])  # for a second the line has half
    >>> found = dips(t, np.rint(1e5 * np.clip(t - behind, 0, None)).astype(int), behind, 0.8)
    >>> [(round(d.began_s, 1), round(d.length_s, 1), round(d.depth, 2)) for d in found.dips]
    [(5.0, 2.0, 0.5)]
    """
    kept = t_s >= _STARTUP_S
    t, delivered, backlog = t_s[kept], delivered_bytes[kept], backlog_s[kept]
    if len(t) < 2 or t[-1] - t[0] < min(keyframe_s, _STARTUP_S):
        raise Unmeasurable(
            Text("the course is too short to tell dips", "时间太短，无法判断掉速"),
            Text("run `studiocheck check --thorough`", "请运行 `studiocheck check --thorough`"),
        )
    usual_s = _usual(t, backlog, keyframe_s)
    steps_s = np.diff(t, append=t[-1])
    return Dips(
        dips=tuple(
            _dip(t, delivered, backlog, usual_s, first, last, planned_mbit_s)
            for first, last in _episodes(t, backlog > usual_s + _EXCESS_S, keyframe_s)
        ),
        backlog_s=float(np.max(backlog)),
        would_drop_s=float(np.sum(steps_s[backlog > ENCODER_DROPS_S])),
        watched_s=float(t[-1] - t[0]),
    )


def _usual(t: NDArray[np.float64], backlog: NDArray[np.float64], keyframe_s: float) -> float:
    """Return how far a key frame usually sets the stream back, s."""
    group = ((t - t[0]) // keyframe_s).astype(int)
    highest = [np.max(backlog[group == place]) for place in np.unique(group)]
    # a quarter of a healthy course is enough to tell, and dips are rarely all over it
    return min(_KEY_FRAME_S, float(np.percentile(highest, 25, method="lower")))


def _episodes(
    t: NDArray[np.float64], behind: NDArray[np.bool_], apart_s: float
) -> list[tuple[int, int]]:
    """Return first and last sample of each time behind; those close together are one."""
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(behind):
        if found and t[place] - t[found[-1][1]] < apart_s:
            found[-1] = (found[-1][0], int(place))
        else:
            found.append((int(place), int(place)))
    return found


def _dip(
    t: NDArray[np.float64],
    delivered: NDArray[np.int64],
    backlog: NDArray[np.float64],
    usual_s: float,
    first: int,
    last: int,
    planned_mbit_s: float,
) -> Dip:
    well = np.flatnonzero(backlog <= usual_s + _LITTLE_S)
    began_s = t[max(well[well < first], default=0)]
    ended_s = t[min(well[well > last], default=len(t) - 1)]
    centres = t[(t >= began_s - _WINDOW_S / 2) & (t <= ended_s)]
    starts = np.clip(centres - _WINDOW_S / 2, t[0], max(t[0], t[-1] - _WINDOW_S))
    got = np.interp(starts + _WINDOW_S, t, delivered) - np.interp(starts, t, delivered)
    rate_mbit_s = float(np.min(got)) * 8e-6 / _WINDOW_S
    return Dip(
        began_s=float(began_s),
        length_s=float(ended_s - began_s),
        depth=float(np.clip(1 - rate_mbit_s / planned_mbit_s, 0, 1)),
        backlog_s=float(np.max(backlog[first : last + 1])),
    )
