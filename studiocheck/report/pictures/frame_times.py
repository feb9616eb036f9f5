"""Plot of the time from frame to frame, with lost, repeated, torn and unseen frames marked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.picture import ClipEvidence
from studiocheck.measure.picture.frame_clock import frame_clock
from studiocheck.report.pictures.svg import PAPER, Drawing

_SIZE = (480, 270)
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 472, 34, 244
_MOST_PERIODS = 12
_SHOWN_DOTS = 1500
"""Of more frames than this only the slowest of each stretch are drawn."""


@dataclass(frozen=True, slots=True)
class Times:
    """What there is to plot: a row for every frame, times in s from the first.

    ``interval_s`` is the time since the frame before, NaN for the first; ``lost`` how many frames
    are missing between them.
    """

    at_s: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    lost: NDArray[np.int64]
    repeated: NDArray[np.bool_]
    unseen: NDArray[np.bool_]
    lag_s: NDArray[np.float64]
    torn_s: NDArray[np.float64]
    period_s: float


def times_of(clip: ClipEvidence) -> Times:
    """Return what there is to plot of a clip of two frames or more.

    Frames are called lost only where the camera's own clock says so: the time at which frames
    arrive here jitters, and a clip whose rate changes has no one clock.
    """
    series = clip.series
    interval_s = np.diff(series.captured_s, prepend=np.nan)
    at_s = series.captured_s - series.captured_s[0]
    torn_s = clip.torn_s - series.captured_s[0]
    lost = np.zeros(len(series), np.int64)
    period_s = float(np.median(interval_s[1:]))
    try:
        clock = frame_clock(series.captured_s, series.sequence)
    except Unmeasurable:
        pass
    else:
        if clip.camera.clock != "arrival" and (clock.numbered or clock.steady):
            period_s = clock.period_s
            torn = np.histogram(torn_s, at_s)[0] if len(torn_s) else 0
            lost[1:] = np.maximum(np.diff(clock.slot) - 1 - torn, 0)
    return Times(
        at_s=at_s,
        interval_s=interval_s,
        lost=lost,
        repeated=series.identical & series.seen,
        unseen=~series.seen,
        lag_s=np.asarray(series.lag_s, np.float64),
        torn_s=torn_s,
        period_s=period_s,
    )


def frame_times(clip: ClipEvidence) -> bytes:
    """Plot the time from frame to frame over a clip.

    Parameters
    ----------
    clip : ClipEvidence
        Two frames or more.

    Returns
    -------
    bytes
        SVG: seconds across, milliseconds up. A stroke is a frame; ▼ frames were lost before this
        one, ◆ it repeats the one before, × a torn frame, ■ this computer was too slow to look at
        it. The grey area is how long frames waited in this computer, in ms. The head counts them.
    """
    times = times_of(clip)
    nominal_s = 1 / clip.camera.nominal_fps if clip.camera.nominal_fps else times.period_s
    plot = _Plot(times, nominal_s)
    plot.grid()
    plot.lag()
    plot.gaps()
    plot.frames()
    plot.head()
    return plot.drawing.done()


class _Plot:
    """The axes and what is drawn on them; layers come in the order in which they are called."""

    def __init__(self, times: Times, nominal_s: float) -> None:
        self._times, self._nominal_s = times, max(nominal_s, 1e-4)
        slowest = float(np.nanmax(times.interval_s)) / self._nominal_s
        self._periods = min(max(2.5, 1.15 * slowest), _MOST_PERIODS)
        self._length_s = max(float(times.at_s[-1]), 1e-3)
        self.drawing = Drawing(*_SIZE, PAPER)

    def _x(self, at_s: float) -> float:
        return _LEFT + min(max(at_s / self._length_s, 0.0), 1.0) * (_RIGHT - _LEFT)

    def _y(self, interval_s: float) -> float:
        share = interval_s / self._nominal_s / self._periods
        return _BOTTOM - min(max(share, 0.0), 1.0) * (_BOTTOM - _TOP)

    def grid(self) -> None:
        """Draw lines at whole frame intervals, the nominal one dashed, and a scale of seconds."""
        every = max(1, math.ceil(self._periods / 5))
        for number in (1, *range(every, int(self._periods) + 1, every)):
            y = self._y(number * self._nominal_s)
            nominal = number == 1
            self.drawing.line(_LEFT, y, _RIGHT, y, "axis" if nominal else "grid",
                              "6 4" if nominal else "")  # fmt: skip
            said = f"{1000 * number * self._nominal_s:.1f}".removesuffix(".0")
            self.drawing.text(_LEFT - 5, y + 5, said, anchor="end")
        self.drawing.text(_LEFT - 5, _TOP - 14, "ms", anchor="end")
        self.drawing.line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, "axis")
        step_s = _nice(self._length_s / 5)
        for number in range(int(self._length_s / step_s + 1e-6) + 1):
            x = self._x(number * step_s)
            self.drawing.line(x, _BOTTOM, x, _BOTTOM + 4, "axis")
            self.drawing.text(x, _BOTTOM + 19, f"{number * step_s:g}", anchor="middle")
        self.drawing.text(_RIGHT + 4, _BOTTOM - 5, "s", anchor="end")

    def lag(self) -> None:
        """Fill the time that frames waited in this computer."""
        rows = self._slowest(self._times.lag_s)
        outline = " ".join(
            f"{self._x(self._times.at_s[i]):.1f} {self._y(self._times.lag_s[i]):.1f}" for i in rows
        )
        self.drawing.fill(f"M{_LEFT} {_BOTTOM} L{outline} L{_RIGHT} {_BOTTOM} Z", "soft", 0.6)

    def gaps(self) -> None:
        """Mark where frames were lost, and where a torn one came."""
        times = self._times
        for i in np.flatnonzero(times.lost):
            left, right = self._x(times.at_s[i - 1]), self._x(times.at_s[i])
            box = f"M{left:.1f} {_TOP} H{right:.1f} V{_BOTTOM} H{left:.1f} Z"
            self.drawing.fill(box, "red", 0.3)
            middle = (left + right) / 2
            self.drawing.fill(f"M{middle - 5:.1f} {_TOP - 8} h10 l-5 8 Z", "red")
        for at_s in times.torn_s:
            x, y = self._x(float(at_s)), self._y(self._nominal_s * 1.5)
            cross = f"M{x - 4:.1f} {y - 4:.1f} l8 8 m0 -8 l-8 8"
            self.drawing.stroke(cross, "redline", 2)

    def frames(self) -> None:
        """Draw a stroke for every frame; special ones get a mark that prints without colour."""
        times = self._times
        path = "".join(
            f"M{self._x(times.at_s[i]):.1f} {self._y(times.interval_s[i]):.1f}h1"
            for i in self._slowest(times.interval_s)[1:]
        )
        self.drawing.stroke(path, "dots", 3)
        for marked, look in ((times.repeated, "amber"), (times.unseen, "soft")):
            marks = "".join(
                f"M{self._x(times.at_s[i]):.1f} {self._y(times.interval_s[i]) - 5:.1f}"
                + ("l4 5l-4 5l-4 -5Z" if look == "amber" else "m-3 2h6v6h-6Z")
                for i in np.flatnonzero(marked & np.isfinite(times.interval_s))
            )
            if marks:
                self.drawing.fill(marks, look)

    def head(self) -> None:
        """Count."""
        times = self._times
        counts = (
            ("▼", int(times.lost.sum()), "red"),
            ("◆", int(times.repeated.sum()), "amber"),
            ("×", len(times.torn_s), "red"),
            ("■", int(times.unseen.sum()), ""),
        )
        for place, (mark, count, look) in enumerate(counts):
            x = _RIGHT - 70 * (len(counts) - 1 - place)
            self.drawing.text(x, 16, f"{mark} {count}", anchor="end", look=look if count else "")

    def _slowest(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return all rows, or of very many the slowest of each stretch and the first."""
        if len(values) <= _SHOWN_DOTS:
            return np.arange(len(values))
        stretches = np.array_split(np.arange(1, len(values)), _SHOWN_DOTS)
        return np.array([0, *(rows[np.argmax(values[rows])] for rows in stretches)])


def _nice(rough: float) -> float:
    """Return the next larger of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)
