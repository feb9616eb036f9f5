"""Fourier transforms without waiting: fast sizes, and the half of the spectrum that is needed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


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
