"""Upper edge of the voice: a telephone band or a Bluetooth headset is found by it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.heard import Heard, heard_in
from studiocheck.measure.sound.level import Samples
from studiocheck.measure.sound.short_time import FRAME_S

LEAST_SPEECH_S = 1.0
_STEP_HZ = 250.0
_BINS = round(_STEP_HZ * FRAME_S)
_STANDS_OUT_DB = 9.0
_FLOOR_DBFS = -93.0  # of a frame; what lies below it came from no microphone
_FULL_SPEECH_DBFS = -20.0
_LOUD_PERCENT, _QUIET_PERCENT = 98.0, 25.0
_CLIFF_DB = 18.0
_IMAGE_DB = 20.0  # what a poor resampler lets through above the edge
_IMAGE_BANDS = 8
_CLIFF_BANDS = 4
_EXPANDED_HZ = 350.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """The upper edge of a voice.

    Parameters
    ----------
    upper_edge_hz : float
        The highest frequency at which the voice stands above the noise, Hz.
    uncertainty_hz : float
        Expanded (k = 2), Hz: one band of 250 Hz, and the slope of the channel.
    hidden_by_noise : bool
        Whether the voice sinks into the noise there instead of ending: it may reach higher.
    """

    upper_edge_hz: float
    uncertainty_hz: float
    hidden_by_noise: bool


def bandwidth(samples: Samples, rate_hz: int) -> Bandwidth:
    """Measure how high the voice reaches.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        A speech take, full scale ±1.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    Bandwidth
        Hz.

    Raises
    ------
    Unmeasurable
        If less than a second of speech stands out of the noise.

    Notes
    -----
    **Source**: own method, set on recordings resampled and coded to known bands. In bands of
    250 Hz, the loudest 2 % of frames (fricatives) against the quietest quarter: the edge lies in
    the highest band in which they stand 9 dB apart, with a neighbour that does too. A
    channel that ends there does so within a kilohertz, from 18 dB and more to nothing; a voice
    that sinks into noise does so gradually. What lies 20 dB below the two kilohertz under it is
    the image of a resampler.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> hiss = rng.standard_normal(4 * 48000) * np.repeat([0.0, 0.1, 0.0, 0.1], 48000)
    >>> spectrum = np.fft.rfft(hiss)
    >>> spectrum[np.fft.rfftfreq(len(hiss), 1 / 48000) > 4000] = 0.0
    >>> voice = np.fft.irfft(spectrum) + 1e-4 * rng.standard_normal(len(hiss))
    >>> found = bandwidth(voice, 48000)
    >>> abs(found.upper_edge_hz - 4000) <= 250, found.hidden_by_noise
    (True, False)
    """
    return bandwidth_of(heard_in(samples, rate_hz))


def bandwidth_of(take: Heard) -> Bandwidth:
    """Measure as `bandwidth` does, in what was `heard`."""
    power, activity, rate_hz = take.power, take.activity, take.rate_hz
    if activity.speech_s < LEAST_SPEECH_S:
        raise Unmeasurable(
            Text("too little speech to see how high it reaches", "语音太少，无法判断频带上限"),
            Text(
                "speak through the whole speech take; s and f sounds tell most",
                "录语音时请一直说话，多用含 s、f 音的词",
            ),
        )
    stands_out, loud_db = _excess_db(power, activity.speech, rate_hz)
    high = stands_out >= _STANDS_OUT_DB
    high[:2] = False
    neighbour = np.zeros_like(high)
    neighbour[1:] |= high[:-1]
    neighbour[2:] |= high[:-2]
    edges = np.flatnonzero(high & neighbour)
    if not len(edges):
        raise Unmeasurable(
            Text("the voice hardly stands out of the noise", "人声几乎被噪声淹没"),
            Text("reduce the noise first", "请先降低噪声"),
        )
    edge = int(edges[-1])
    nearby = loud_db[max(edge - _IMAGE_BANDS + 1, 0) : edge + 1]
    edge -= int(np.argmax(nearby[::-1] >= nearby.max() - _IMAGE_DB))
    below = stands_out[max(edge - _CLIFF_BANDS + 1, 0) : edge + 1]
    is_top = (edge + 2) * _STEP_HZ >= rate_hz / 2
    return Bandwidth(
        upper_edge_hz=(edge + 0.5) * _STEP_HZ,
        uncertainty_hz=_EXPANDED_HZ,
        hidden_by_noise=bool(below.max() < _CLIFF_DB) and not is_top,
    )


def _excess_db(
    power: NDArray[np.float32], speech: NDArray[np.bool_], rate_hz: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far loud frames stand above quiet ones, and how loud they are, by band, dB."""
    bands = _bands(power, rate_hz)
    total = bands.sum(axis=1)
    audible = total > 0
    bands, total, speech = bands[audible], total[audible], speech[: len(audible)][audible]
    share = _bands(np.ones((1, power.shape[1]), np.float32), rate_hz)[0] / power.shape[1]
    loudness = float(total[speech].mean())
    scale = min(1.0, loudness / 10 ** (_FULL_SPEECH_DBFS / 10))  # a low gain lowers all there is
    floor = 10 ** (_FLOOR_DBFS / 10) * scale * share
    quiet = np.median(bands[total <= np.percentile(total, _QUIET_PERCENT)], axis=0)
    loud = np.percentile(bands, _LOUD_PERCENT, axis=0)
    return 10 * np.log10((loud + floor) / (quiet + floor)), 10 * np.log10(loud + floor)


def _bands(power: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """Return the power of every band; the last one takes what is left."""
    last = (math.ceil(rate_hz / 2 / _STEP_HZ) - 1) * _BINS
    bands = sum((power[:, i:last:_BINS] for i in range(1, _BINS)), power[:, 0:last:_BINS])
    rest = power[:, last:].sum(axis=1, keepdims=True)
    return np.hstack([bands, rest]).astype(np.float64)
