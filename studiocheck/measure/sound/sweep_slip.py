"""Whether the stream of a sweep was interrupted: low and high tones then arrive at other times."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.sound.impulse_response import OCTAVES_HZ

Wave = NDArray[np.float64]

_CLEAR = 8.0  # peak over rms: an octave that noise hides tells nothing
_NOTHING = 0.05
_LEAST_SLIP_S = 0.004
_LEAST_OCTAVES = 2


def slipped(circular: Wave, rate_hz: int, highest_hz: float) -> bool:
    """Return whether samples were lost or put in while a sweep was played and recorded.

    Parameters
    ----------
    circular : (n,) float64
        What `deconvolved` gives.
    rate_hz : int
        Sample rate, Hz.
    highest_hz : float
        Where the sweep ends, Hz.

    Returns
    -------
    bool
        True when two or more octaves all arrive at one time, those above at another, and the later
        ones have nothing (−26 dB) at the time of the earlier ones: a wall or a turned loudspeaker
        moves the peak of an octave, and still leaves some direct sound.

    Notes
    -----
    **Source**: own; a sweep maps time to frequency, so that a hole of Δt in the stream shifts by Δt
    whatever was played after it. It is no proof of the contrary: in the simulated rooms it finds
    one half of the holes of 20 ms between 1 and 4 kHz, fewer elsewhere, and it invents none.

    Examples
    --------
    >>> from studiocheck.measure.sound.deconvolution import deconvolved
    >>> from studiocheck.measure.sound.sweep import Sweep, sweep_samples
    >>> sweep = Sweep(seconds=2.0)
    >>> whole = np.pad(sweep_samples(sweep), (4800, 48000))
    >>> holed = np.concatenate([whole[:60000], np.zeros(960), whole[60000:]])
    >>> [slipped(deconvolved(wave, sweep), 48000, 20000.0) for wave in (whole, holed)]
    [False, True]
    """
    spectrum = np.fft.rfft(circular)
    duration_s = len(circular) / rate_hz
    envelopes, peaks, blurs = [], [], []
    for centre in OCTAVES_HZ:
        if centre * math.sqrt(2) > highest_hz:
            break
        low, high = (round(f * duration_s) for f in (centre / math.sqrt(2), centre * math.sqrt(2)))
        envelope = np.abs(np.fft.ifft(spectrum[low:high] * np.hanning(high - low)))
        if envelope.max() > _CLEAR * math.sqrt(float(np.mean(envelope**2))):
            envelopes.append(envelope)
            peaks.append(float(envelope.argmax()) / len(envelope) * duration_s)
            blurs.append(0.001 + 3 * math.sqrt(2) / centre)
    for split in range(_LEAST_OCTAVES, len(peaks) - _LEAST_OCTAVES + 1):
        groups = slice(0, split), slice(split, None)
        times = [peaks[group][-1] for group in groups]
        together = all(
            abs(peak - time) < blur
            for group, time in zip(groups, times, strict=True)
            for peak, blur in zip(peaks[group], blurs[group], strict=True)
        )
        least_s = _LEAST_SLIP_S + 2 * max(blurs[split - 1], blurs[-1])
        if not together or abs(times[1] - times[0]) < least_s:
            continue
        later = int(times[1] > times[0])
        best = envelopes[groups[later]][-1]
        if _at(best, times[1 - later], duration_s) < _NOTHING * float(best.max()):
            return True
    return False


def _at(envelope: Wave, time_s: float, duration_s: float) -> float:
    """Return the largest value within some samples of a time."""
    index = round(time_s / duration_s * len(envelope))
    return float(np.take(envelope, np.arange(index - 2, index + 3), mode="wrap").max())
