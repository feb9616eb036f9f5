"""Fourier transforms without waiting: fast sizes, and the half of the spectrum that is needed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_OUT, _EDGE = 10240, 320


def fast_size(least: int) -> int:
    """Return the next even number whose prime factors are 2, 3 and 5.

    Examples
    --------
    >>> fast_size(4097), fast_size(386_400)
    (4320, 388800)
    """
    best = 1 << (least - 1).bit_length()
    for threes in range(8):
        for fives in range(6):
            odd = 3**threes * 5**fives
            twos = max(1, math.ceil(math.log2(max(1.0, least / odd))))
            best = min(best, odd << twos)
    return best


def voice_at_lower_rate(
    samples: NDArray[np.float64], rate_hz: int, wanted_hz: int
) -> NDArray[np.float64]:
    """Return samples at a lower rate, without their mean, up to 0.45 of it as they were.

    Block by block, in a third of the time that `at_lower_rate` takes; used where the last tenth
    of the band tells nothing.

    Parameters
    ----------
    samples : (n,) float
        Any signal.
    rate_hz, wanted_hz : int
        Sample rates, Hz; ``wanted_hz`` at most ``rate_hz``.

    Returns
    -------
    (m,) float64
        Of the length that `at_lower_rate` gives, or one block of its longer.

    Notes
    -----
    **Source**: overlap-save (Stockham 1966), with a raised cosine between 0.45 and 0.5.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
    >>> low = voice_at_lower_rate(tone, 48000, 16000)
    >>> exact = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    >>> len(low), bool(np.abs(low - exact)[400:-400].max() < 1e-4)
    (16000, True)
    """
    unit = wanted_hz // math.gcd(rate_hz, wanted_hz)
    if not len(samples) or rate_hz == wanted_hz or _OUT % unit or _EDGE % unit:
        return at_lower_rate(samples, rate_hz, wanted_hz)
    size, edge = _OUT * rate_hz // wanted_hz, _EDGE * rate_hz // wanted_hz
    count = len(samples) * wanted_hz // rate_hz
    blocks = -(-count // (_OUT - 2 * _EDGE))
    padded = np.zeros(edge + blocks * (size - 2 * edge) + edge)
    padded[edge : edge + len(samples)] = samples - samples.mean()
    cut = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size - 2 * edge]
    spectra = np.fft.rfft(cut, axis=1)[:, : _OUT // 2 + 1]
    rise = np.clip((np.arange(_OUT // 2 + 1) / _OUT - 0.45) / 0.05, 0.0, 1.0)
    low = np.fft.irfft(spectra * (0.5 * (1 + np.cos(np.pi * rise)) * _OUT / size), _OUT, axis=1)
    return np.asarray(low[:, _EDGE:-_EDGE].reshape(-1)[:count])


def at_lower_rate(
    samples: NDArray[np.float64], rate_hz: int, wanted_hz: int
) -> NDArray[np.float64]:
    """Return samples at a lower rate, without their mean, by cutting the spectrum off.

    Parameters
    ----------
    samples : (n,) float
        Any signal.
    rate_hz, wanted_hz : int
        Sample rates, Hz; ``wanted_hz`` at most ``rate_hz``.

    Returns
    -------
    (m,) float64
        Up to 10 ms of the end are left out: what is left has a length whose transform is fast.

    Notes
    -----
    **Source**: the sampling theorem; ideal low-pass, circular.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
    >>> low = at_lower_rate(tone, 48000, 16000)
    >>> len(low), round(float(low.std()), 3)
    (16000, 0.707)
    >>> len(at_lower_rate(np.ones(44100), 44100, 16000))
    16000
    """
    unit = rate_hz // math.gcd(rate_hz, wanted_hz)
    block = unit * max(1, rate_hz // (100 * unit))
    kept: NDArray[np.float64] = np.array(samples[: len(samples) // block * block], np.float64)
    if not len(kept):
        return kept
    kept -= kept.mean()
    size = len(kept) * wanted_hz // rate_hz
    if size == len(kept):
        return kept
    low = np.fft.irfft(np.fft.rfft(kept)[: size // 2 + 1], size) * (size / len(kept))
    return np.asarray(low)
