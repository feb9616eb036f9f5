"""The programme that returns from the monitor into the microphone: its delay and attenuation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.repeat import coverage_factor
from studiocheck.measure.sound.fast_fourier import at_lower_rate
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, frames

Wave = NDArray[np.float64]

THRESHOLD_Z = 8.0
LEAST_SECONDS = 3.0
_RATE_HZ = 16000
_BAND_HZ = (100.0, 7600.0)
_LATEST_S = 1.0
_WINDOW_S = 0.4
_LEAD_S = 0.004
_GROUPS = 6
_PIECE_S = 1.5
_CLOCK_PPM = sorted(np.arange(-300.0, 301.0, 12.0).tolist(), key=abs)  # of equals the smaller
_TAIL_LOSS_DB = 0.7  # what windows of 0.4 s may lose of the tail of a room
_MARGIN_DB = 7.0  # reverberation takes from the first arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Whether the microphone hears the programme that is played.

    Parameters
    ----------
    found : bool
        Whether its arrival stands out of chance (z > 8).
    z : float
        Height of the arrival, in robust standard deviations.
    delay_ms : float or None
        From playing to recording, latency of the devices included, ms; absent when not found.
    attenuation_db : float or None
        Level of the programme over the level of its return, both dBFS, dB (echo return loss).
    uncertainty_db : float or None
        Expanded (k = 2), dB, type A over parts of the take.
    detectable_db : float
        A return attenuated by less than this would have been found, dB.
    """

    found: bool
    z: float
    delay_ms: float | None
    attenuation_db: float | None
    uncertainty_db: float | None
    detectable_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """The strongest arrival: when (in the middle of the take), how sure, how its lag drifts."""

    lag_s: float
    z: float
    drift: float


def programme_leak(programme: Wave, take: Wave, rate_hz: int) -> Leak:
    """Look for a known programme in what a microphone hears while nobody speaks.

    Parameters
    ----------
    programme : (n,) float64
        What was played; full scale is ±1.
    take : (m,) float64
        What was recorded, started with the programme; full scale is ±1.
    rate_hz : int
        Sample rate of both, Hz, at least 16 000.

    Returns
    -------
    Leak
        ms and dB.

    Raises
    ------
    Unmeasurable
        If they share less than 3 s, or either is digital silence.

    Notes
    -----
    **Source**: Knapp and Carter, IEEE Trans. ASSP 24 (1976), phase transform, for the delay, up to
    1 s and differences of clocks up to 300 ppm; Welch's averaged transfer function over windows of
    0.4 s for the level (shorter ones lose the tail of the room), less the bias of the noise,
    (1 − γ²) S_yy / S_xx / (K − 1) (Bendat and Piersol). At 16 kHz: what leaks lies below 8 kHz.
    The attenuation is that of the whole programme, whose own spectrum weighs the transfer.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> played = 0.1 * rng.standard_normal(5 * 16000)
    >>> heard = 1e-4 * rng.standard_normal(5 * 16000)
    >>> heard[800:] += 0.01 * played[:-800]  # 50 ms, −40 dB
    >>> leak = programme_leak(played, heard, 16000)
    >>> leak.found, round(leak.delay_ms, 1), round(leak.attenuation_db, 1)
    (True, 50.0, 40.0)
    """
    count = min(len(programme), len(take))
    if rate_hz < _RATE_HZ or count < LEAST_SECONDS * rate_hz:
        raise Unmeasurable(
            Text(
                "a leak needs three seconds of programme at 16 kHz or more",
                "检测串音需要至少 3 秒、采样率不低于 16 kHz 的节目声",
            ),
            Text("play and record for five seconds or longer", "请播放并录音 5 秒以上"),
        )
    played = at_lower_rate(programme[:count], rate_hz, _RATE_HZ)
    heard = at_lower_rate(take[:count], rate_hz, _RATE_HZ)
    if not played.any() or not heard.any():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    arrival = _arrival(played, heard)
    noise_limit_db = _detectable_db(played, heard)
    if arrival.z <= THRESHOLD_Z:
        return Leak(
            found=False,
            z=arrival.z,
            delay_ms=None,
            attenuation_db=None,
            uncertainty_db=None,
            detectable_db=noise_limit_db,
        )
    attenuation_db, uncertainty_db = _attenuation(played, heard, arrival)
    return Leak(
        found=True,
        z=arrival.z,
        delay_ms=1000 * arrival.lag_s,
        attenuation_db=attenuation_db,
        uncertainty_db=uncertainty_db,
        detectable_db=max(noise_limit_db, attenuation_db),
    )


