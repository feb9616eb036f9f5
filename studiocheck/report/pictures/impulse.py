"""Plot of what follows a sound in a room: energy over time, its decay, and discrete echoes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.sound import RoomAcoustics
from studiocheck.measure.sound.decay_curve_schroeder import DecayCurve, decay_curve
from studiocheck.measure.sound.decay_iso3382 import T20, T30, DecayRange, decay_time
from studiocheck.measure.sound.energy_time import (
    EchoSearch,
    EnergyTimeCurve,
    energy_time_curve,
    find_echoes,
)
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.room_baseline import STEP_S, was_there
from studiocheck.report.pictures.plot import BOTTOM, LEFT, RIGHT, Plot, nice

Wave = NDArray[np.float64]

MID_HZ = (500.0, 1000.0)
_TOP = 40.0
_LOW_DB, _HIGH_DB = -70.0, 5.0
_LEAST_S, _MOST_S = 0.2, 1.0
_BUCKET_PX = 1.0
_LABEL_PX, _TIME_PX = 74.0, 125.0
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class _Line:
    """A reverberation time as the line that it is: −60 dB in so many seconds, where it was read."""

    part: DecayRange
    seconds: float
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class GoodDay:
    """How the room answered when it was stored, and on which day, ISO 8601."""

    day: str
    room: RoomAcoustics


def impulse_response(response: ImpulseResponse, then: GoodDay | None = None) -> bytes:
    """Plot the energy-time curve of a room, the line of its decay, and its echoes.

    Parameters
    ----------
    response : ImpulseResponse
        Of the way from the monitor to the microphone.
    then : GoodDay, optional
        The same way on a good day.

    Returns
    -------
    bytes
        SVG: milliseconds after the direct sound across, dB against it up. Grey: what arrives;
        blue: the decay at 500 Hz and 1 kHz, backward-integrated; dashes: the lines of T20 and
        T30, where the decay is there; ▼ an echo that is heard on its own, with delay and level.
        Green, over the grey: what arrived on the good day; ▽ an echo that was there then.

    Raises
    ------
    Unmeasurable
        If less than 150 ms follow the direct sound.
    """
    curve = energy_time_curve(response)
    search = find_echoes(response)
    octaves = _mid_octaves(response)
    decay = _mean_level_db(octaves)
    lines = _lines(octaves, decay)
    shown_s = _shown_s(curve, search, lines)
    plot = Plot(_LOW_DB, _HIGH_DB, _TOP)
    _arrivals(plot, curve, shown_s, then)
    plot.levels(10, "dB")
    _milliseconds(plot, shown_s)
    if len(decay):
        time_s = np.arange(len(decay)) / response.rate_hz
        keep = time_s <= shown_s
        step = max(1, int(keep.sum()) // 300)
        path = plot.curve(_x(time_s[keep][::step], shown_s), decay[keep][::step])
        plot.drawing.stroke(path, "voice", 2)
    for number, line in enumerate(lines):
        _decay_line(plot, line, shown_s, RIGHT - _TIME_PX * (len(lines) - 1 - number))
    _echoes(plot, search, shown_s, then)
    return plot.drawing.done()


def _x(time_s: Wave, shown_s: float) -> Wave:
    return np.asarray(LEFT + np.clip(time_s / shown_s, 0, 1) * (RIGHT - LEFT))


def _at(time_s: float, shown_s: float) -> float:
    return float(_x(np.array([time_s]), shown_s)[0])


def _mid_octaves(response: ImpulseResponse) -> list[DecayCurve]:
    """Return the two decays that a reverberation time is the mean of; none if one is missing."""
    try:
        return [decay_curve(response, centre_hz) for centre_hz in MID_HZ]
    except Unmeasurable:
        return []


def _mean_level_db(octaves: Sequence[DecayCurve]) -> Wave:
    """Return one curve to look at, dB; empty where there is none."""
    count = min((len(octave.level_db) for octave in octaves), default=0)
    levels = [octave.level_db[:count] / len(octaves) for octave in octaves]
    return np.asarray(sum(levels, np.zeros(count)), np.float64)


def _lines(octaves: Sequence[DecayCurve], decay: Wave) -> list[_Line]:
    """Return the reverberation times that can be told, as `mid_frequency_time` would."""
    if not octaves or not (decay <= T20.from_db).any():
        return []
    from_s = float(np.argmax(decay <= T20.from_db)) / octaves[0].rate_hz
    found = []
    for part in (T20, T30):
        try:
            seconds = sum(decay_time(octave, part).seconds for octave in octaves) / len(octaves)
        except Unmeasurable:
            continue
        to_s = from_s + seconds * (part.from_db - part.to_db) / 60
        found.append(_Line(part, seconds, from_s, to_s))
    return found


def _shown_s(curve: EnergyTimeCurve, search: EchoSearch, lines: list[_Line]) -> float:
    """Return how much is shown: the decay down to −60 dB and every echo."""
    wanted = [_LEAST_S, *(1.1 * line.seconds for line in lines)]
    wanted += [1.25 * echo.delay_ms / 1000 for echo in search.echoes]
    return min(max(wanted), _MOST_S, float(curve.time_ms[-1]) / 1000)


def _arrivals(plot: Plot, curve: EnergyTimeCurve, shown_s: float, then: GoodDay | None) -> None:
    """Fill what arrives, and over it what arrived on the good day: the rest is new."""
    x, level_db = _ridge(curve.level_db[curve.time_ms <= 1000 * shown_s], 1.0)
    plot.drawing.fill(plot.area(x, level_db), "soft")
    if then is not None:
        stored_db = np.asarray(then.room.curve_db[: round(shown_s / STEP_S)], np.float64)
        plot.drawing.fill(
            plot.area(*_ridge(stored_db, len(stored_db) * STEP_S / shown_s)), "target"
        )
        plot.drawing.stroke(plot.curve(x, level_db), "softline", 1)
        plot.drawing.rect(RIGHT - 98, 24, 11, 11, "target")
        plot.drawing.text(RIGHT, 34, then.day, anchor="end")
    plot.drawing.stroke(f"M{LEFT + 1:g} {BOTTOM:g}V{plot.y(0):.1f}", "softline", 2)


def _ridge(level_db: Wave, share: float) -> tuple[Wave, Wave]:
    """Return the strongest of every stretch, and where it lies; all take a share of the width."""
    width = min(share, 1.0) * (RIGHT - LEFT)
    count = min(len(level_db), round(width / _BUCKET_PX))
    starts = np.linspace(0, len(level_db), count, endpoint=False).astype(np.int64)
    x = LEFT + np.arange(count) / max(count - 1, 1) * width
    return x, np.maximum.reduceat(level_db, starts)


def _milliseconds(plot: Plot, shown_s: float) -> None:
    step_ms = nice(1000 * shown_s / 8)
    for number in range(int(1000 * shown_s / step_ms + 1e-6) + 1):
        plot.tick(_at(number * step_ms / 1000, shown_s), f"{number * step_ms:g}")
    plot.drawing.text(RIGHT, BOTTOM - 5, "ms", anchor="end")


def _decay_line(plot: Plot, line: _Line, shown_s: float, said_at: float) -> None:
    """Draw a line over the part of the decay that it was read from, and say its time."""
    end_s = min(line.to_s, shown_s)
    end_db = line.part.from_db - 60 * (end_s - line.from_s) / line.seconds
    x, y = _at(line.from_s, shown_s), plot.y(line.part.from_db)
    end_x, end_y = _at(end_s, shown_s), plot.y(end_db)
    sign, dash = ("– –", "8 4") if line.part is T20 else ("···", "2 4")
    plot.drawing.stroke(f"M{x:.1f} {y:.1f}L{end_x:.1f} {end_y:.1f}", "amberline", 3, dash)
    said = f"{sign} {line.part.name} {line.seconds:.2f} s"
    plot.drawing.text(said_at, 16, said, anchor="end", look="amber")


def _echoes(plot: Plot, search: EchoSearch, shown_s: float, then: GoodDay | None) -> None:
    """Mark what is heard on its own, hollow where it was so on the good day.

    The strongest are named, where there is room.
    """
    named: list[float] = []
    known = [then is not None and was_there(echo, then.room) for echo in search.echoes]
    for number, (echo, old) in enumerate(zip(search.echoes, known, strict=True)):
        x, y = _at(echo.delay_ms / 1000, shown_s), plot.y(echo.level_db) - 3
        plot.drawing.stroke(
            f"M{x:.1f} {BOTTOM:g}V{y + 3:.1f}", "redline", 1.5, "3 4" if old else ""
        )
        mark = f"M{x:.1f} {y:.1f}l5 -9h-10Z"
        if old:
            plot.drawing.stroke(mark, "redline")
        else:
            plot.drawing.fill(mark, "red")
        if number < _MOST_NAMED and all(abs(x - other) >= _LABEL_PX for other in named):
            named.append(x)
            middle = min(max(x, LEFT + 60), RIGHT - 60)
            said = f"{echo.delay_ms:.0f} ms {echo.level_db:.0f} dB"
            plot.drawing.text(middle, y - 14, said, anchor="middle", look="" if old else "red")
    head = f"▼ {len(known) - sum(known)}" + (f" ▽ {sum(known)}" if any(known) else "")
    if not search.echoes and math.isfinite(search.detectable_db):
        head += f" (> {search.detectable_db:.0f} dB)"
    plot.drawing.text(LEFT, 16, head, look="" if all(known) else "red")
