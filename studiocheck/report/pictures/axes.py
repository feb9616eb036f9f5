"""The frame that the plots of an uplink share: seconds across, a rate or a time up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.report.pictures.plot import nice
from studiocheck.report.pictures.svg import Drawing

LEFT, RIGHT, WIDTH = 40.0, 472.0, 480.0
_GRID_LINES = 5
_TICKS = 8
_PX_PER_POINT = 2.0
_TEXT_PX = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """One plot inside a drawing; what lies beyond an axis lies at its end.

    Parameters
    ----------
    drawing : Drawing
        What it is part of.
    top, bottom : float
        Where ``high`` and 0 lie.
    length_s : float
        What the axis across holds, s.
    high : float
        What the axis up holds.
    """

    drawing: Drawing
    top: float
    bottom: float
    length_s: float
    high: float

    def x(self, at_s: float) -> float:
        """Return the place of a time."""
        share = at_s / max(self.length_s, 1e-9)
        return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return self.bottom - min(max(value / self.high, 0.0), 1.0) * (self.bottom - self.top)

    def grid(self, unit: str) -> None:
        """Draw lines and numbers up, and the unit above them."""
        step = nice(self.high / _GRID_LINES)
        for number in range(int(self.high / step + 1e-6) + 1):
            y = self.y(number * step)
            self.drawing.line(LEFT, y, RIGHT, y, "grid" if number else "axis")
            value = number * step
            said = f"{value:g}" if self.high < 10_000 else f"{value / 1000:g}k"
            self.drawing.text(LEFT - 5, y + 5, said, anchor="end")
        self.drawing.text(3, self.top - 10, unit)

    def seconds(self) -> None:
        """Draw the scale of time below."""
        step_s = nice(self.length_s / _TICKS)
        for number in range(int(self.length_s / step_s + 1e-6) + 1):
            x = self.x(number * step_s)
            self.drawing.line(x, self.bottom, x, self.bottom + 4, "axis")
            if x < RIGHT - 24:
                self.drawing.text(x, self.bottom + 19, f"{number * step_s:g}", anchor="middle")
        self.drawing.text(RIGHT, self.bottom + 19, "s", anchor="end")

    def across(self, value: float, look: str, dash: str, said: str) -> None:
        """Draw a line at a value from side to side and say what it is."""
        y = self.y(value)
        self.drawing.line(LEFT, y, RIGHT, y, look, dash)
        if self.bottom - y > _TEXT_PX:
            self.drawing.text(RIGHT - 3, y - 4, said, anchor="end")

    def curve(self, t_s: NDArray[np.float64], values: NDArray[np.float64]) -> str:
        """Return the path along a curve; it breaks where nothing is known."""
        parts, pen = [], "M"
        for at_s, value in zip(*self._fewer(t_s, values), strict=True):
            if not np.isfinite(value):
                pen = "M"
                continue
            parts.append(f"{pen}{self.x(at_s):.1f} {self.y(value):.1f}")
            pen = "L"
        return "".join(parts)

    def area(self, t_s: NDArray[np.float64], values: NDArray[np.float64]) -> str:
        """Return the path around what lies under a curve that is known everywhere."""
        times, heights = self._fewer(t_s, values)
        points = [f"{self.x(s):.1f} {self.y(v):.1f}" for s, v in zip(times, heights, strict=True)]
        first, last = self.x(times[0]), self.x(times[-1])
        return f"M{first:.1f} {self.bottom:g}L{'L'.join(points)}L{last:.1f} {self.bottom:g}Z"

    def ending(self, at_s: float, said: str) -> None:
        """Mark where a course ended before its time."""
        x = self.x(at_s)
        self.drawing.stroke(f"M{x:.1f} {self.bottom:g}V{self.top:g}", "redline", 2)
        y = self.top + 12
        self.drawing.stroke(f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10", "redline", 2.5)
        if said:
            if x > (LEFT + RIGHT) / 2:
                self.drawing.text(x - 10, y + 5, said, anchor="end", look="red")
            else:
                self.drawing.text(x + 10, y + 5, said, look="red")

    def ticks(self, times_s: NDArray[np.float64], look: str) -> None:
        """Stand a short stroke on the axis at each time."""
        places = sorted({round(self.x(at_s)) for at_s in times_s.tolist()})
        if places:
            path = "".join(f"M{x} {self.bottom:g}v-7" for x in places)
            self.drawing.stroke(path, look, 1.5)

    def _fewer(
        self, t_s: NDArray[np.float64], values: NDArray[np.float64]
    ) -> tuple[list[float], list[float]]:
        """Return what can be told apart: of many points the lowest and highest of each stretch."""
        most = int((RIGHT - LEFT) / _PX_PER_POINT)
        if len(t_s) <= 2 * most:
            return t_s.tolist(), values.tolist()
        rows: list[np.intp] = []
        for part in np.array_split(np.arange(len(t_s)), most):
            known = part[np.isfinite(values[part])]
            if len(known):
                rows += sorted({known[values[known].argmin()], known[values[known].argmax()]})
            else:
                rows.append(part[0])
        return t_s[rows].tolist(), values[rows].tolist()


def short(value: float) -> str:
    """Write a number of ms or so, with a decimal where it is small.

    Examples
    --------
    >>> short(3.14), short(31.4)
    ('3.1', '31')
    """
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def nonzero_steps(t_s: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return when a cumulative count rose; nothing where it is unknown (−1).

    Examples
    --------
    >>> nonzero_steps(np.array([0.0, 0.1, 0.2]), np.array([0, 0, 3]))
    array([0.2])
    """
    if not len(counts) or counts[-1] < 0:
        return np.empty(0)
    return t_s[1:][np.diff(np.maximum(counts, 0)) > 0]


def last_moved_s(t_s: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """Return when a cumulative count last rose; 0 where it never did.

    Examples
    --------
    >>> last_moved_s(np.array([0.0, 0.5, 1.0]), np.array([0, 9, 9]))
    0.5
    """
    moved = np.flatnonzero(np.diff(counts) > 0)
    return float(t_s[moved[-1] + 1]) if len(moved) else 0.0
