"""The way of sound through a room: reverberation, a discrete echo, steady noise, hum."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]

VOLUME_M3 = 60.0
_PREDELAY_S = 0.004
_HARMONICS = 10


def direct_to_reverberant_db(rt60_s: float, distance_m: float) -> float:
    """Return how far the direct sound stands above the diffuse field.

    Notes
    -----
    **Source**: critical distance 0.057 √(V / T) of a point source in a diffuse field (Sabine).

    Examples
    --------
    >>> round(direct_to_reverberant_db(0.25, 0.3), 1)
    9.4
    """
    critical_m = 0.057 * math.sqrt(VOLUME_M3 / rt60_s)
    return 20 * math.log10(critical_m / distance_m)


def reverberate(
    direct: Wave, rate_hz: int, rt60_s: float, distance_m: float, rng: np.random.Generator
) -> Wave:
    """Add the diffuse field of a room: noise that decays by 60 dB in ``rt60_s``."""
    if rt60_s <= 0:
        return direct
    length = round((_PREDELAY_S + 1.1 * rt60_s) * rate_hz)
    time = np.arange(length) / rate_hz
    tail = rng.standard_normal(length) * 10 ** (-3 * (time - _PREDELAY_S) / rt60_s)
    tail[time < _PREDELAY_S] = 0.0
    ratio_db = direct_to_reverberant_db(rt60_s, distance_m)
    tail *= 10 ** (-ratio_db / 20) / math.sqrt(float(tail @ tail))
    return direct + convolve(direct, tail)


def convolve(wave: Wave, response: Wave) -> Wave:
    """Return the causal convolution, cut to the length of ``wave``."""
    size = 1 << (len(wave) + len(response) - 1).bit_length()
    product = np.fft.rfft(wave, size) * np.fft.rfft(response, size)
    return np.fft.irfft(product, size)[: len(wave)]


def echo(wave: Wave, rate_hz: int, delay_ms: float, level_db: float) -> Wave:
    """Add one delayed copy, as a loudspeaker in the room would."""
    delay = round(delay_ms * rate_hz / 1000)
    heard = wave.copy()
    heard[delay:] += 10 ** (level_db / 20) * wave[: len(wave) - delay]
    return heard


def noise(size: int, rate_hz: int, rms_dbfs: float, rng: np.random.Generator) -> Wave:
    """Return the noise of a quiet room: falling by 3 dB an octave above 60 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    spectrum /= np.sqrt(np.maximum(frequency_hz, 60.0))
    spectrum[0] = 0.0
    pink = np.fft.irfft(spectrum, size)
    return np.asarray(pink * (10 ** (rms_dbfs / 20) / pink.std()))


def hum(
    size: int, rate_hz: int, mains_hz: float, rms_dbfs: float, rng: np.random.Generator
) -> Wave:
    """Return mains hum: the mains frequency and its harmonics, falling as 1 / k."""
    time = np.arange(size) / rate_hz
    total = np.zeros(size)
    for k in range(1, _HARMONICS + 1):
        total += np.sin(2 * np.pi * (k * mains_hz * time + rng.random())) / k
    return np.asarray(total * (10 ** (rms_dbfs / 20) / total.std()))


def band_limit(wave: Wave, rate_hz: int, bandwidth_hz: float) -> Wave:
    """Cut everything above ``bandwidth_hz`` off, as a telephone headset does."""
    spectrum = np.fft.rfft(wave)
    spectrum[np.fft.rfftfreq(len(wave), 1 / rate_hz) > bandwidth_hz] = 0.0
    return np.fft.irfft(spectrum, len(wave))
