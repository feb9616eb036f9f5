"""Power spectra of short overlapping frames, which several measures of speech start from."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.sound.fast_fourier import power_of, row_spectra
from studiocheck.measure.sound.level import frames

HOP_S = 0.01
FRAME_S = 0.02


def short_time_power(mono: NDArray[np.float64], rate_hz: int) -> NDArray[np.float32]:
    """Return the power spectrum of 20 ms every 10 ms.

    Parameters
    ----------
    mono : (n,) float64
        Full scale is ±1.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    (frames, bins) float32
        Mean square in each bin of 50 Hz: a row sums to the mean square of its frame. No row when
        the signal is shorter than a frame.

    Notes
    -----
    **Source**: one-sided periodogram with a Hann window (Welch 1967).

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(4800) / 48000)
    >>> np.round(short_time_power(tone, 48000).sum(axis=1)[:2], 3).tolist()
    [0.5, 0.5]
    """
    size, hop = round(FRAME_S * rate_hz), round(HOP_S * rate_hz)
    blocks = frames(np.asarray(mono, dtype=np.float32), size, hop)
    if not len(blocks):
        return np.empty((0, size // 2 + 1), np.float32)
    power = power_of(row_spectra(blocks * _window(size)))
    power[:, 0] /= 2
    if size % 2 == 0:
        power[:, -1] /= 2
    return power


@lru_cache(maxsize=8)
def _window(size: int) -> NDArray[np.float32]:
    """Return the window that makes a row add up to a mean square."""
    window = np.hanning(size + 1)[:-1]
    return np.asarray(window * np.sqrt(2 * size / (window @ window)), np.float32)


def frequencies_hz(rate_hz: int) -> NDArray[np.float64]:
    """Return the frequency of every bin of `short_time_power`, Hz."""
    return np.asarray(np.fft.rfftfreq(round(FRAME_S * rate_hz), 1 / rate_hz))
