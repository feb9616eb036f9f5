"""Reverberation time from an impulse response, where there is a decay to measure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.decay_curve_schroeder import DecayCurve, decay_curve
from studiocheck.measure.sound.decay_noise_lundeby import LOUDER, NOISE_MARGIN_DB, no_decay
from studiocheck.measure.sound.impulse_response import ImpulseResponse

_LEAST_BANDWIDTH_TIME = 16.0
_STRAIGHT_PERMILLE = 10.0  # ISO 3382-2, annex B.2
_CHANCE_PERMILLE = 6000.0
_MOST_PERMILLE = 100.0
_POINTS = 500
_LEAST_SHARE = 0.5
_COLOUR = 0.005


@dataclass(frozen=True, slots=True)
class DecayRange:
    """Which part of a decay is evaluated, and how much chance there is in it.

    ``chance`` is the standard deviation over places and realisations times √(B T), with B the
    bandwidth and T the reverberation time.
    """

    name: str
    from_db: float
    to_db: float
    chance: float


T20 = DecayRange("T20", -5.0, -25.0, 0.92)
T30 = DecayRange("T30", -5.0, -35.0, 0.60)
EDT = DecayRange("EDT", 0.0, -10.0, 1.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayTime:
    """A reverberation time: the time of a decay of 60 dB, from a part of it.

    Parameters
    ----------
    seconds : float
        Reverberation time, s.
    uncertainty_s : float
        Expanded (k = 2), s: chance of place and realisation, and the noise.
    nonlinearity_permille : float
        1000 (1 − r²) of the line through the decay (ISO 3382-2, annex B); straight below 10.
    """

    seconds: float
    uncertainty_s: float
    nonlinearity_permille: float


def decay_time(curve: DecayCurve, part: DecayRange = T20) -> DecayTime:
    """Fit the time of 60 dB to a part of a decay.

    Parameters
    ----------
    curve : DecayCurve
        Backward-integrated.
    part : DecayRange
        ``T20``, ``T30`` or ``EDT``.

    Returns
    -------
    DecayTime
        s.

    Raises
    ------
    Unmeasurable
        If the noise lies less than 10 dB below the end of the part (35 dB for T20, 45 dB for T30),
        the decay is shorter than the octave filter's own (B T < 16), or it is not a line.

    Notes
    -----
    **Source**: ISO 3382-2:2008, 5.3.3 and 6 (evaluation), annex B (straightness). The chance of
    place and realisation follows its clause 7 (Davy), with the constants found on 2000 diffuse
    decays.

    Examples
    --------
    >>> line = -60 * np.arange(24000) / 24000
    >>> curve = DecayCurve(level_db=line, rate_hz=48000, bandwidth_hz=8000, peak_to_noise_db=60,
    ...                    noise_change_db=np.zeros(24000))
    >>> decay = decay_time(curve, T20)
    >>> round(decay.seconds, 4), round(decay.uncertainty_s, 3), round(decay.nonlinearity_permille)
    (0.5, 0.015, 0)
    """
    needed_db = NOISE_MARGIN_DB - part.to_db
    if curve.peak_to_noise_db < needed_db:
        raise Unmeasurable(
            Text(
                "the decay stands {got:.0f} dB above the noise; {part} needs {needed:.0f} dB",
                "衰减仅高出噪声 {got:.0f} dB，{part} 需要 {needed:.0f} dB",
            ).fill(got=curve.peak_to_noise_db, part=part.name, needed=needed_db),
            LOUDER,
        )
    first, last = (int(np.argmax(curve.level_db <= level)) for level in (part.from_db, part.to_db))
    if last <= first + 3:
        raise no_decay()
    chosen = slice(first, last, max(1, (last - first) // _POINTS))
    level = curve.level_db[chosen]
    time_s = np.arange(first, last)[:: chosen.step] / curve.rate_hz
    slope, offset = np.polyfit(time_s, level, 1)
    rest = level - slope * time_s - offset
    nonlinearity = 1000 * float(rest.var() / level.var())
    # where the direct sound falls off a cliff, less than the whole part is left of the line
    share = float(level[0] - level[-1]) / (part.from_db - part.to_db)
    if slope >= 0 or share < _LEAST_SHARE:
        raise no_decay()
    seconds = float(-60 / slope)
    chance = _CHANCE_PERMILLE / (curve.bandwidth_hz * seconds)
    if nonlinearity > min(_STRAIGHT_PERMILLE + chance, _MOST_PERMILLE):
        raise no_decay()
    if curve.bandwidth_hz * seconds < _LEAST_BANDWIDTH_TIME:
        raise Unmeasurable(
            Text(
                "the decay is as short as that of the octave filter",
                "衰减时间与倍频程滤波器自身相当",
            ),
            Text("look at a higher octave", "请看更高的倍频程"),
        )
    steeper = np.polyfit(time_s, level + curve.noise_change_db[chosen], 1)[0]
    noise_s = abs(-60 / min(steeper, 0.2 * slope) - seconds)
    chance_s = part.chance * math.sqrt(seconds / curve.bandwidth_hz) * min(share, 1.0) ** -1.5
    # the colour of the loudspeaker weighs the octaves that are added up
    colour_s = _COLOUR * seconds if curve.centre_hz is None else 0.0
    return DecayTime(
        seconds=seconds,
        uncertainty_s=2 * math.hypot(chance_s, noise_s, colour_s),
        nonlinearity_permille=nonlinearity,
    )


def curvature_percent(t20: DecayTime, t30: DecayTime) -> float:
    """Return by how much T30 exceeds T20, %.

    Notes
    -----
    **Source**: ISO 3382-2:2008, annex B.3: 0 to 5 % is usual, above 10 % the decay is bent (two
    coupled rooms, or one strong mode).

    Examples
    --------
    >>> short, long = (DecayTime(seconds=s, uncertainty_s=0, nonlinearity_permille=0)
    ...                for s in (0.40, 0.44))
    >>> round(curvature_percent(short, long), 1)
    10.0
    """
    return 100 * (t30.seconds / t20.seconds - 1)


def mid_frequency_time(response: ImpulseResponse, part: DecayRange = T20) -> DecayTime:
    """Measure the reverberation time of a room as one number: the mean of 500 Hz and 1 kHz.

    Parameters
    ----------
    response : ImpulseResponse
        Of the room.
    part : DecayRange
        ``T20``, ``T30`` or ``EDT``.

    Returns
    -------
    DecayTime
        s.

    Raises
    ------
    Unmeasurable
        If either octave is.

    Notes
    -----
    **Source**: ISO 3382-1:2009, table A.1 (single number: arithmetic mean of 500 and 1000 Hz).

    Examples
    --------
    >>> time = np.arange(48000) / 48000
    >>> decay = np.random.default_rng(3).standard_normal(48000) * 10 ** (-3 * time / 0.5)
    >>> mean = mid_frequency_time(ImpulseResponse.of(decay, 48000))
    >>> abs(mean.seconds - 0.5) < mean.uncertainty_s
    True
    """
    both = [decay_time(decay_curve(response, centre), part) for centre in (500.0, 1000.0)]
    return DecayTime(
        seconds=sum(one.seconds for one in both) / 2,
        uncertainty_s=math.hypot(*(one.uncertainty_s for one in both)) / 2,
        nonlinearity_permille=max(one.nonlinearity_permille for one in both),
    )
