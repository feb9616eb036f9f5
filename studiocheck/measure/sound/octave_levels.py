"""Levels of a take in the octaves of speech."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.impulse_response import OCTAVES_HZ
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, Samples, channels_of

Wave = NDArray[np.float64]


def octave_levels_db(samples: Samples, rate_hz: int) -> Wave:
    """Measure the levels of a take in the seven octaves of speech.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1; channels are averaged in power.
    rate_hz : int
        Sample rate, Hz, at least 22 050.

    Returns
    -------
    (7,) float64
        dBFS rms, 125 Hz … 8 kHz.

    Raises
    ------
    Unmeasurable
        For digital silence, and where the rate does not carry the octave of 8 kHz.

    Notes
    -----
    **Source**: IEC 61260-1:2014 for the edges; power of the spectrum between them.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
    >>> round(float(octave_levels_db(tone, 48000)[3]), 2)
    -3.01
    """
    channels = channels_of(samples)
    if rate_hz < 22050:
        raise Unmeasurable(
            Text("the sample rate does not carry 8 kHz", "采样率不足以覆盖 8 kHz"),
            Text("record at 48 kHz", "请以 48 kHz 录音"),
        )
    size = 1 << 14
    if len(channels) < size:
        channels = np.pad(channels, ((0, size - len(channels)), (0, 0)))
    window = np.hanning(size)
    power = np.zeros(size // 2 + 1)
    for channel in channels.T:
        blocks = np.lib.stride_tricks.sliding_window_view(channel, size)[:: size // 2]
        power += (np.abs(np.fft.rfft(blocks * window, axis=1)) ** 2).mean(axis=0)
    power *= 2 / (size * (window @ window) * channels.shape[1])
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    levels = np.array([
        power[(frequency_hz >= f / math.sqrt(2)) & (frequency_hz < f * math.sqrt(2))].sum()
        for f in OCTAVES_HZ
    ])  # fmt: skip
    if not levels.all():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    return np.asarray(10 * np.log10(levels))
