"""Plot of level over time, quiet and speech, with clips, holes and repeated buffers marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.measurement import Limit
from studiocheck.core.takes import TakeEvidence
from studiocheck.measure.sound.clipping import clipping
from studiocheck.measure.sound.gaps import zero_gaps
from studiocheck.measure.sound.level_course import LevelCourse, level_course
from studiocheck.measure.sound.repeated_buffers import repeated_buffers
from studiocheck.measure.sound.signal_state import SignalState, signal_state
from studiocheck.report.pictures.plot import BOTTOM, LEFT, RIGHT, Plot, apart, nice

_TOP, _MARKS, _BETWEEN = 56.0, 46.0, 14.0
_HIGH_DB, _LEAST_LOW_DB, _MOST_LOW_DB = 3.0, -60.0, -90.0
_NAMES = {"quiet": "quiet 安静", "speech": "speech 语音"}
_PX_PER_PEAK = 1.5


@dataclass(frozen=True, slots=True)
class _Part:
    """One take on its part of the axis of time."""

    take: TakeEvidence
    samples: NDArray[np.float32]
    course: LevelCourse
    left: float
    right: float

    def x(self, at_s: float) -> float:
        share = at_s / max(self.take.duration_s, 1e-9)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)


def level(takes: Sequence[TakeEvidence], limits: Mapping[str, Limit]) -> bytes:
    """Plot the level of some takes of one microphone over time, side by side.

    Parameters
    ----------
    takes : sequence of TakeEvidence
        The quiet take and the speech take, or one of them, in the order of the plot.
    limits : mapping
        Measurement → limit, of which ``loudness`` and ``true_peak`` are drawn where they are given.

    Returns
    -------
    bytes
        SVG: seconds across, decibels up. Line: momentary loudness, LUFS; grey: true peak, dBTP;
        band: what speech should read; red: peaks over their limit. ▼ the wave is cut off, □ a
        hole, ◆ a repeated buffer; the head counts them.
    """
    parts = _parts(takes)
    plot = Plot(_low_db(parts), _HIGH_DB, _TOP)
    plot.levels(10 if plot.low_db > -80 else 20, "dB")
    for part in parts:
        _peaks(plot, part, _inside(limits.get("true_peak"))[1])
    _target(plot, parts, *_inside(limits.get("loudness")))
    for part in parts:
        _loudness(plot, part)
    full = plot.y(0)
    plot.drawing.line(LEFT, full, RIGHT, full, "redline", "5 4")
    kinds = (
        ("▼", _clips, "red", "l4 -7h-8Z", full),
        ("□", _holes, "red", "m-4 0v-8h8v8h-8m2 -2h4v-4h-4Z", BOTTOM),
        ("◆", _repeats, "amber", "l4.5 -4.5l-4.5 -4.5l-4.5 4.5Z", BOTTOM),
    )
    for place, (sign, find, look, shape, down_to) in enumerate(kinds):
        found = [(part, find(part)) for part in parts]
        _marks(plot, found, look, shape, down_to)
        count = sum(len(at_s) for _, at_s in found)
        x = RIGHT - 78 * (len(kinds) - 1 - place)
        plot.drawing.text(x, 16, f"{sign} {count}", anchor="end", look=look if count else "")
    return plot.drawing.done()


def _parts(takes: Sequence[TakeEvidence]) -> list[_Part]:
    """Give every take its share of the axis."""
    width = RIGHT - LEFT - _BETWEEN * (len(takes) - 1)
    total_s = sum(take.duration_s for take in takes)
    parts, left = [], LEFT
    for take in takes:
        right = left + width * take.duration_s / total_s
        samples = np.nan_to_num(take.samples, posinf=1.0, neginf=-1.0)
        course = level_course(samples, take.rate_hz, round((right - left) / _PX_PER_PEAK))
        parts.append(_Part(take, samples, course, left, right))
        left = right + _BETWEEN
    return parts


def _low_db(parts: Sequence[_Part]) -> float:
    """Return where the axis ends: below the softest loudness, within reason."""
    levels = np.concatenate([part.course.momentary_lufs for part in parts])
    levels = levels[np.isfinite(levels)]
    softest = float(levels.min()) if len(levels) else _LEAST_LOW_DB
    return max(_MOST_LOW_DB, min(_LEAST_LOW_DB, 10 * math.floor(softest / 10 - 0.3)))


def _inside(limit: Limit | None) -> tuple[float, float]:
    """Return between which values a measurement passes without a word, ±inf where none is set."""
    limit = limit or Limit()
    low = limit.minimum if limit.warn_minimum is None else limit.warn_minimum
    high = limit.maximum if limit.warn_maximum is None else limit.warn_maximum
    return -math.inf if low is None else low, math.inf if high is None else high


def _target(plot: Plot, parts: Sequence[_Part], low_lufs: float, high_lufs: float) -> None:
    """Draw where speech should lie."""
    if math.isinf(low_lufs) and math.isinf(high_lufs):
        return
    bottom, top = plot.y(low_lufs), plot.y(high_lufs)
    for part in parts:
        if part.take.kind == "speech":
            box = f"M{part.left:.1f} {top:.1f}H{part.right:.1f}V{bottom:.1f}H{part.left:.1f}Z"
            plot.drawing.fill(box, "target", 0.75)


def _peaks(plot: Plot, part: _Part, most_dbtp: float) -> None:
    """Draw the peaks, and what of them is too high."""
    course, drawing = part.course, plot.drawing
    x = np.array([part.x(at_s) for at_s in course.peak_at_s])
    drawing.fill(plot.area(x, course.peak_dbtp), "soft", 0.75)
    limit = plot.y(most_dbtp)
    hot = "".join(
        f"M{place:.1f} {limit:.1f}V{plot.y(peak):.1f}"
        for place, peak in zip(x.tolist(), course.peak_dbtp.tolist(), strict=True)
        if peak > most_dbtp
    )
    if hot:
        drawing.stroke(hot, "redline", 2)


def _loudness(plot: Plot, part: _Part) -> None:
    """Draw the loudness, the axis of a take, and what it is called."""
    course, drawing = part.course, plot.drawing
    moments = np.array([part.x(at_s) for at_s in course.momentary_at_s])
    if line := plot.curve(moments, course.momentary_lufs):
        drawing.stroke(line, "voice", 2.5)
    step_s = nice(max(part.take.duration_s / max((part.right - part.left) / 45, 1), 1e-3))
    for number in range(int(part.take.duration_s / step_s + 0.05) + 1):
        plot.tick(part.x(number * step_s), f"{number * step_s:g}")
    drawing.line(part.left, _TOP, part.left, BOTTOM, "axis")
    drawing.text(part.left, 34, _NAMES[part.take.kind], look="name")
    if part.take.kind == "speech" and (said := _read(part)):
        drawing.text(part.right, 34, said, anchor="end")


def _read(part: _Part) -> str:
    """Return the two figures that `mic.level` judges, as far as there are any."""
    course = part.course
    peak = float(course.peak_dbtp.max(initial=-math.inf))
    said = [] if course.integrated_lufs is None else [f"{course.integrated_lufs:.1f} LUFS"]
    return " · ".join([*said, *([f"{peak:.1f} dBTP"] if math.isfinite(peak) else [])])


def _marks(
    plot: Plot,
    found: Sequence[tuple[_Part, tuple[float, ...]]],
    look: str,
    shape: str,
    down_to: float,
) -> None:
    """Draw signs over the places and a line down from them; places too close share one."""
    for part, at_s in found:
        places = [part.x(one) for one in at_s]
        lines = "".join(f"M{x:.1f} {_TOP:g}V{down_to:.1f}" for x in apart(places, 1.5))
        if lines:
            plot.drawing.stroke(lines, f"{look}line", 1.2, "3 3" if down_to == BOTTOM else "")
        signs = "".join(f"M{x:.1f} {_MARKS + 8:g}{shape}" for x in apart(places, 9))
        if signs:
            plot.drawing.fill(signs, look)


def _clips(part: _Part) -> tuple[float, ...]:
    """Return where speech is cut off; only it is judged."""
    if part.take.kind != "speech":
        return ()
    return _found(lambda: clipping(part.samples, part.take.rate_hz).at_s)


def _holes(part: _Part) -> tuple[float, ...]:
    if not _whole(part):
        return ()
    return _found(lambda: zero_gaps(part.samples, part.take.rate_hz).at_s)


def _repeats(part: _Part) -> tuple[float, ...]:
    if not _whole(part):
        return ()
    return _found(lambda: repeated_buffers(part.samples, part.take.rate_hz).at_s)


def _whole(part: _Part) -> bool:
    """Whether `mic.gaps` looks at a take: not at pauses put together, nor behind a closed gate."""
    if part.take.kind == "speech":
        return True
    return not part.take.joined and signal_state(part.samples) is SignalState.ALIVE


def _found(find: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
    try:
        return find()
    except Unmeasurable:
        return ()