def _arrival(played: Wave, heard: Wave) -> _Arrival:
    """Find the strongest arrival over all lags and differences of clocks.

    Pieces of 1.5 s are correlated on their own and added with the shift that a difference of
    clocks would bring: over ten seconds 100 ppm smear a millisecond, and hide a faint return.
    """
    piece, reach = round(_PIECE_S * _RATE_HZ), round(_LATEST_S * _RATE_HZ)
    size = piece + reach
    starts = range(0, len(played) - size + 1, piece)
    frequency_hz = np.fft.rfftfreq(size, 1 / _RATE_HZ)
    band = (frequency_hz > _BAND_HZ[0]) & (frequency_hz < _BAND_HZ[1])
    correlations = np.empty((len(starts), 2 * size))
    for row, start in zip(correlations, starts, strict=True):
        cross = np.fft.rfft(heard[start : start + size])
        cross *= np.fft.rfft(played[start : start + piece], size).conj()
        magnitude = np.abs(cross)
        floor = 1e-3 * float(np.median(magnitude[band])) + 1e-30
        row[:] = np.fft.irfft(np.where(band, cross / (magnitude + floor), 0), 2 * size)
    middle = np.arange(len(starts)) - (len(starts) - 1) / 2
    best = _Arrival(lag_s=0.0, z=0.0, drift=0.0)
    for ppm in _CLOCK_PPM if len(starts) > 1 else (0.0,):
        shift = np.round(1e-6 * ppm * middle * _PIECE_S * 2 * _RATE_HZ).astype(int)
        total = np.zeros(2 * reach)
        for row, by in zip(correlations, shift, strict=True):
            total += np.roll(row, -by)[: 2 * reach] if by else row[: 2 * reach]
        np.abs(total, out=total)
        lag = int(total.argmax())
        if total[lag] > best.z:
            best = _Arrival(lag_s=lag / (2 * _RATE_HZ), z=float(total[lag]), drift=1e-6 * ppm)
    spread = 1.4826 * float(np.median(np.abs(correlations))) * math.sqrt(len(starts))
    return replace(best, z=best.z / max(spread, 1e-30))


def _attenuation(played: Wave, heard: Wave, arrival: _Arrival) -> tuple[float, float | None]:
    """Return the attenuation and its expanded uncertainty, dB."""
    size = round(_WINDOW_S * _RATE_HZ)
    shift = max(0, round((arrival.lag_s - _LEAD_S) * _RATE_HZ))
    window = np.hanning(size)
    source = np.fft.rfft(frames(played[: len(played) - shift], size, size // 2) * window, axis=1)
    sound = np.fft.rfft(frames(heard[shift:], size, size // 2) * window, axis=1)
    frequency_hz = np.fft.rfftfreq(size, 1 / _RATE_HZ)
    band = (frequency_hz > 0.5 * _BAND_HZ[0]) & (frequency_hz < _BAND_HZ[1])
    source, sound = source[:, band], sound[:, band]
    if arrival.drift:
        late_s = arrival.drift * (np.arange(len(sound)) - len(sound) / 2) * (_WINDOW_S / 2)
        sound = sound * np.exp(2j * np.pi * late_s[:, None] * frequency_hz[band])
    returned, sent = _returned(source, sound)
    total_db = 10 * math.log10(sent / max(returned, 1e-12 * sent))
    groups = min(_GROUPS, len(source) // 6)
    if groups < 3:
        return total_db, None
    ratios = []
    for part in np.array_split(np.arange(len(source)), groups):
        returned, sent = _returned(source[part], sound[part])
        ratios.append(returned / sent)
    mean = float(np.mean(ratios))
    if mean <= 0:
        return total_db, None
    relative = float(np.std(ratios, ddof=1)) / mean / math.sqrt(groups)
    spread_db = coverage_factor(groups - 1) * relative * 10 / math.log(10)
    return total_db, math.hypot(spread_db, _TAIL_LOSS_DB)


def _returned(source: NDArray[np.complex128], sound: NDArray[np.complex128]) -> tuple[float, float]:
    """Return the power of the programme's return, noise taken off, and that of the programme."""
    sent = (np.abs(source) ** 2).sum(axis=0)
    heard = (np.abs(sound) ** 2).sum(axis=0)
    cross = np.abs((source.conj() * sound).sum(axis=0)) ** 2
    # Hann windows that overlap by half carry 0.95 of the information of as many apart
    averages = max(0.95 * len(source), 2.0)
    safe = np.maximum(sent, 1e-12 * float(sent.max()))
    coherent = cross / safe
    noise = np.maximum(heard - coherent, 0.0) / (averages - 1)
    return float((coherent - noise).sum()), float(sent.sum())


def _detectable_db(played: Wave, heard: Wave) -> float:
    """Return the attenuation up to which a return would have been found in this noise, dB.

    The phase transform weighs every frequency alike: the arrival is found by the share of
    frequencies at which the return is not far below the noise.
    """
    size = 4096
    window = np.hanning(size)
    source = (np.abs(np.fft.rfft(frames(played, size, size) * window, axis=1)) ** 2).mean(axis=0)
    sound = (np.abs(np.fft.rfft(frames(heard, size, size) * window, axis=1)) ** 2).mean(axis=0)
    frequency_hz = np.fft.rfftfreq(size, 1 / _RATE_HZ)
    band = (frequency_hz > _BAND_HZ[0]) & (frequency_hz < _BAND_HZ[1])
    ratio = np.sqrt(source[band] / np.maximum(sound[band], 1e-30))
    needed = 1.5 * THRESHOLD_Z / math.sqrt(2 * len(played) * band.mean() / 2)
    # small returns turn the mean phase by about √π/2 of their amplitude ratio
    low, high = -60.0, 200.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        seen = ratio * 10 ** (-middle / 20) * 0.886
        if float((seen / np.sqrt(1 + seen * seen)).mean()) > needed:
            low = middle
        else:
            high = middle
    return low - _MARGIN_DB
