"""Spectrum of a take in narrow bands of equal width on the ear's scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, Samples, strongest_channel
from studiocheck.measure.sound.line_power import in_bands

BANDS_PER_OCTAVE = 24
_LOW_HZ, _HIGH_HZ = 20.0, 20_000.0
_ANCHOR_HZ = 50.0
_SEGMENT_S = 2.5
_LEAST_TAKE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSpectrum:
    """Mean power of a take by band.

    Parameters
    ----------
    centre_hz : (n,) float64
        Middle of every band, Hz.
    power : (n,) float64
        Mean square within it, full scale ±1; their sum is the power between 20 Hz and 20 kHz.
    """

    centre_hz: NDArray[np.float64]
    power: NDArray[np.float64]


def band_spectrum(samples: Samples, rate_hz: int) -> BandSpectrum:
    """Measure the spectrum of a take from 20 Hz to 20 kHz in 24ths of an octave.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1; the channel with the most power counts.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    BandSpectrum
        Mean squares.

    Raises
    ------
    Unmeasurable
        If the take is shorter than half a second, or digital silence.

    Notes
    -----
    **Source**: Welch, IEEE Trans. Audio Electroacoust. 15 (1967): Hann windows of 2.5 s that
    overlap by half. Middles lie at 50 Hz · 2^(k/24) instead of the series of IEC 61260-1, whose
    band edges at 50.12 Hz and its octaves would halve the lines of the mains.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * 150 * np.arange(5 * 48000) / 48000)
    >>> spectrum = band_spectrum(tone, 48000)
    >>> loudest = int(spectrum.power.argmax())
    >>> round(float(spectrum.centre_hz[loudest])), round(10 * np.log10(spectrum.power[loudest]), 1)
    (150, np.float64(-23.0))
    """
    mono = strongest_channel(samples)
    if len(mono) < _LEAST_TAKE_S * rate_hz:
        raise Unmeasurable(
            Text("less than half a second was recorded", "录音不足半秒"),
            Text("record again, for some seconds", "请重新录音，持续几秒"),
        )
    if not mono.any():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    size = min(len(mono), round(_SEGMENT_S * rate_hz)) // 2 * 2
    density = _mean_power(mono, size)
    high_hz = min(_HIGH_HZ, rate_hz / 2)
    first, last = (
        int(np.ceil(BANDS_PER_OCTAVE * np.log2(edge_hz / _ANCHOR_HZ) - tie))
        for edge_hz, tie in ((_LOW_HZ, 0.0), (high_hz, 1.0))
    )
    centre_hz = _ANCHOR_HZ * 2 ** (np.arange(first, last + 1) / BANDS_PER_OCTAVE)
    edges_hz = np.append(centre_hz, centre_hz[-1] * 2 ** (1 / BANDS_PER_OCTAVE))
    edges_hz *= 2 ** (-0.5 / BANDS_PER_OCTAVE)
    return BandSpectrum(centre_hz=centre_hz, power=in_bands(density, rate_hz / size, edges_hz))


def _mean_power(mono: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the mean square of every bin, mean over segments."""
    window = np.hanning(size + 1)[:-1]
    starts = range(0, len(mono) - size + 1, size // 2)
    total = np.zeros(size // 2 + 1)
    for start in starts:
        spectrum = np.fft.rfft(mono[start : start + size] * window)
        total += spectrum.real**2 + spectrum.imag**2
    total *= 2 / (size * float(window @ window) * len(starts))
    total[[0, -1]] /= 2
    return np.asarray(total)
