"""Power spectra whose bins add up to mean squares, and what of them lies in bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Powers = NDArray[np.float64]


def line_power(blocks: Powers) -> Powers:
    """Return the power of every bin in a Hann window; a line's bins add up to its mean square.

    Parameters
    ----------
    blocks : (..., n) float64
        Full scale is ±1.

    Returns
    -------
    (..., n // 2 + 1) float64
        Mean squares.

    Notes
    -----
    **Source**: Parseval's theorem; the window is periodic, so that a line on a bin stays in three.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * np.arange(480) / 48)
    >>> float(line_power(tone)[9:12].sum().round(9))
    0.005
    """
    size = blocks.shape[-1]
    window = np.hanning(size + 1)[:-1]
    spectrum = np.fft.rfft(blocks * window)
    scale = 2 / (size * float(window @ window))
    return np.asarray((spectrum.real**2 + spectrum.imag**2) * scale)


def in_bands(power: Powers, step_hz: float, edges_hz: Powers) -> Powers:
    """Return what of a spectrum lies between each edge and the next.

    Each bin spreads over its own width, so that no narrow band falls between two of them.

    Parameters
    ----------
    power : (n,) float64
        Of every bin, from 0 Hz on.
    step_hz : float
        From bin to bin, Hz.
    edges_hz : (m + 1,) float64
        Rising, Hz.

    Returns
    -------
    (m,) float64
        Power, as that of the bins.

    Examples
    --------
    >>> in_bands(np.array([0.0, 4.0, 2.0]), 10.0, np.array([5.0, 10.0, 20.0])).tolist()
    [2.0, 3.0]
    """
    below = np.concatenate([[0.0], np.cumsum(power)])
    bin_edges_hz = (np.arange(len(power) + 1) - 0.5) * step_hz
    return np.diff(np.interp(edges_hz, bin_edges_hz, below))
