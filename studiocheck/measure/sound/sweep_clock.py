"""The difference of two sample clocks, seen in the response to an exponential sweep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.sound.sweep import Sweep

Wave = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

_CLOCK_PPM = np.arange(-600.0, 601.0, 6.0)
_CLOCK_GAIN = 1.02


def clock_phase(sweep: Sweep, size: int, clock_ppm: float) -> Spectrum:
    """Return the factor on the spectrum that takes a difference of clocks out.

    Parameters
    ----------
    sweep : Sweep
        What was played.
    size : int
        Length of the transform.
    clock_ppm : float
        By how much the recording's clock runs faster, ppm.

    Returns
    -------
    (size // 2 + 1,) complex128
        Of magnitude 1.

    Notes
    -----
    **Source**: stationary phase: played ε slower, the frequency f of a sweep with e-fold time L
    comes ε L (1 + ln (f / f₁)) late, whose integral over f is the phase.

    Examples
    --------
    >>> phase = clock_phase(Sweep(), 48000, 0.0)
    >>> bool(np.all(phase == 1))
    True
    """
    frequency_hz = np.maximum(np.fft.rfftfreq(size, 1 / sweep.rate_hz), 1.0)
    turns = 1e-6 * clock_ppm * sweep.growth_s * frequency_hz
    turns *= np.log(frequency_hz / sweep.low_hz)
    factor: Spectrum = np.exp(2j * np.pi * turns)
    return factor


def clock_ppm(circular: Wave, peak: int, sweep: Sweep) -> float:
    """Return the difference of clocks that makes the direct sound most compact.

    Parameters
    ----------
    circular : (n,) float64
        Response of the whole recording.
    peak : int
        Where its direct sound stands.
    sweep : Sweep
        What was played.

    Returns
    -------
    float
        By how much the recording's clock runs faster, −600 … 600 ppm; 0 when none shows. A
        loudspeaker whose bass is late adds some 10 ppm.

    Notes
    -----
    **Source**: maximum of the envelope (as in autofocus of synthetic-aperture radar); own.

    Examples
    --------
    >>> impulse = np.zeros(4096)
    >>> impulse[2048] = 1.0
    >>> clock_ppm(impulse, 2048, Sweep())
    0.0
    """
    reach = 1 << (round(0.02 * sweep.rate_hz) - 1).bit_length()
    around = np.take(circular, np.arange(peak - reach, peak + reach), mode="wrap")
    spectrum = np.fft.rfft(around * np.hanning(2 * reach))
    one_sided = np.zeros(2 * reach, np.complex128)

    def height(ppm: float) -> float:
        one_sided[: reach + 1] = spectrum * clock_phase(sweep, 2 * reach, ppm)
        return float(np.abs(np.fft.ifft(one_sided)).max())

    heights = np.array([height(ppm) for ppm in _CLOCK_PPM])
    best = int(np.clip(heights.argmax(), 1, len(heights) - 2))
    if heights[best] < _CLOCK_GAIN * height(0.0):
        return 0.0
    left, middle, right = heights[best - 1 : best + 2]
    bend = left - 2 * middle + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    step = _CLOCK_PPM[1] - _CLOCK_PPM[0]
    return float(_CLOCK_PPM[best] + step * np.clip(shift, -1, 1))
