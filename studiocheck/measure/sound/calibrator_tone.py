"""The steady tone of a sound calibrator: its level, and whether it is one at all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound import calibrator_doubts as doubts
from studiocheck.measure.sound.level import (
    DIGITAL_SILENCE,
    UNMUTE,
    Samples,
    channels_of,
    decibels,
    expanded_db,
    frames,
)
from studiocheck.measure.sound.line_power import line_power

Wave = NDArray[np.float64]

LEAST_S = 2.0
FAINTEST_DBFS = -60.0
_FULL_SCALE = 0.998
_BLOCK_S = 0.25
_COURSE_BLOCK_S, _COURSE_HOP_S = 0.12, 0.035
_HEARD_FROM_HZ = 20.0
_RIGHT_FREQUENCY = 0.02
_LINE_SHARE, _LINE_BINS = 0.01, 4
_MOST_RESIDUAL_PERCENT = 5.0
_NO_TONE_PERCENT = 70.0
_STEADY_DB, _COMES_AND_GOES_DB = 0.1, 1.0
_SHARE = 0.5
_HARMONICS = 10
_HARMONIC_WITHIN = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratorTone:
    """A tone that can be believed.

    Parameters
    ----------
    level_dbfs : float
        rms of the tone alone, dBFS: a full-scale sine is −3.01.
    uncertainty_db : float
        Expanded (k = 2), dB, type A: from the spread of the blocks.
    frequency_hz : float
        As heard by the microphone's clock, Hz.
    residual_percent : float
        Everything else from 20 Hz on (harmonics, noise, hum), rms, % of the tone.
    fluctuation_db : float
        Half the range of the level over time, dB.
    channel : int
        Which channel heard it.
    blocks : int
        How many blocks the level rests on.
    """

    level_dbfs: float
    uncertainty_db: float
    frequency_hz: float
    residual_percent: float
    fluctuation_db: float
    channel: int
    blocks: int


def calibrator_tone(samples: Samples, rate_hz: int, frequency_hz: float = 1000.0) -> CalibratorTone:
    """Measure the level of a sound calibrator's tone; anything else is refused.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1; the channel with the most power counts.
    rate_hz : int
        Sample rate, Hz.
    frequency_hz : float
        What the calibrator gives, Hz, from 60 Hz to 45 % of the sample rate.

    Returns
    -------
    CalibratorTone
        dBFS.

    Raises
    ------
    Unmeasurable
        If it is shorter than 2 s, clipped, fainter than −60 dBFS, not one tone within 2 % of that
        frequency, not pure (5 %), or not steady (±0.1 dB).

    Notes
    -----
    **Source**: the properties that IEC 60942 asks of a sound calibrator (level, its short-term
    fluctuation, frequency, total distortion); the limits here also hold what room and microphone
    add. Level from the power of the line in Hann windows of 250 ms, its course from 120 ms.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(3 * 48000) / 48000)
    >>> found = calibrator_tone(tone, 48000)
    >>> round(found.level_dbfs, 2), round(found.frequency_hz, 1)
    (-23.01, 1000.0)
    """
    channels = channels_of(samples)
    _refuse_short(channels, rate_hz)
    channel = int(channels.var(axis=0).argmax())
    wave = channels[:, channel]
    if float(np.abs(wave).max()) >= _FULL_SCALE:
        raise doubts.clipped()
    wave = wave - wave.mean()
    heard_hz, residual_percent = _one_line(wave, rate_hz, frequency_hz)
    power = _line_power(wave, rate_hz, heard_hz, _BLOCK_S, _BLOCK_S)
    level_dbfs = decibels(float(power.mean()))
    course = _line_power(wave, rate_hz, heard_hz, _COURSE_BLOCK_S, _COURSE_HOP_S)
    fluctuation_db = float(np.ptp(10 * np.log10(np.maximum(course, 1e-30)))) / 2
    noisy = residual_percent > _MOST_RESIDUAL_PERCENT
    if fluctuation_db > (_COMES_AND_GOES_DB if noisy else _STEADY_DB):
        raise doubts.unsteady(fluctuation_db)
    if noisy:
        raise doubts.noisy(residual_percent)
    if level_dbfs < FAINTEST_DBFS:
        raise doubts.faint(level_dbfs)
    return CalibratorTone(
        level_dbfs=level_dbfs,
        uncertainty_db=expanded_db(power) or 0.0,
        frequency_hz=heard_hz,
        residual_percent=residual_percent,
        fluctuation_db=fluctuation_db,
        channel=channel,
        blocks=len(power),
    )


def _refuse_short(channels: Wave, rate_hz: int) -> None:
    if len(channels) < LEAST_S * rate_hz:
        raise doubts.too_short(len(channels) / rate_hz)
    if not (channels - channels[0]).any():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)


# ---------------------------------------------------------------- one line, the right one


def _one_line(wave: Wave, rate_hz: int, wanted_hz: float) -> tuple[float, float]:
    """Return the frequency of the only tone that is there, Hz, and what else is, % of it."""
    power = line_power(wave)
    step_hz = rate_hz / (2 * (len(power) - 1))
    power[: math.ceil(_HEARD_FROM_HZ / step_hz)] = 0.0
    heard_hz = _peak_hz(power, step_hz)
    line = _around(heard_hz, step_hz, len(power))
    tone, rest = float(power[line].sum()), power.copy()
    rest[line] = 0.0
    beside = float(rest.sum())
    residual_percent = 100 * math.sqrt(beside / tone)
    if residual_percent > _MOST_RESIDUAL_PERCENT:
        # a second tone may be as strong as the first; noise is no tone, however strong its peak
        second_hz = _peak_hz(rest, step_hz)
        second = float(rest[_around(second_hz, step_hz, len(rest))].sum())
        overtone = _is_harmonic(second_hz, heard_hz) and residual_percent < _NO_TONE_PERCENT
        if second > _SHARE * beside and not overtone:
            raise doubts.two_tones(heard_hz, second_hz, 10 * math.log10(second / tone))
        if residual_percent > _NO_TONE_PERCENT:
            raise doubts.no_tone(decibels(tone + beside))
    if abs(heard_hz / wanted_hz - 1) > _RIGHT_FREQUENCY:
        raise doubts.wrong_frequency(heard_hz, wanted_hz)
    if (
        residual_percent > _MOST_RESIDUAL_PERCENT
        and _harmonics(rest, heard_hz, step_hz) > _SHARE * beside
    ):
        raise doubts.distorted(residual_percent)
    return heard_hz, residual_percent


def _is_harmonic(second_hz: float, heard_hz: float) -> bool:
    order = second_hz / heard_hz
    return round(order) > 1 and abs(order - round(order)) < _HARMONIC_WITHIN


def _harmonics(rest: Wave, heard_hz: float, step_hz: float) -> float:
    """Return the mean square of the second to the tenth harmonic."""
    return sum(
        float(rest[_around(order * heard_hz, step_hz, len(rest))].sum())
        for order in range(2, _HARMONICS + 1)
    )


def _peak_hz(power: Wave, step_hz: float) -> float:
    """Return the frequency of the strongest line, between bins."""
    top = int(power.argmax())
    near = slice(max(0, top - 2), top + 3)
    return float((np.arange(len(power))[near] @ power[near]) / power[near].sum() * step_hz)


def _around(frequency_hz: float, step_hz: float, size: int) -> slice:
    """Return the bins that belong to a line."""
    reach = max(_LINE_BINS, math.ceil(_LINE_SHARE * frequency_hz / step_hz))
    middle = round(frequency_hz / step_hz)
    return slice(max(0, middle - reach), min(size, middle + reach + 1))


def _line_power(
    wave: Wave, rate_hz: int, frequency_hz: float, block_s: float, hop_s: float
) -> Wave:
    """Return the mean square of the line in every block."""
    size = round(block_s * rate_hz) // 2 * 2
    power = line_power(frames(wave, size, round(hop_s * rate_hz)))
    line = _around(frequency_hz, rate_hz / size, power.shape[1])
    return np.asarray(power[:, line].sum(axis=1))
