"""The sample clock against the computer's, and samples lost, from when blocks arrived."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.repeat import coverage_factor

LEAST_SPAN_S = 3.0
_LEAST_BLOCKS = 48
_WINDOWS = 12
_EARLY = 0.2
_ROUNDS = 4
_SURE = 8.0  # robust standard deviations between neighbouring stretches
_LEAST_LOSS_S = 0.002
_RESTLESS = 3.0
_FOLLOWED = 1  # what stays to the end of the take may only be late
_COMMON_RATES_HZ = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000)
_MIX_UP_PPM = 5000.0

Times = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleClock:
    """The sample clock of a stream.

    Parameters
    ----------
    offset_ppm : float
        How much faster than nominal it runs, ppm.
    uncertainty_ppm : float
        Expanded (k = 2), ppm, type A.
    rate_hz : float
        Samples that really come in a second.
    likely_rate_hz : int or None
        The usual rate that the stream really runs at, where that is not the one asked for.
    span_s : float
        How long it was watched, s.
    """

    offset_ppm: float
    uncertainty_ppm: float
    rate_hz: float
    likely_rate_hz: int | None
    span_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LostSamples:
    """Samples that never came: how many, and how few could not have been noticed."""

    lost: int
    detectable: int


@dataclass(frozen=True, slots=True)
class _Line:
    """Arrival as a line of device time, and how late the earliest of each stretch is, s."""

    slope: float
    slope_error: float
    earliest_s: Times


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretches:
    """Twelve stretches of one length, give or take one block, each a row.

    ``place`` numbers the blocks; the shorter rows end ``beyond`` their last; ``weight`` is for
    blocks sorted from the earliest on.
    """

    place: Counts
    beyond: NDArray[np.bool_]
    weight: Times


def sample_clock(arrived_s: Times, frames_by_then: Counts, rate_hz: int) -> SampleClock:
    """Measure the sample clock from the arrival of blocks.

    Parameters
    ----------
    arrived_s : (n,) float64
        When each block arrived, s, on the computer's steady clock.
    frames_by_then : (n,) int64
        Samples per channel that had come by then, that block included.
    rate_hz : int
        Nominal sample rate, Hz.

    Returns
    -------
    SampleClock
        ppm.

    Raises
    ------
    Unmeasurable
        If there are too few blocks, or they span less than 3 s.

    Notes
    -----
    **Source**: clock skew from one-way delays (Moon, Skelly, Towsley 1999): a block is never
    early, only late, so the line is laid through the least late of each of twelve stretches
    (mean of the earliest fifth). Uncertainty from their deviation (JCGM 100:2008, type A).

    Examples
    --------
    >>> frames = 960 * np.arange(1, 1501)
    >>> late = 0.001 * np.random.default_rng(1).exponential(size=1500)
    >>> clock = sample_clock(frames / 48000 / (1 + 150e-6) + late, frames, 48000)
    >>> abs(clock.offset_ppm - 150) < 20
    True
    """
    line = _line(arrived_s, frames_by_then / rate_hz)
    true_hz = rate_hz / line.slope
    offset_ppm = (1 / line.slope - 1) * 1e6
    nearest = min(_COMMON_RATES_HZ, key=lambda common: abs(math.log(common / true_hz)))
    known = abs(nearest / true_hz - 1) * 1e6 < _MIX_UP_PPM and abs(offset_ppm) > _MIX_UP_PPM
    return SampleClock(
        offset_ppm=offset_ppm,
        uncertainty_ppm=coverage_factor(_WINDOWS - 2) * line.slope_error / line.slope**2 * 1e6,
        rate_hz=true_hz,
        likely_rate_hz=nearest if known and nearest != rate_hz else None,
        span_s=float(arrived_s[-1] - arrived_s[0]),
    )


def lost_samples(arrived_s: Times, frames_by_then: Counts, rate_hz: int) -> LostSamples:
    """Count the samples that are missing, from lasting steps in the arrival of blocks.

    Parameters
    ----------
    arrived_s, frames_by_then, rate_hz
        As `sample_clock` takes them, of one take without interruption.

    Returns
    -------
    LostSamples
        Samples per channel.

    Raises
    ------
    Unmeasurable
        As `sample_clock`.

    Notes
    -----
    **Source**: as `sample_clock`; the earliest blocks of a stretch come later than those of the
    one before, and stay so. A block that is merely late is made up for by the next ones; samples
    that were lost never are. How much earlier than before stretches come at most says how restless
    this computer is: a loss is at least three times that, and it is not the last stretch alone.

    Examples
    --------
    >>> frames = 960 * np.arange(1, 501)
    >>> late = 0.001 * np.random.default_rng(1).exponential(size=500)
    >>> lost = lost_samples(frames / 48000 + late + 0.02 * (frames > 240000), frames, 48000).lost
    >>> abs(lost - 960) < 60
    True
    """
    line = _line(arrived_s, frames_by_then / rate_hz)
    rise = np.diff(line.earliest_s)
    usual = float(np.median(rise))
    spread = 1.4826 * float(np.median(np.abs(rise - usual)))
    straight = line.earliest_s - usual * np.arange(_WINDOWS)
    caught_up_s = max(0.0, -float(np.diff(straight).min()))
    least_s = max(_SURE * spread, _RESTLESS * caught_up_s, _LEAST_LOSS_S)
    lasting = np.minimum.accumulate(straight[::-1])[::-1]
    steps = np.diff(lasting)[:-_FOLLOWED]
    lost_s = float(steps[steps > least_s].sum())
    return LostSamples(lost=round(lost_s * rate_hz), detectable=math.ceil(least_s * rate_hz))


def _line(arrived_s: Times, device_s: Times) -> _Line:
    """Lay a line under the arrivals."""
    span_s = float(arrived_s[-1] - arrived_s[0]) if len(arrived_s) else 0.0
    if len(arrived_s) < _LEAST_BLOCKS or span_s < LEAST_SPAN_S:
        raise Unmeasurable(
            Text(
                "too few blocks of sound arrived to compare clocks",
                "收到的音频块太少，无法比较时钟",
            ),
            Text("record again, for ten seconds", "请重新录音，持续 10 秒"),
        )
    late = arrived_s - arrived_s[0]
    device = device_s - device_s[0]
    slope = float(late[-1] / device[-1])
    stretches = _stretches(len(late))
    for _ in range(_ROUNDS):
        slope += _slope(*_envelope(stretches, device, late - slope * device))[0]
    place, earliest = _envelope(stretches, device, late - slope * device)
    return _Line(slope, _slope(place, earliest)[1], earliest)


def _stretches(count: int) -> _Stretches:
    size = count // _WINDOWS + (np.arange(_WINDOWS) < count % _WINDOWS)
    place = (np.cumsum(size) - size)[:, np.newaxis] + np.arange(size.max())
    early = np.maximum(1, np.round(_EARLY * size))[:, np.newaxis]
    return _Stretches(
        place=np.minimum(place, count - 1),
        beyond=np.arange(size.max()) >= size[:, np.newaxis],
        weight=(np.arange(size.max()) < early) / early,
    )


def _envelope(stretches: _Stretches, device: Times, late: Times) -> tuple[Times, Times]:
    """Return middle and lateness of the earliest fifth of each stretch."""
    lateness = late[stretches.place]
    lateness[stretches.beyond] = np.inf
    best = np.take_along_axis(stretches.place, lateness.argsort(axis=1), axis=1)
    weight = stretches.weight
    return (weight * device[best]).sum(axis=1), (weight * late[best]).sum(axis=1)


def _slope(place: Times, values: Times) -> tuple[float, float]:
    """Return the least-squares slope and its standard error."""
    centred = place - place.mean()
    spread = float((centred * centred).sum())
    slope = float((centred * values).sum()) / spread
    residual = values - values.mean() - slope * centred
    variance = float((residual * residual).sum()) / (len(values) - 2)
    return slope, math.sqrt(variance / spread)
