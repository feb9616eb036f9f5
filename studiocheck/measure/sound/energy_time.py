"""Discrete echoes in an impulse response: arrivals that stand out of the decay around them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.impulse_response import ImpulseResponse

Wave = NDArray[np.float64]

THRESHOLD_DB = 15.0
EARLY_THRESHOLD_DB = 18.0
_MIXED_S = 0.09
EARLIEST_S, LATEST_S = 0.03, 1.0
_FAINTEST_DB = -35.0
_BEFORE_S, _AFTER_S = 0.0005, 0.0015
_BLOCK_S, _BLOCKS = 0.005, 9
_APART_S = 0.002
_NEIGHBOURS_S = 0.02
_ALONE_DB, _CERTAIN_DB = 4.0, 5.0
_SAME_DB, _LOBES_DB = 3.0, 12.0
_MEDIAN_OF_EXPONENTIAL = math.log(2)
_DISPERSION_MS = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteEcho:
    """One arrival that is heard on its own.

    Parameters
    ----------
    delay_ms, delay_uncertainty_ms : float
        After the direct sound, ms; expanded (k = 2).
    level_db, level_uncertainty_db : float
        Against the direct sound, dB; expanded (k = 2), from the decay it stands in.
    over_decay_db : float
        Over the mean of the decay around it, dB.
    """

    delay_ms: float
    delay_uncertainty_ms: float
    level_db: float
    level_uncertainty_db: float
    over_decay_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoSearch:
    """What was found between 30 ms and 1 s.

    Parameters
    ----------
    echoes : tuple of DiscreteEcho
        Strongest first; empty when the decay is smooth.
    detectable_db : float
        An echo below this level, at the worst delay, would not have been told from the decay, dB.
    detectable_late_db : float
        The same for echoes after 100 ms, as loudspeakers that play the show make them, dB.
    """

    echoes: tuple[DiscreteEcho, ...]
    detectable_db: float
    detectable_late_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyTimeCurve:
    """Level of what arrives, against the direct sound, over time.

    Parameters
    ----------
    time_ms : (n,) float64
        After the direct sound, ms.
    level_db : (n,) float64
        Envelope against the direct sound, dB.
    decay_db : (n,) float64
        Mean of the decay around every moment, dB.
    """

    time_ms: Wave
    level_db: Wave
    decay_db: Wave


def energy_time_curve(response: ImpulseResponse) -> EnergyTimeCurve:
    """Compute the energy-time curve: how much of the direct sound's shape arrives when.

    Parameters
    ----------
    response : ImpulseResponse
        Of the room.

    Returns
    -------
    EnergyTimeCurve
        dB re direct sound.

    Raises
    ------
    Unmeasurable
        If less than 150 ms follow the direct sound.

    Notes
    -----
    **Source**: Heyser, J. Audio Eng. Soc. 19 (1971): the envelope of the analytic signal. Before,
    the response is correlated with its own direct sound (−0.5 … 1.5 ms), which undoes the
    colour of the loudspeaker: a copy of the direct sound reads its exact delay and level. The
    decay is the running median of 5 ms medians, in dB, so that one echo does not lift it.

    Examples
    --------
    >>> response = np.zeros(24000)
    >>> response[[480, 480 + 4800]] = 1.0, 0.1
    >>> curve = energy_time_curve(ImpulseResponse.of(response, 48000))
    >>> round(float(curve.level_db[4800]), 1)  # 100 ms after the direct sound
    -20.0
    """
    rate_hz = response.rate_hz
    wave = response.samples
    if len(wave) - response.onset < 0.15 * rate_hz:
        raise Unmeasurable(
            Text("the response is too short to look for echoes", "脉冲响应太短，无法查找回声"),
            Text("record two seconds beyond the sweep", "扫频结束后请继续录音 2 秒"),
        )
    first = max(0, response.onset - round(_BEFORE_S * rate_hz))
    direct = wave[first : response.onset + round(_AFTER_S * rate_hz)].copy()
    fade = len(direct) // 3
    direct[-fade:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(fade) / fade)
    size = 1 << (len(wave) + len(direct)).bit_length()
    spectrum = np.fft.rfft(wave, size) * np.fft.rfft(direct, size).conj() / (direct @ direct)
    one_sided = np.zeros(size, np.complex128)
    one_sided[: len(spectrum)] = 2 * spectrum
    envelope = np.abs(np.fft.ifft(one_sided))
    power = envelope[first : len(wave)] ** 2
    reach = round(_AFTER_S * rate_hz)
    arrival = int(power[:reach].argmax())
    power = power[arrival:] / power[arrival]
    level_db = 10 * np.log10(np.maximum(power, 1e-14))
    return EnergyTimeCurve(
        time_ms=np.arange(len(power)) / rate_hz * 1000,
        level_db=level_db,
        decay_db=_decay_db(level_db, rate_hz),
    )


def find_echoes(response: ImpulseResponse) -> EchoSearch:
    """Look for discrete echoes between 30 ms and 1 s.

    Parameters
    ----------
    response : ImpulseResponse
        Of the room.

    Returns
    -------
    EchoSearch
        ms and dB.

    Raises
    ------
    Unmeasurable
        If less than 150 ms follow the direct sound.

    Notes
    -----
    **Source**: constant false-alarm rate detection on the energy-time curve. In a diffuse decay
    its power is exponentially distributed, and 1 s of 20 kHz holds some 2·10⁴ independent values:
    15 dB over the mean happens by chance once in 10⁹ responses. The walls of a small room still
    arrive one by one, in crowds: up to 90 ms 18 to 15 dB are asked for, and an echo stands 4 dB
    over all within 20 ms or another 5 dB over the decay. Own thresholds, set on 300 random rooms.
    Before 30 ms the ear hears an echo as part of the direct sound (Haas 1951); below −35 dB
    nobody hears it.

    Examples
    --------
    >>> response = 1e-4 * np.random.default_rng(1).standard_normal(24000)
    >>> response[[480, 480 + 4800]] += 1.0, 0.1
    >>> echo, = find_echoes(ImpulseResponse.of(response, 48000)).echoes
    >>> round(echo.delay_ms, 2), round(echo.level_db, 1)
    (100.0, -20.0)
    """
    rate_hz = response.rate_hz
    curve = energy_time_curve(response)
    first = round(EARLIEST_S * rate_hz)
    last = min(round(LATEST_S * rate_hz), len(curve.level_db) - 2)
    over = curve.level_db - curve.decay_db
    needed_db = _threshold_db(curve.time_ms / 1000)
    candidates = np.flatnonzero(
        (over[first:last] > needed_db[first:last]) & (curve.level_db[first:last] > _FAINTEST_DB)
    )
    echoes: list[DiscreteEcho] = []
    free = np.ones(len(over), np.bool_)
    apart = round(_APART_S * rate_hz)
    for index in first + candidates[np.argsort(-curve.level_db[first:last][candidates])]:
        if free[index]:
            free[index - apart : index + apart + 1] = False
            lobes = slice(max(0, index - 3 * apart), index + 3 * apart)
            free[lobes] &= curve.level_db[lobes] > curve.level_db[index] - _LOBES_DB
            certain = over[index] > needed_db[index] + _CERTAIN_DB
            if certain or _stands_alone(curve.level_db, int(index), rate_hz):
                arrival = _first_of(curve.level_db, int(index), apart)
                echoes.append(_echo(curve, arrival, response))
    hidden = (curve.decay_db + needed_db)[first:last]
    late = hidden[round(0.1 * rate_hz) - first :]
    return EchoSearch(
        echoes=tuple(echoes),
        detectable_db=max(float(hidden.max()), _FAINTEST_DB),
        detectable_late_db=max(float(late.max()), _FAINTEST_DB),
    )


def _first_of(level_db: Wave, index: int, apart: int) -> int:
    """Return the first of arrivals of the same strength: the copy of the direct sound itself."""
    before = level_db[index - apart : index + 1]
    peaks = np.flatnonzero((before[1:-1] > before[:-2]) & (before[1:-1] >= before[2:])) + 1
    strong = peaks[before[peaks] > level_db[index] - _SAME_DB]
    return index - apart + int(strong[0]) if len(strong) else index


def _stands_alone(level_db: Wave, index: int, rate_hz: int) -> bool:
    """Whether nothing within 20 ms comes near: the walls of a box arrive in crowds."""
    apart, reach = round(_APART_S * rate_hz), round(_NEIGHBOURS_S * rate_hz)
    before, after = level_db[max(0, index - reach) : index - apart], level_db[index + apart :]
    # the decay itself falls: neighbours are held against it on both sides
    around = max(float(before[reach // 4 :].max(initial=-99.0)), float(after[:reach].max()))
    return float(level_db[index]) > around + _ALONE_DB


def _threshold_db(time_s: Wave) -> Wave:
    """Return how far an echo stands over the decay, by its delay, dB.

    Examples
    --------
    >>> _threshold_db(np.array([0.03, 0.06, 0.5])).tolist()
    [18.0, 16.5, 15.0]
    """
    return np.interp(time_s, (EARLIEST_S, _MIXED_S), (EARLY_THRESHOLD_DB, THRESHOLD_DB))


def _decay_db(level_db: Wave, rate_hz: int) -> Wave:
    """Return the mean level of the decay around every sample, dB."""
    size = round(_BLOCK_S * rate_hz)
    count = len(level_db) // size
    medians = np.median(level_db[: count * size].reshape(count, size), axis=1)
    padded = np.pad(medians, _BLOCKS // 2, mode="reflect", reflect_type="odd")
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, _BLOCKS), axis=1)
    centres = (np.arange(count) + 0.5) * size
    mean_over_median_db = -10 * math.log10(_MEDIAN_OF_EXPONENTIAL)
    decay_db = np.interp(np.arange(len(level_db)), centres, smooth) + mean_over_median_db
    return np.asarray(decay_db)


def _echo(curve: EnergyTimeCurve, index: int, response: ImpulseResponse) -> DiscreteEcho:
    """Read delay and level of a peak between samples, with what the decay may do to them."""
    rate_hz = response.rate_hz
    left, top, right = curve.level_db[index - 1 : index + 2]
    bend = left - 2 * top + right
    shift = float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0
    level_db = float(top - 0.25 * (left - right) * shift)
    over_db = level_db - float(curve.decay_db[index])
    # one quadrature of the decay adds to the amplitude, the other turns the phase
    relative = 10 ** (-over_db / 20) / math.sqrt(2)
    # what arrives with the direct sound blurs the level that all others are held against
    reference = 10 ** (
        min(0.0, float(curve.decay_db[: round(0.01 * rate_hz)].mean())) / 20
    ) / math.sqrt(2)
    bandwidth_hz = 0.2 * rate_hz
    delay_ms = (index + shift) / rate_hz * 1000
    clock_ms = delay_ms * abs(response.clock_ppm) * 1e-6  # whose clock is right is not known
    jitter_ms = 1000 * relative / (2 * math.pi * bandwidth_hz / math.sqrt(3))
    return DiscreteEcho(
        delay_ms=delay_ms,
        delay_uncertainty_ms=2 * math.hypot(jitter_ms, _DISPERSION_MS / 2, clock_ms),
        level_db=level_db,
        level_uncertainty_db=2 * 20 * math.log10(1 + math.hypot(relative, reference)) + 0.1,
        over_decay_db=over_db,
    )
