"""The frame that the plots of sound share: decibels up, something else across."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studiocheck.report.pictures.svg import SOUND, Drawing

LEFT, RIGHT, BOTTOM = 40.0, 472.0, 244.0
_SIZE = (480.0, 270.0)


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with an axis of decibels; ``top`` is where ``high_db`` lies."""

    low_db: float
    high_db: float
    top: float
    drawing: Drawing = field(default_factory=lambda: Drawing(*_SIZE, SOUND))

    def y(self, level_db: float) -> float:
        """Return the height of a level; what lies beyond the axis lies at its end."""
        share = (self.high_db - level_db) / (self.high_db - self.low_db)
        return self.top + min(max(share, 0.0), 1.0) * (BOTTOM - self.top)

    def levels(self, step_db: int, unit: str) -> None:
        """Draw a line and a number at every so many decibels."""
        first = math.ceil(self.low_db / step_db) * step_db
        for level_db in range(first, math.floor(self.high_db) + 1, step_db):
            y = self.y(level_db)
            self.drawing.line(LEFT, y, RIGHT, y, "grid")
            self.drawing.text(LEFT - 5, y + 5, f"{level_db}", anchor="end")
        self.drawing.text(3, 16, unit)
        self.drawing.line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")

    def tick(self, x: float, said: str) -> None:
        """Mark a place on the axis across and name it."""
        self.drawing.line(x, BOTTOM, x, BOTTOM + 4, "axis")
        at_end = x > RIGHT - 8
        self.drawing.text(x + 6 * at_end, BOTTOM + 19, said, anchor="end" if at_end else "middle")

    def curve(self, x: NDArray[np.float64], level_db: NDArray[np.float64]) -> str:
        """Return the path along a curve; it stops where there is no level."""
        parts, pen = [], "M"
        for place, level in zip(x.tolist(), level_db.tolist(), strict=True):
            if level < self.low_db:
                pen = "M"
                continue
            parts.append(f"{pen}{place:.1f} {self.y(level):.1f}")
            pen = "L"
        return "".join(parts)

    def area(
        self,
        x: NDArray[np.float64],
        level_db: NDArray[np.float64],
        down_to_db: NDArray[np.float64] | None = None,
    ) -> str:
        """Return the path around what lies under a curve, as far as another or the bottom."""
        above = [f"{p:.1f} {self.y(v):.1f}" for p, v in zip(x, level_db, strict=True)]
        if down_to_db is None:
            below = [f"{x[-1]:.1f} {BOTTOM:g}", f"{x[0]:.1f} {BOTTOM:g}"]
        else:
            back = zip(x[::-1], down_to_db[::-1], strict=True)
            below = [f"{p:.1f} {self.y(v):.1f}" for p, v in back]
        return f"M{' L'.join([*above, *below])} Z"


def nice(rough: float) -> float:
    """Return the next larger of 1, 2 and 5 times a power of ten.

    Examples
    --------
    >>> nice(1.7), nice(0.3)
    (2.0, 0.5)
    """
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def apart(places: Iterable[float], least: float) -> list[float]:
    """Return places of which none is closer to the one before than ``least``.

    Examples
    --------
    >>> apart([1.0, 2.0, 9.0, 9.5], 3.0)
    [1.0, 9.0]
    """
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] >= least:
            kept.append(place)
    return kept
